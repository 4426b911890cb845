"""A world in acme with real commits, made once for each module, and one archive of it."""

import dataclasses
import os
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import psycopg
import pytest
from sqlalchemy import select, text

from control.archives import container, queries, services
from control.archives.writing import write_archive
from control.operations.models import Operation
from control.operations.process import operate_one
from control.provisioning.process import migrator_engines
from control.workspaces.directory import as_tenant, directory
from control.workspaces.models import Workspace
from kit.db import apart, control_session, database, session, workspace_scope
from kit.i18n import speaking
from kit.tenancy import Access
from tests import databases
from tests.factories.bulk import checked, xlsx
from tests.factories.world import make_world
from tests.page import PageClient

PASSPHRASE = "correct horse 电池 staple"
COST = 1 << 14


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Sentences of verbs are read in English; pages speak the workspace's language."""
    with speaking("en"):
        yield


def workspace_at(address: str) -> Workspace:
    control_session().expire_all()
    return control_session().scalars(select(Workspace).where(Workspace.address == address)).one()


@pytest.fixture(scope="module")
def stage(worker_id: str, data_dir: str, app, tmp_path_factory) -> Iterator[SimpleNamespace]:
    """The application on a database of its own, with a world in acme; scrypt made cheap."""
    name = f"simtree_test_{worker_id}_archives"
    os.environ["DATA_DIR"] = str(tmp_path_factory.mktemp("data"))
    databases.clone(name)
    directory.forget()
    patch = pytest.MonkeyPatch()
    patch.setattr(container, "COST", COST)
    patch.setattr(container.master_key, "__kwdefaults__", {"cost": COST, "r": 8, "p": 1})
    patch.setattr(container.Writer.__init__, "__kwdefaults__", {"cost": COST, "chunk": 4_096})
    from wsgi import create_app, tenant_plane

    made = create_app()
    made.test_client_class = PageClient
    engines = migrator_engines()
    with made.app_context():
        acme = as_tenant(workspace_at("acme"))
        with workspace_scope(dataclasses.replace(acme, access=Access.FULL)):
            make_world()
            # Rows of persons that wait to be corrected: sealed with the workspace's key.
            rows = (["不存在", "钱多多", "13700137111"], ["不存在", "别人", "13700137112"])
            checked(xlsx(["客户类型", "姓名", "联系电话"], *rows), kind="customers")
            session().commit()
        control_session().rollback()
        yield SimpleNamespace(app=made, acme=acme, plane=tenant_plane(), engines=engines, name=name)
        database.control.remove()
        own = list(database.engines.values())
    for engine in [*own, *engines.values()]:
        engine.dispose()
    directory.forget()
    patch.undo()
    _drop(name)
    os.environ["DATA_DIR"] = data_dir
    databases.use_database(f"simtree_test_{worker_id}")


def _drop(name: str) -> None:
    url = databases.superuser_url()
    with psycopg.connect(url, dbname=name, autocommit=True) as server:
        built = server.execute(
            "SELECT 't_' || public_id FROM control.workspaces"
            " WHERE name NOT IN ('Acme 通信', 'Rival 通信') OR address NOT IN ('acme', 'rival')"
        ).fetchall()
        server.execute("SELECT 1")
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")
        for (role,) in built:
            try:
                server.execute(f"DROP ROLE IF EXISTS {role}")
            except psycopg.errors.DependentObjectsStillExist:
                continue


@pytest.fixture(scope="module")
def whole(stage, tmp_path_factory) -> SimpleNamespace:
    """One good archive of acme: its path, its key, its manifest."""
    path = tmp_path_factory.mktemp("archives") / "acme.simtree"
    salt = container.new_salt()
    master = container.master_key(PASSPHRASE, salt)
    facts = queries.facts_of(workspace_at("acme"))
    control_session().rollback()
    made = write_archive(path, stage.acme, stage.plane, master=master, salt=salt, facts=facts)
    return SimpleNamespace(path=path, master=master, salt=salt, made=made, manifest=made.manifest)


def operate(stage: SimpleNamespace) -> None:
    """Do all operations, whether or not they are due yet, as a provisioner that just started."""
    with apart(None) as control:
        control.execute(text("UPDATE operations SET run_at = now() - interval '1 second'"))
    engines = migrator_engines()
    while operate_one(stage.plane, engines):
        pass
    for engine in engines.values():
        engine.dispose()
    control_session().rollback()
    control_session().expire_all()
    directory.forget()


def reread(operation: Operation) -> Operation:
    control_session().expire_all()
    return operation


def brought(path: Path, **options: object):
    with path.open("rb") as stream:
        return services.bring(stream, **options)  # type: ignore[arg-type]
