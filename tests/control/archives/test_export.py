"""What is in an archive, and that it is all of it."""

import hashlib
import io
import json
import subprocess
import sys
import zipfile

import pytest
from sqlalchemy import select, text

from control.archives import container, services
from control.archives.cli import open_into
from control.archives.drill import drill
from control.archives.models import Archive, ArchiveState
from control.archives.queries import path_of
from control.archives.tables import carried_tables, encrypted_fields
from kit import audit, clock
from kit.db import apart, control_session, workspace_scope
from kit.errors import Refused
from kit.jobs import registry
from kit.jobs.runner import perform
from kit.jobs.tables import JobState, Place, cell_outbox
from tests.control.archives.conftest import PASSPHRASE, workspace_at

pytestmark = pytest.mark.real_commits


def package(whole) -> zipfile.ZipFile:
    plain = io.BytesIO()
    with whole.path.open("rb") as stream:
        container.decrypt(stream, plain, PASSPHRASE)
    return zipfile.ZipFile(plain)


def test_it_holds_every_table_but_log_ins_and_codes(stage, whole):
    everything = set(stage.plane.metadata.tables)
    left_out = {
        *("user_sessions", "channel_user_sessions", "password_resets", "channel_resets"),
        *("pending_log_ins", "authenticators", "recovery_codes", "throttles", "devices"),
        *("user_invitations", "reveal_tasks", "security_answers", "mail_proofs", "phone_proofs"),
        *("passkeys", "passkey_challenges"),
    }
    assert set(whole.manifest["tables"]) == everything - left_out
    assert set(carried_tables(stage.plane.metadata)) == everything - left_out


def test_the_manifest_says_what_any_tool_finds(whole):
    with package(whole) as opened:
        for name, facts in whole.manifest["tables"].items():
            data = opened.read(f"tables/{name}.jsonl")
            assert hashlib.sha256(data).hexdigest() == facts["sha256"]
            rows = [json.loads(line) for line in data.decode().splitlines()]
            assert len(rows) == facts["rows"]
        # Proofs of a payout and of two transfers, fapiao, an attachment, a document, a picture,
        # papers.
        assert len(whole.manifest["files"]) == 10
        for key in whole.manifest["files"]:
            assert opened.read(f"files/{key}").startswith((b"\x89PNG", b"%PDF", b"PK"))
        readme = opened.read("README.txt").decode()
        assert "怎样阅读" in readme
        assert "How to read it" in readme
    assert whole.manifest["ledger"]["payouts CNY"] == 100


def test_personal_fields_are_readable_and_no_ciphertext_is_in_it(whole):
    with package(whole) as opened:
        carried = whole.manifest["tables"]
        for name, fields in encrypted_fields().items():
            if name not in carried:
                # A factor's secret: no archive holds what opens an account.
                continue
            rows = opened.read(f"tables/{name}.jsonl").splitlines()
            if not rows:
                continue
            keys = set(json.loads(rows[0]))
            assert set(fields) <= keys
            assert not {f"{one}_{end}" for one in fields for end in ("cipher", "index")} & keys
        (first, *_) = opened.read("tables/customers.jsonl").decode().splitlines()
        assert json.loads(first)["phone"].startswith("+86")
    assert b"+86" not in whole.path.read_bytes()


def test_types_survive_the_way_there_and_back(stage, whole):
    """Odd values of every type, compared as the server shows them."""
    with workspace_scope(stage.acme):
        from kit.db import session

        session().execute(
            text("UPDATE carrier_accounts SET remark = :remark, columns = CAST(:columns AS jsonb)"),
            {
                "remark": '引号" \\ \n\t€😀',
                "columns": '{"big": 123456789012345678901234567890, "exact": 1.10, "no": null}',
            },
        )
        session().execute(text("UPDATE customers SET born_on = '0044-03-15', remark = E'\\\\N'"))
        session().commit()
    report = drill(workspace_at("acme"), stage.plane, stage.engines["main"])
    assert report.compared
    assert not report.differences


def test_the_file_opens_without_the_application(whole, tmp_path):
    """The module of the format is enough, with Python and one package."""
    script = (
        "import getpass, runpy, sys\n"
        f"getpass.getpass = lambda _: {PASSPHRASE!r}\n"
        f"sys.argv = ['container.py', {str(whole.path)!r}, {str(tmp_path / 'out.zip')!r}]\n"
        f"runpy.run_path({container.__file__!r}, run_name='__main__')\n"
    )
    ended = subprocess.run(
        [sys.executable, "-I", "-c", script], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    assert zipfile.ZipFile(tmp_path / "out.zip").testzip() is None


def test_the_command_opens_it_into_a_folder(stage, whole, tmp_path):
    assert open_into(whole.path, tmp_path / "a", PASSPHRASE) > 25
    assert (tmp_path / "a/manifest.json").is_file()
    with pytest.raises(container.WrongPassphrase):
        open_into(whole.path, tmp_path / "b", "wrong")
    runner = stage.app.test_cli_runner()
    asked = ["archive", "open", str(whole.path), str(tmp_path / "a"), "--passphrase", PASSPHRASE]
    assert "not empty" in runner.invoke(args=asked).output
    asked[3] = str(tmp_path / "c")
    assert "files are in" in runner.invoke(args=asked).output


def run_export(stage, archive) -> JobState | None:
    with apart("main") as cell:
        job_id = cell.scalar(
            select(cell_outbox.c.id).where(
                cell_outbox.c.kind == "archive.make",
                cell_outbox.c.body["archive_id"].as_string() == archive.public_id,
            )
        )
    return perform(registry.get, Place("main"), stage.acme, job_id)


def test_an_export_is_made_fetched_and_expires(stage):
    archive = services.ask_export(workspace_at("acme"), passphrase=PASSPHRASE, by=audit.SYSTEM)
    with pytest.raises(Refused, match="made already"):
        services.ask_export(workspace_at("acme"), passphrase=PASSPHRASE, by=audit.SYSTEM)
    with apart("main") as cell:
        bodies = cell.scalars(select(cell_outbox.c.body)).all()
    # Neither the passphrase nor a key, wrapped or not, is in the outbox.
    assert {"archive_id": archive.public_id} in bodies
    known = {"archive_id", "import_id", "delivery", "reminder", "announcement", "at", "run_id"}
    assert {name for body in bodies for name in body} <= known
    assert run_export(stage, archive) == JobState.DONE
    control_session().expire_all()
    assert (archive.state, archive.key_cipher) == (ArchiveState.READY, None)
    assert archive.done == archive.total > 20
    path = path_of(archive)
    assert path.stat().st_size == archive.size
    with path.open("rb") as stream:
        container.decrypt(stream, io.BytesIO(), PASSPHRASE)
    # Done a second time, as an overlapping worker would: nothing happens.
    assert run_export(stage, archive) is None
    with clock.moved(archive.expires_at):
        assert services.expire() == 2  # the one of the world, too
    control_session().expire_all()
    assert archive.state == ArchiveState.EXPIRED
    assert not path.exists()


@pytest.mark.parametrize("passphrase", ["short", "aaaaaaaaaaaaaaaa", "x1y2z3" * 50])
def test_a_passphrase_that_can_be_guessed_is_refused(stage, passphrase):
    before = control_session().scalars(select(Archive.id)).all()
    with pytest.raises(Refused):
        services.ask_export(workspace_at("acme"), passphrase=passphrase, by=audit.SYSTEM)
    assert control_session().scalars(select(Archive.id)).all() == before


def test_a_difference_makes_the_drill_fail(stage, monkeypatch):
    from control.archives import drill as drilling

    real = drilling.fingerprints

    def wrong(*arguments):
        found = real(*arguments)
        return found | {"entries": (found["entries"][0], "0" * 64)}

    monkeypatch.setattr(drilling, "fingerprints", wrong)
    ended = stage.app.test_cli_runner().invoke(args=["tenants", "drill", "acme"])
    assert ended.exit_code == 1
    assert "DIFFERENT" in ended.output
    assert "1 different" in ended.output
    monkeypatch.undo()
    ended = stage.app.test_cli_runner().invoke(args=["tenants", "drill"])
    assert ended.exit_code == 0, ended.output
    with stage.engines["main"].connect() as connection:
        left = connection.scalar(text("SELECT count(*) FROM cell.workspaces"))
    assert left == 2
