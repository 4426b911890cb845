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
# The points in the order in which a move comes by them; those of a line are one move's. A move that
# failed five times before its flip is given up, so a line has three.
LINES = {
    "copy": (
        ("move.begun", "move.wiped", "move.built"),
        ("move.fenced", "move.quiet", "move.copied"),
        ("move.numbered", "move.compared", "move.flipped"),
        ("move.live", "move.untied", "move.razed"),
    ),
    "replication": (
        ("move.begun", "move.wiped", "move.built"),
        ("move.published", "move.slot", "move.copied"),
        ("move.subscribed", "move.following", "move.fenced"),
        ("move.quiet", "move.drained", "move.numbered"),
        ("move.compared", "move.flipped", "move.live"),
        ("move.untied", "move.razed"),
    ),
}
POINTS = {method: {point for line in lines for point in line} for method, lines in LINES.items()}
FENCE = "move.fenced"


def test_every_point_is_here():
    folder = Path(ROOT) / "platform/control/moving"
    found = {
        point
        for path in folder.glob("*.py")
        for point in re.findall(r'crash_point\("([^"]+)"\)', path.read_text(encoding="utf-8"))
    }
    assert found == POINTS["copy"] | POINTS["replication"]
    assert POINTS["copy"] < POINTS["replication"]


@pytest.mark.parametrize("method", ["copy", "replication"])
def test_it_ends_the_same_wherever_it_was_killed(cells, hill, method):
    before = prints(cells, workspace(hill).cell, hill)
    order = [point for line in LINES[method] for point in line]
    for line in LINES[method]:
        source = workspace(hill).cell
        # To and fro on one server, where role, slot and subscription meet most closely.
        target = "east" if source == "main" else "main"
        ask_move(workspace(hill), target=target, method=method, by=BY)
        for point in line:
            operate_killed(point)
            if order.index(point) < order.index(FENCE):
                assert tenant(hill).condition == "ready", point
            the_lease_ends()
        done = operate(cells)
        assert (done.state, done.error, done.attempts) == ("done", None, len(line) + 1), line
        assert workspace(hill).cell == target, line
        assert tenant(hill).condition == "ready", line
        assert prints(cells, target, hill) == before, line
        assert traces(cells, source, hill) == [], line
