"""What goes wrong or is taken back during a move: the workspace is whole and in one place."""

import uuid
from time import monotonic

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError, ProgrammingError

from control.moving.services import ask_move, stop_move
from control.operations.models import Operation
from control.workspaces.directory import directory
from infra.local.embedded import wait_until
from kit import audit
from kit.db import apart, control_session, session, transaction, workspace_scope
from kit.errors import Refused
from kit.jobs import JobRun, registry
from kit.jobs.outbox import enqueue
from kit.jobs.runner import perform
from kit.jobs.tables import JobState, Place, cell_outbox
from kit.security.fairness import CROWDED
from kit.tenancy import Condition
from tenants.accounts import brand
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
from tests.factories.accounts import owner, signed_in
from tests.factories.channels import make_grade
from tests.page import says

pytestmark = pytest.mark.real_commits


def nothing(run: JobRun) -> None:
    del run


WORK = registry.Job("cell_tests.nothing", nothing, tries=1)


def newest() -> Operation:
    control_session().expire_all()
    return control_session().scalars(select(Operation).order_by(Operation.id.desc())).first()


def begin(schema, *, point, method="replication", target=None):
    """Ask for a move that is killed at a point; return source and target."""
    source = workspace(schema).cell
    target = target or ("east" if source == "main" else "main")
    ask_move(workspace(schema), target=target, method=method, by=BY)
    operate_killed(point)
    return source, target


def answers(engine) -> bool:
    try:
        engine.connect().close()
    except OperationalError:
        return False
    return True


def test_it_is_taken_back_before_it_began(cells, hill):
    source = workspace(hill).cell
    target = "west" if source != "west" else "main"
    asked = ask_move(workspace(hill), target=target, method="copy", by=BY)
    stop_move(asked, by=BY)
    assert newest().state == "cancelled"
    assert (workspace(hill).cell, traces(cells, target, hill)) == (source, [])


@pytest.mark.parametrize("point", ["move.slot", "move.following"])
def test_it_is_taken_back_before_the_fence(cells, hill, point):
    source, target = begin(hill, point=point)
    stop_move(newest(), by=BY)
    the_lease_ends()
    assert operate(cells).state == "cancelled"
    assert workspace(hill).cell == source
    assert tenant(hill).condition == Condition.READY
    assert traces(cells, target, hill) == []
    assert traces(cells, source, hill)[:2] == ["schema", "row"]
    assert not {"publication", "slot"} & set(traces(cells, source, hill))


def test_behind_the_fence_everybody_is_told(cells, hill):
    with workspace_scope(tenant(hill)):
        browser = signed_in(cells.app.test_client(), owner())
        token = browser.token("/channels/grades/new")
        with transaction():
            waiting = uuid.UUID(enqueue(WORK))
    was = tenant(hill)
    assert browser.get("/channels/grades/").status_code == 200
    source, target = begin(hill, point="move.fenced")
    with pytest.raises(Refused):
        stop_move(newest(), by=BY)
    # A process that has not looked for five seconds takes the workspace for ready still.
    directory._known["a:hill"].at = monotonic()
    form = {"csrf_token": token, "name": "没有写进去", "rank": "7"}
    # Other failure pages ask who is there, too, and there is nobody left to ask.
    crowded = browser.get("/channels/grades/", environ_overrides={CROWDED: True})
    assert crowded.status_code == 429
    assert says(crowded, "Your company is asking for a lot at once")
    for _look in range(2):
        # Its failure pages wear the brand, also when that cannot be read any more.
        brand._known.clear()
        told = browser.post("/channels/grades/new", data=form)
        assert told.status_code == 503
        assert told.headers["Retry-After"] == "5"
        assert says(told, "Moving, back in a moment")
    assert perform({WORK.kind: WORK}.__getitem__, Place(source), was, waiting) == JobState.WAITING
    with apart(source) as own:
        row = own.execute(select(cell_outbox).where(cell_outbox.c.id == waiting)).one()
    assert (row.state, row.attempts, row.error) == ("waiting", 0, None)
    with workspace_scope(was), pytest.raises(ProgrammingError), transaction():
        enqueue(WORK)
    the_lease_ends()
    assert operate(cells).state == "done"
    with workspace_scope(tenant(hill)):
        sent = browser.post("/channels/grades/new", data=form)
        assert sent.status_code == 303
        assert session().scalar(text("SELECT count(*) FROM grades WHERE rank = 7")) == 1
        ended = perform({WORK.kind: WORK}.__getitem__, Place(target), tenant(hill), waiting)
        assert ended == JobState.DONE


def test_a_difference_is_found_and_the_move_begun_anew(cells, hill):
    with workspace_scope(tenant(hill)):
        make_grade()
    before = prints(cells, workspace(hill).cell, hill)
    source, target = begin(hill, point="move.drained")
    with cells.engines[target].begin() as connection:
        connection.execute(text(f"UPDATE {hill}.grades SET rank = rank + 1"))
    the_lease_ends()
    failed = operate(cells)
    assert (failed.state, failed.error) == ("queued", "Different (compare)")
    assert workspace(hill).cell == source
    assert tenant(hill).condition == Condition.READY
    assert traces(cells, target, hill) == []
    assert prints(cells, source, hill) == before
    the_lease_ends()
    assert operate(cells).state == "done"
    assert prints(cells, target, hill) == before


def test_a_source_that_was_migrated_meanwhile_is_copied_anew(cells, hill):
    _source, target = begin(hill, point="move.subscribed")
    with cells.engines[target].begin() as connection:
        connection.execute(text("UPDATE cell.workspaces SET revision = '0001'"))
    the_lease_ends()
    assert operate(cells).error == "RuntimeError (raise_fence)"
    the_lease_ends()
    assert operate(cells).state == "done"
    assert workspace(hill).cell == target


def test_a_target_that_goes_down_leaves_the_source_as_it_was(cells, hill):
    if workspace(hill).cell == "west":
        ask_move(workspace(hill), target="main", method="copy", by=BY)
        assert operate(cells).state == "done"
    source, target = begin(hill, point="move.fenced", target="west")
    west = cells.servers["west"]
    west.stop()
    the_lease_ends()
    assert operate(cells).state == "queued"
    assert tenant(hill).condition == Condition.READY
    with workspace_scope(tenant(hill)):
        make_grade(name="meanwhile")
    before = prints(cells, source, hill)
    west.start()
    assert wait_until(lambda: answers(cells.engines["west"]), seconds=15)
    the_lease_ends()
    assert operate(cells).state == "done"
    assert workspace(hill).cell == target
    assert prints(cells, target, hill) == before
    assert traces(cells, source, hill) == []


def test_it_refuses_what_cannot_be_done(cells, hill, monkeypatch):
    here = workspace(hill)
    other = "main" if here.cell == "east" else "east"
    for target, method in ((here.cell, "copy"), ("north", "copy"), (other, "magic")):
        with pytest.raises(Refused):
            ask_move(here, target=target, method=method, by=audit.SYSTEM)
    assert newest().state == "done"
