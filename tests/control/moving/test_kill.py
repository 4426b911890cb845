"""Killed between any two steps, a move goes on to the same end; every point of both ways."""

import re
from pathlib import Path

import pytest

from control.moving.services import ask_move
from tests.control.moving.conftest import (
    BY,
    operate,
    operate_killed,
    prints,
    tenant,
    the_lease_ends,
    traces,
    workspace,
)
from tests.databases import ROOT

pytestmark = pytest.mark.real_commits
COMMON = (
    *("move.begun", "move.wiped", "move.built", "move.copied", "move.fenced", "move.quiet"),
    *("move.numbered", "move.compared", "move.flipped", "move.live", "move.untied", "move.razed"),
)
FOLLOWING = ("move.published", "move.slot", "move.subscribed", "move.following", "move.drained")
POINTS = {"copy": COMMON, "replication": (*COMMON, *FOLLOWING)}
BEFORE_FENCE = {"move.begun", "move.wiped", "move.built", *FOLLOWING} - {"move.drained"}


def test_every_point_is_here():
    folder = Path(ROOT) / "platform/control/moving"
    found = {
        point
        for path in folder.glob("*.py")
        for point in re.findall(r'crash_point\("([^"]+)"\)', path.read_text(encoding="utf-8"))
    }
    assert found == {*COMMON, *FOLLOWING}


@pytest.mark.parametrize("method", ["copy", "replication"])
def test_it_ends_the_same_wherever_it_was_killed(cells, hill, method):
    before = prints(cells, workspace(hill).cell, hill)
    for point in POINTS[method]:
        source = workspace(hill).cell
        # To and fro on one server, where role, slot and subscription meet most closely.
        target = "east" if source == "main" else "main"
        ask_move(workspace(hill), target=target, method=method, by=BY)
        operate_killed(point)
        if point in BEFORE_FENCE and not (method == "copy" and point == "move.copied"):
            assert tenant(hill).condition == "ready", point
        the_lease_ends()
        done = operate(cells)
        assert (done.state, done.error, done.attempts) == ("done", None, 2), point
        assert workspace(hill).cell == target, point
        assert tenant(hill).condition == "ready", point
        assert prints(cells, target, hill) == before, point
        assert traces(cells, source, hill) == [], point
