"""Archives restored as new workspaces, killed between any two steps, and sandboxes."""

import dataclasses
import hashlib
import os
from types import SimpleNamespace

import pytest
from sqlalchemy import MetaData, select, text

from control.archives import queries, services
from control.archives.drill import drill
from control.archives.loading import fingerprints
from control.archives.models import Archive
from control.archives.operations import ask_clone, ask_restore
from control.archives.queries import path_of
from control.archives.writing import ledger_sums, snapshot, write_archive
from control.closing import deleting
from control.migrating.plan import make_plan
from control.migrating.rollout import roll_out
from control.migrating.services import usual_policy
from control.operations.models import OperationState
from control.provisioning.script import role_script
from control.workspaces import services as workspaces
from control.workspaces.directory import as_tenant
from control.workspaces.models import WorkspaceKey, WorkspaceState
from kit import audit, files
from kit.db import apart, control_session, control_transaction, session, workspace_scope
from kit.db.migrating import created_tables, revisions, run_script
from kit.errors import Refused
from kit.files.disk import Disk
from kit.files.store import carry, chosen
from kit.settings import get_settings
from kit.tenancy import Access
from tenants.accounts.models import User, UserSession
from tenants.bulk.models import ImportRow
from tenants.bulk.staging import open_cells
from tenants.channels.models import ChannelUser, Invitation
from tenants.customers.models import Customer
from tenants.customers.queries import customers_by_phone
from tenants.orders.models import Order
from tests.control.archives.conftest import PASSPHRASE, brought, operate, reread, workspace_at
from tests.crash import killed_at
from tests.databases import PEOPLE_PASSWORD
from tests.s3 import bucket_url

pytestmark = pytest.mark.real_commits

STEPS = (
    *("restore.proven", "restore.files", "restore.loaded", "restore.committed"),
    "restore.opened",
)


def ask(stage, whole, address):
    archive = brought(whole.path, file_name="acme.simtree", passphrase=PASSPHRASE, by=audit.SYSTEM)
    return archive, ask_restore(archive, stage.plane, address=address, by=audit.SYSTEM)


def schemas(stage) -> int:
    with stage.engines["main"].connect() as connection:
        return connection.scalar(
            text("SELECT count(*) FROM pg_namespace WHERE nspname LIKE 't\\_0%'")
        )


def compare(stage, whole, tenant):
    with snapshot(tenant) as connection:
        copies = fingerprints(connection, tenant, stage.plane)
        assert ledger_sums(connection, stage.plane) == whole.manifest["ledger"]
    originals = {
        name: (one["rows"], one["fingerprint"]) for name, one in whole.manifest["tables"].items()
    }
    assert copies == originals


def test_killed_at_every_step_it_ends_as_if_nothing_had_been(stage, whole):
    before = schemas(stage)
    archive, operation = ask(stage, whole, "phoenix")
    for step in STEPS:
        killed_at(step, lambda: operate(stage))
        state = reread(operation).workspace.state
        assert state == ("trial" if step == "restore.opened" else "provisioning")
        built = step in {"restore.committed", "restore.opened"}
        assert schemas(stage) == before + built, step
    operate(stage)
    assert reread(operation).state == OperationState.DONE
    # The key was needed until the very end, and not longer.
    assert control_session().scalars(
        select(Archive.key_cipher).where(Archive.id == archive.id)
    ).all() == [None]
    tenant = as_tenant(workspace_at("phoenix"))
    assert tenant.keys != stage.acme.keys
    compare(stage, whole, tenant)
    with workspace_scope(tenant):
        assert files.stored_keys() == sorted(whole.manifest["files"])
        assert not session().scalars(select(UserSession.id)).all()
        customer = session().scalars(select(Customer)).first()
        # Found by a blind index that is made with the new workspace's own key.
        assert customer in customers_by_phone(customer.phone)
        assert customer.phone_tail == customer.phone[-4:]
        # Staged rows were sealed again with the new workspace's key.
        staged = session().scalars(select(ImportRow).order_by(ImportRow.id)).all()
        assert any("sealed" in row.cells for row in staged)
        opened = [open_cells(row.cells, row.public_id) for row in staged]
        assert {"钱多多", "别人"} <= {text for cells in opened for text in cells.values()}
        # New rows get numbers that nobody has.
        session().add(Customer(kind="person", name="新", sort_key="xin"))
        session().commit()
        digests = set(session().scalars(select(Invitation.token_digest)))
    with workspace_scope(stage.acme):
        assert not digests & set(session().scalars(select(Invitation.token_digest)))
    # And people log in as they did.
    browser = stage.app.test_client().at("phoenix")
    inside = browser.submit("/login", {"login": "acme_owner", "password": PEOPLE_PASSWORD})
    assert inside.status_code == 303
    assert browser.get("/customers/").status_code == 200
    assert browser.get("/settlement/ledger/").status_code == 200


def test_an_altered_archive_leaves_nothing_behind(stage, whole, tmp_path):
    before = schemas(stage)
    archive, operation = ask(stage, whole, "fallen")
    path = path_of(archive)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    operate(stage)
    assert reread(operation).state == OperationState.FAILED
    assert "acme.simtree" in operation.error
    target = operation.workspace
    assert (target.state, target.address) == (WorkspaceState.CLOSED, target.public_id)
    assert schemas(stage) == before
    keys = select(WorkspaceKey.id).where(WorkspaceKey.workspace_id == target.id)
    assert not control_session().scalars(keys).all()
    with pytest.raises(Refused):
        services.key_of(archive)
    # The address is free, so that it can be tried again with the good file.
    _, second = ask(stage, whole, "fallen")
    operate(stage)
    assert reread(second).state == OperationState.DONE


def test_rows_that_the_database_refuses_leave_nothing_behind(stage, whole, monkeypatch):
    from control.archives import loading

    before = schemas(stage)
    monkeypatch.setattr(loading, "ledger_sums", lambda *_: {"payouts CNY": 1})
    _, operation = ask(stage, whole, "unequal")
    operate(stage)
    assert reread(operation).state == OperationState.FAILED
    assert "balances" in operation.error
    assert schemas(stage) == before


def old_workspace(stage):
    """A workspace whose schema is at the revision before the newest, with a user in it."""
    *_, before, newest = revisions("tenants")
    with control_transaction():
        old = workspaces.register_workspace(
            name="旧版", address="older", locale="zh_Hans_CN", by=audit.SYSTEM
        )
    tenant = dataclasses.replace(as_tenant(old), access=Access.FULL)
    from control.provisioning.script import opening_script

    steps = "\n".join(one.sql for one in revisions("tenants") if one.id != newest.id)
    # The tables that the newest revision makes are not there to be granted yet.
    earlier, later = MetaData(), created_tables([newest.sql])
    for table in stage.plane.metadata.sorted_tables:
        if table.name not in later:
            table.to_metadata(earlier)
    plane = dataclasses.replace(stage.plane, metadata=earlier)
    opening = opening_script(plane, schema=tenant.schema)
    with stage.engines["main"].connect() as connection, connection.begin():
        run_script(connection, role_script(tenant.schema) + steps + opening)
        connection.execute(
            text("UPDATE cell.workspaces SET revision = :id WHERE workspace = :schema"),
            {"id": before.id, "schema": tenant.schema},
        )
        connection.execute(
            text(
                "INSERT INTO roles (public_id, created_at, name, code, permissions, version)"
                " VALUES ('01m80ep2gr1cf48hxq2keq6b6p', now(), '管理员', 'administrator',"
                " '[\"user:view\"]', 1)"
            )
        )
    workspaces.open_workspace(old, revision=before.id, by=audit.SYSTEM)
    return old, tenant


def test_an_archive_of_an_older_revision_is_brought_up(stage, whole, tmp_path):
    old, tenant = old_workspace(stage)
    facts = {**whole.manifest["workspace"], "address": "older"}
    path = tmp_path / "old.simtree"
    made = write_archive(
        path, tenant, stage.plane, master=whole.master, salt=whole.salt, facts=facts
    )
    assert made.manifest["revision"] == revisions("tenants")[-2].id
    archive = brought(path, file_name="old.simtree", passphrase=PASSPHRASE, by=audit.SYSTEM)
    operation = ask_restore(archive, stage.plane, address="newer", by=audit.SYSTEM)
    operate(stage)
    assert reread(operation).state == OperationState.DONE, operation.error
    # The old one migrated in its place is the same as the archive migrated while it was restored.
    plan = make_plan(stage.engines, only=frozenset({tenant.schema}))
    assert roll_out(plan, stage.plane, stage.engines, policy=usual_policy()).done == 1
    found = []
    for each in (tenant, as_tenant(workspace_at("newer"))):
        with snapshot(each) as connection:
            found.append(fingerprints(connection, each, stage.plane))
    assert found[0] == found[1]
    assert not drill(old, stage.plane, stage.engines["main"]).differences


def test_a_sandbox_has_made_up_people_and_the_same_money(stage, whole):
    operation = ask_clone(workspace_at("acme"), address="play", by=audit.SYSTEM)
    killed_at("clone.written", lambda: operate(stage))
    operate(stage)
    assert reread(operation).state == OperationState.DONE, operation.error
    sandbox = workspace_at("play")
    assert sandbox.sandbox_of_id == workspace_at("acme").id
    tenant = as_tenant(sandbox)
    with snapshot(tenant) as connection:
        assert ledger_sums(connection, stage.plane) == whole.manifest["ledger"]
    with workspace_scope(stage.acme):
        real = people()
    with workspace_scope(tenant):
        fake = people()
        owner, *others = session().scalars(select(User).order_by(User.id))
        assert (owner.username, owner.is_active) == ("acme_owner", True)
        assert owner.password_hash
        assert others
        assert not any(one.is_active or one.password_hash for one in others)
        assert not session().scalars(select(ChannelUser).where(ChannelUser.is_active)).all()
        order = session().scalars(select(Order)).one()
        customer = session().scalars(select(Customer).order_by(Customer.id).limit(1)).one()
        assert order.recipient_phone.startswith("+8612")
        assert customer.document.startswith("99")
        assert not files.stored_keys()
    assert fake.keys() == real.keys()
    for key, (name, phone) in real.items():
        assert fake[key][0] != name, key
        assert fake[key][1] != phone, key
    # One and the same text became one and the same text, so that duplicates stay duplicates.
    assert len({name for name, _ in fake.values()}) <= len({name for name, _ in real.values()})
    assert not list(path_of_clones())
    browser = stage.app.test_client().at("play")
    inside = browser.submit("/login", {"login": "acme_owner", "password": PEOPLE_PASSWORD})
    assert inside.status_code == 303


def people() -> dict[str, tuple[str, str]]:
    rows = session().scalars(select(Customer)).all()
    return {one.public_id: (one.name, one.phone) for one in rows}


def path_of_clones():
    from kit.settings import get_settings

    return (get_settings().data_dir / "archives").glob("clone-*")


def test_the_commands_restore_and_clone(stage, whole):
    runner = stage.app.test_cli_runner()
    asked = ["tenants", "restore", str(whole.path), "--address", "bycommand"]
    ended = runner.invoke(args=[*asked, "--passphrase", PASSPHRASE, "--cell", "main"])
    assert ended.exit_code == 0, ended.output
    assert "bycommand" in ended.output
    ended = runner.invoke(args=[*asked, "--passphrase", "wrong, quite wrong"])
    assert ended.exit_code == 1
    assert "密码短语" in ended.output or "passphrase" in ended.output
    ended = runner.invoke(args=["tenants", "clone", "bycommand", "--address", "copy-of-it"])
    assert ended.exit_code == 0, ended.output
    assert runner.invoke(args=["tenants", "clone", "moon", "--address", "x1y"]).exit_code == 1
    with apart(None) as control:
        states = control.execute(text("SELECT DISTINCT state FROM operations")).scalars().all()
    assert set(states) <= {"done", "failed"}


def test_out_of_one_bucket_into_it_again(stage, whole, worker_id, tmp_path):
    url = bucket_url(f"simtree-{worker_id}-archives")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(os.environ, "FILES_URL", url)
        get_settings.cache_clear()
        try:
            _through_a_bucket(stage, whole, tmp_path / "acme.simtree")
        finally:
            patch.undo()
            get_settings.cache_clear()


def _through_a_bucket(stage, whole, path):
    carry(Disk(get_settings().data_dir), chosen())
    facts = queries.facts_of(workspace_at("acme"))
    control_session().rollback()
    made = write_archive(
        path, stage.acme, stage.plane, master=whole.master, salt=whole.salt, facts=facts
    )
    kept = whole.manifest["files"]
    assert made.manifest["files"] == kept
    assert kept
    _archive, operation = ask(stage, SimpleNamespace(path=path), "bucketful")
    killed_at("restore.files", lambda: operate(stage))
    operate(stage)
    assert reread(operation).state == OperationState.DONE
    tenant = as_tenant(workspace_at("bucketful"))
    with workspace_scope(tenant):
        assert files.stored_keys() == sorted(kept)
        for key, facts in kept.items():
            with files.open_file(key) as stream:
                assert hashlib.file_digest(stream, "sha256").hexdigest() == facts["sha256"]
    deleting.remove_files(tenant)
    with workspace_scope(tenant):
        assert files.stored_keys() == []
    with workspace_scope(stage.acme):
        assert set(files.stored_keys()) >= set(kept)
