"""Cells to move between, and a workspace with one thing of every kind in it."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select, text

from control.moving.fingerprints import Fingerprint, fingerprints
from control.operations.models import Operation
from control.operations.process import operate_one
from control.workspaces.directory import directory
from control.workspaces.models import Workspace
from kit import audit, tenancy
from kit.db import control_session, workspace_scope
from kit.i18n import speaking
from tests.cells import Cells, build, three_cells
from tests.factories.world import make_world
from wsgi import tenant_plane


@pytest.fixture(scope="module")
def cells(app, tmp_path_factory) -> Iterator[Cells]:
    with (
        three_cells(tmp_path_factory.mktemp("cells")) as made,
        made.app.app_context(),
        speaking("en"),
    ):
        yield made


@pytest.fixture(scope="module")
def hill(cells) -> str:
    """The schema of a workspace that has something in nearly every table."""
    schema = build(cells, "hill")
    with workspace_scope(tenant(schema)):
        make_world()
    return schema


BY = audit.SYSTEM


def tenant(schema: str) -> tenancy.Workspace:
    directory.forget()
    found = directory.by_schema(schema)
    assert found is not None
    return found


def workspace(schema: str) -> Workspace:
    control_session().expire_all()
    return control_session().scalars(select(Workspace).where(Workspace.schema == schema)).one()


def operate(cells: Cells) -> Operation:
    """Do the next operation here and now; return it as it is afterwards."""
    assert operate_one(tenant_plane(), cells.engines)
    control_session().expire_all()
    return control_session().scalars(select(Operation).order_by(Operation.id.desc()).limit(1)).one()


def prints(cells: Cells, cell: str, schema: str) -> dict[str, Fingerprint]:
    with cells.engines[cell].connect() as connection, connection.begin():
        return fingerprints(connection, schema)


def traces(cells: Cells, cell: str, schema: str) -> list[str]:
    """What is left of a workspace in a cell."""
    questions = {
        "schema": "SELECT 1 FROM pg_namespace WHERE nspname = :s",
        "row": "SELECT 1 FROM cell.workspaces WHERE workspace = :s",
        "outbox": "SELECT 1 FROM cell.outbox WHERE workspace = :s LIMIT 1",
        "effects": "SELECT 1 FROM cell.effects WHERE workspace = :s LIMIT 1",
        "publication": "SELECT 1 FROM pg_publication WHERE pubname LIKE 'simtree_move%'",
        "slot": "SELECT 1 FROM pg_replication_slots WHERE slot_name LIKE 'simtree_move%'",
        "subscription": "SELECT 1 FROM pg_subscription WHERE subname LIKE 'simtree_move%'",
    }
    with cells.engines[cell].connect() as connection:
        return [
            name
            for name, question in questions.items()
            if connection.scalar(text(question), {"s": schema})
        ]
