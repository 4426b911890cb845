"""Cells to move between, and a workspace with one thing of every kind in it."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select, text, update

from control.moving.fingerprints import Fingerprint, fingerprints
from control.operations.models import Operation
from control.operations.process import operate_one
from control.provisioning.process import migrator_engines
from control.workspaces.directory import directory
from control.workspaces.models import Workspace
from infra.local.servers import EmbeddedPostgres
from kit import audit, clock, tenancy
from kit.db import control_session, control_transaction, workspace_scope
from kit.i18n import speaking
from tests.cells import Cells, application_on, build, three_cells
from tests.crash import killed_at
from tests.factories.world import make_world
from wsgi import tenant_plane


@pytest.fixture(scope="session")
def cell_servers(app) -> Iterator[dict[str, EmbeddedPostgres]]:
    # Not in pytest's own folder, which every run of it shuts to the server's user again.
    with (
        tempfile.TemporaryDirectory(prefix="simtree-cells-") as folder,
        three_cells(Path(folder)) as servers,
    ):
        yield servers


@pytest.fixture(scope="module")
def cells(cell_servers) -> Iterator[Cells]:
    with application_on(cell_servers) as made, speaking("en"):
        yield made


@pytest.fixture(scope="module")
def hill(cells) -> str:
    """The schema of a workspace that has something in nearly every table."""
    found = control_session().scalars(select(Workspace).where(Workspace.address == "hill"))
    if standing := found.one_or_none():
        return standing.schema
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


def operate_killed(point: str) -> None:
    """Do the next operation in a process that dies at a point."""
    killed_at(point, lambda: operate_one(tenant_plane(), migrator_engines()))


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
        "seals": "SELECT 1 FROM cell.seals WHERE workspace = :s LIMIT 1",
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


def the_lease_ends() -> None:
    with control_transaction() as control:
        control.execute(
            update(Operation)
            .where(Operation.state.in_(["running", "queued"]))
            .values(run_at=clock.now())
        )
