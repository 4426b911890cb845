"""A workspace moves with all it has, by either way, between cells of one server and of two."""

import time

import pytest
from sqlalchemy import text

from control.moving.fingerprints import fingerprints
from control.moving.services import ask_move
from kit.db import session, workspace_scope
from tests.control.moving.conftest import BY, operate, tenant, workspace
from tests.factories.channels import make_channel

pytestmark = pytest.mark.real_commits


def prints(cells, cell, schema):
    with cells.engines[cell].connect() as connection, connection.begin():
        return fingerprints(connection, schema)


def traces(cells, cell, schema) -> list[str]:
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


@pytest.mark.parametrize(
    ("method", "target"),
    [("replication", "east"), ("copy", "main"), ("copy", "west"), ("replication", "main")],
)
def test_it_moves_with_all_it_has(cells, hill, method, target):
    source = workspace(hill).cell
    before = prints(cells, source, hill)
    assert sum(one.rows for one in before.values()) > 80
    ask_move(workspace(hill), target=target, method=method, by=BY)
    began = time.monotonic()
    done = operate(cells)
    print(method, source, target, round(time.monotonic() - began, 2))
    assert (done.state, done.error) == ("done", None)
    assert workspace(hill).cell == target
    assert prints(cells, target, hill) == before
    assert traces(cells, source, hill) == []
    assert traces(cells, target, hill)[:2] == ["schema", "row"]
    with workspace_scope(tenant(hill)):
        # The numbers go on where they had stopped.
        assert make_channel().id
        session().execute(text("SELECT 1 FROM channels"))
