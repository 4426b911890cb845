"""A workspace moves with all it has, by either way, between cells of one server and of two."""

import pytest
from sqlalchemy import text

from control.moving.services import ask_move
from kit import seals
from kit.db import session, workspace_scope
from tests.control.moving.conftest import BY, operate, prints, tenant, traces, workspace
from tests.factories.channels import make_channel

pytestmark = pytest.mark.real_commits


def _bring(cells, hill, cell):
    """Have the workspace where a test begins, wherever the tests before have left it."""
    if workspace(hill).cell != cell:
        ask_move(workspace(hill), target=cell, method="copy", by=BY)
        assert operate(cells).state == "done"


@pytest.mark.parametrize(
    ("method", "source", "target"),
    [
        ("replication", "main", "east"),
        ("copy", "east", "main"),
        ("copy", "main", "west"),
        ("replication", "west", "main"),
    ],
)
def test_it_moves_with_all_it_has(cells, hill, method, source, target):
    _bring(cells, hill, source)
    with workspace_scope(tenant(hill)):
        seals.seal()
    before = prints(cells, source, hill)
    assert sum(one.rows for one in before.values()) > 80
    ask_move(workspace(hill), target=target, method=method, by=BY)
    done = operate(cells)
    assert (done.state, done.error) == ("done", None)
    assert workspace(hill).cell == target
    assert prints(cells, target, hill) == before
    assert traces(cells, source, hill) == []
    assert traces(cells, target, hill)[:2] == ["schema", "row"]
    with workspace_scope(tenant(hill)):
        # What was proven in the source is proven here, and the chain goes on.
        report = seals.verify()
        assert (report.is_whole, report.waiting.count) == (True, 0)
        # The numbers go on where they had stopped.
        assert make_channel().id
        assert seals.seal() == 1
        session().execute(text("SELECT 1 FROM channels"))
