"""The console's pages on archives and the end of workspaces, and the owner's mailed link."""

import io
import re

import pytest
from sqlalchemy import select, text

from control.archives.models import Archive, ArchiveState
from control.archives.operations import CLONE
from control.archives.queries import path_of
from control.console.services import ensure_operator
from control.operations import services as operations
from control.operations.models import Operation, OperationState
from control.signup.models import Signup
from control.workspaces import services as workspaces
from control.workspaces.directory import directory
from control.workspaces.models import WorkspaceState
from kit import audit, clock, mail
from kit.db import apart, control_session, control_transaction
from kit.jobs import registry
from kit.jobs.runner import perform
from kit.jobs.tables import JobState, Place, control_outbox
from kit.settings import get_settings
from tests.control.archives.conftest import PASSPHRASE, operate, workspace_at
from tests.control.archives.test_export import run_export
from tests.control.conftest import link_in
from tests.factories.control import OPERATOR_EMAIL, PASSWORD, make_signup

pytestmark = pytest.mark.real_commits


@pytest.fixture
def console(stage):
    ensure_operator(email=OPERATOR_EMAIL, password=PASSWORD)
    browser = stage.app.test_client().at("console")
    browser.submit("/console/login", {"email": OPERATOR_EMAIL, "password": PASSWORD})
    return browser


def page_of(address: str) -> str:
    return f"/console/workspaces/{workspace_at(address).public_id}"


def newest(model):
    control_session().expire_all()
    return control_session().scalars(select(model).order_by(model.id.desc())).first()


def do_control_jobs() -> list:
    with apart(None) as control:
        due = control.scalars(
            select(control_outbox.c.id).where(control_outbox.c.state == JobState.WAITING)
        ).all()
    return [perform(registry.get, Place(None), None, job_id) for job_id in due]


def test_a_suspended_workspace_is_exported_here_and_fetched(stage, console):
    workspaces.suspend_workspace(workspace_at("acme"), reason="欠费", by=audit.SYSTEM)
    form = {"way": "here", "passphrase": PASSPHRASE, "again": PASSPHRASE}
    path = f"{page_of('acme')}/export"
    for wrong in ({"again": "another passphrase"}, {"passphrase": "short", "again": "short"}):
        assert console.submit(path, form | wrong).status_code == 422
    assert console.submit(path, form).status_code == 303
    archive = newest(Archive)
    waiting = console.get(page_of("acme")).text
    assert "delay:2s" in waiting
    assert run_export(stage, archive) == JobState.DONE
    shown = console.get(f"{page_of('acme')}/whole", headers={"HX-Request": "true"}).text
    assert "delay:2s" not in shown
    assert archive.file_name in shown
    with console.get(f"/console/archives/{archive.public_id}/file") as answer:
        assert answer.data == path_of(archive).read_bytes()
    assert "归档被下载" in console.get(page_of("acme")).text
    workspaces.resume_workspace(workspace_at("acme"), reason="已付", by=audit.SYSTEM)


def test_the_owner_of_a_suspended_workspace_sets_the_passphrase_behind_a_mailed_link(
    stage, console
):
    path = f"{page_of('acme')}/export"
    assert console.submit(path, {"way": "mail"}).status_code == 422
    signup = make_signup(address="acme-once", email="boss@acme-tx.com")
    with control_transaction():
        signup.workspace_id = workspace_at("acme").id
    workspaces.suspend_workspace(workspace_at("acme"), reason="欠费", by=audit.SYSTEM)
    directory.forget()
    assert console.submit(path, {"way": "mail"}).status_code == 303
    do_control_jobs()
    message = next(one for one in mail.kept() if "导出为一个加密文件" in one.body)
    assert message.recipient == "boss@acme-tx.com"
    link = link_in(message)
    token = link.rpartition("/")[2]
    with apart(None) as control:
        bodies = str(control.execute(select(control_outbox.c.body)).all())
    # The outbox has the token sealed, the archive's row only its digest.
    assert token not in bodies
    assert token != newest(Archive).link_digest

    site = stage.app.test_client().at("")
    assert "再次输入" in site.get(link).text
    assert site.get(f"{link}/file").status_code == 404
    assert site.submit(link, {"passphrase": "short", "again": "short"}).status_code == 422
    form = {"passphrase": PASSPHRASE, "again": PASSPHRASE}
    assert site.submit(link, form).status_code == 303
    archive = newest(Archive)
    assert run_export(stage, archive) == JobState.DONE
    ready = site.get(link)
    assert "可下载" in ready.text
    assert ready.headers["Referrer-Policy"] == "no-referrer"
    with site.get(f"{link}/file") as answer:
        assert answer.data[:15] == b"SIMTREE-ARCHIVE"
    assert site.get("/archives/somebody-elses-guess").status_code == 404
    with clock.moved(newest(Archive).expires_at):
        assert site.get(link).status_code == 404
    workspaces.resume_workspace(workspace_at("acme"), reason="已付", by=audit.SYSTEM)


def test_an_archive_is_restored_by_upload_and_from_the_server(stage, console, whole):
    data = whole.path.read_bytes()
    form = {"passphrase": PASSPHRASE, "address": "uploaded", "name": "", "cell": "main"}
    before = len(control_session().scalars(select(Archive.id)).all())
    for wrong, word in (
        ({"passphrase": "wrong passphrase"}, "密码短语不正确"),
        ({"address": "acme"}, "已被占用"),
    ):
        upload = {"file": (io.BytesIO(data), "acme.simtree")}
        answer = console.submit("/console/restore", form | wrong | upload)
        assert answer.status_code == 422
        assert word in answer.text or word == "已被占用"
    assert console.submit("/console/restore", form).status_code == 422
    for name in ("../../etc/passwd", "nothing.simtree", ".hidden"):
        answer = console.submit("/console/restore", form | {"on_server": name})
        assert answer.status_code == 422
    left = control_session().scalars(select(Archive.state).where(Archive.way == "upload")).all()
    assert set(left) <= {ArchiveState.EXPIRED}
    assert before <= len(control_session().scalars(select(Archive.id)).all())
    upload = {"file": (io.BytesIO(data), "acme.simtree")}
    assert console.submit("/console/restore", form | upload).status_code == 303
    assert "从归档恢复" in console.get(page_of("uploaded")).text
    folder = get_settings().data_dir / "archives" / "brought"
    folder.mkdir(parents=True)
    (folder / "there.simtree").write_bytes(data)
    second = form | {"address": "from-server", "on_server": "there.simtree", "name": "新名字"}
    assert console.submit("/console/restore", second).status_code == 303
    clone = {"address": "page-clone", "name": "", "cell": "main"}
    assert console.submit(f"{page_of('acme')}/clone", clone).status_code == 303
    assert console.submit(f"{page_of('acme')}/clone", clone).status_code == 422
    asked = control_session().scalars(select(Operation).order_by(Operation.id)).all()
    assert [one.kind for one in asked] == ["workspace.restore", "workspace.restore", CLONE]
    # Two of them are like the first: asking is what the page does.
    for one in asked[1:]:
        operations.cancel(one, by=audit.SYSTEM)
    operate(stage)
    assert asked[0].state == OperationState.DONE
    assert workspace_at("from-server").name == "新名字"
    assert workspace_at("page-clone").name.endswith("（沙箱）")


def test_a_workspace_is_closed_kept_and_certified(stage, console):
    path = page_of("rival")
    form = {"reason": "客户注销", "confirm": "rival"}
    assert console.submit(f"{path}/close", form | {"confirm": "acme"}).status_code == 422
    assert console.submit(f"{path}/close", form).status_code == 303
    assert "客户注销" in console.get(path).text
    token = console.token(path)
    assert console.post(f"{path}/keep", data={"csrf_token": token}).status_code == 303
    assert workspace_at("rival").state == WorkspaceState.TRIAL
    signup = make_signup(address="rival-once", email="boss@rival-tx.com")
    with control_transaction() as control:
        control.get_one(Signup, signup.id).workspace_id = workspace_at("rival").id
    assert console.submit(f"{path}/close", form).status_code == 303
    with apart(None) as control:
        control.execute(text("UPDATE workspaces SET closes_at = now() WHERE address = 'rival'"))
    from control.closing.services import delete_due

    assert delete_due() == 1
    operate(stage)
    gone = console.get(path).text
    found = re.search(r'href="(/console/certificates/\w+)"', gone)
    assert found
    paper = console.get(found[1]).text
    assert "删除证明" in paper
    assert "rival" in paper
    assert console.get("/console/certificates/nothing").status_code == 404
    assert set(do_control_jobs()) == {JobState.DONE}
    sentences = [one.body for one in mail.kept() if one.recipient == "boss@rival-tx.com"]
    assert any("密钥的最后一份副本" in one for one in sentences)
