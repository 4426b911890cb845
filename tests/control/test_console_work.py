"""Background work in the console: queues, shares, pauses, failures by cause, the clock."""

import uuid
from datetime import timedelta

import pytest
from sqlalchemy import insert, select, update

from control.console import working, workload
from kit import clock
from kit.audit import ControlAuditEntry
from kit.db import apart, control_session, control_transaction, transaction, workspace_scope
from kit.jobs import enqueue, enqueue_control, registry
from kit.jobs.dispatcher import dispatch
from kit.jobs.queues import queue_named
from kit.jobs.scheduling import make_scheduled
from kit.jobs.tables import JobState, Place, cell_outbox, cell_shares, control_outbox
from tests.factories.control import OPERATOR_EMAIL, PASSWORD, make_operator

PLACE = Place("main")
WORK = registry.Job("console_tests.work", lambda _run: None, title="数号码", cancellable=True)


@pytest.fixture(autouse=True)
def known(monkeypatch):
    monkeypatch.setitem(registry._jobs, WORK.kind, WORK)
    queue_named("normal").empty()
    yield
    queue_named("normal").empty()


@pytest.fixture
def console(client, db):
    """A browser in which an operator is logged in."""
    make_operator()
    browser = client.at("console")
    browser.submit("/console/login", {"email": OPERATOR_EMAIL, "password": PASSWORD})
    return browser


def put(workspace, count=1, **values) -> list[str]:
    with workspace_scope(workspace), transaction():
        made = [enqueue(WORK) for _ in range(count)]
    if values:
        with apart("main") as own:
            own.execute(
                update(cell_outbox)
                .where(cell_outbox.c.id.in_([uuid.UUID(one) for one in made]))
                .values(**values)
            )
    return made


def dead(workspace, count=1, error="OSError") -> list[str]:
    return put(workspace, count, state="dead", attempts=8, error=error, ended_at=clock.now())


def states(*ids: str) -> list[str]:
    with apart("main") as own:
        rows = own.execute(select(cell_outbox.c.id, cell_outbox.c.state)).all()
    found = {str(row.id): row.state for row in rows}
    return [found[one] for one in ids]


def share() -> dict:
    with apart("main") as own:
        return dict(own.execute(select(cell_shares)).one()._mapping)


def post(console, path, page="/console/account", **data):
    return console.post(path, data={"csrf_token": console.token(page), **data})


def last_entry() -> ControlAuditEntry:
    control_session().expire_all()
    statement = select(ControlAuditEntry).order_by(ControlAuditEntry.id.desc()).limit(1)
    return control_session().scalars(statement).one()


def test_the_queues_show_what_waits_how_long_and_where(console, acme, rival):
    since = clock.now() - timedelta(minutes=5)
    put(acme, 3, run_at=since, created_at=since)
    put(acme, 2, state="running", touched_at=clock.now())
    put(rival, 1, state="done", ended_at=clock.now())
    text = console.get("/console/work/queues?place=main").text
    assert "数号码" in text
    assert "5 分钟" in text
    assert "Acme 通信" in text
    assert "Rival 通信" in text
    console.set_cookie("language", "en", domain=console.host)
    console.inspect = False
    assert "The oldest waits for" in console.get("/console/work/queues?place=main").text


def test_a_clock_put_ahead_makes_nothing_wait_for_months(console, acme):
    put(acme)
    with clock.moved(clock.now() + timedelta(days=60)):
        put(acme)
        loads = workload.kind_loads(PLACE)
    [mine] = [one for one in loads if one.kind == WORK.kind]
    assert (mine.waiting, mine.seconds < 60) == (2, True)


def test_a_place_that_nobody_knows_is_not_there(console):
    for page in ("queues", "failures", "schedules"):
        assert console.get(f"/console/work/{page}?place=nowhere").status_code == 404
    path = f"/console/work/main/workspaces/t_{'0' * 26}/pause"
    assert post(console, path).status_code == 404
    assert post(console, "/console/work/main/kinds/no.such/pause").status_code == 404


def test_a_workspace_is_paused_and_goes_on(console, acme, rival):
    put(acme)
    put(rival)
    path = f"/console/work/main/workspaces/{acme.schema}"
    assert post(console, f"{path}/pause").status_code == 303
    assert last_entry().event == "jobs:paused"
    assert last_entry().subject_id == acme.schema
    assert dispatch(PLACE) == 1
    assert "已暂停" in console.get("/console/work/queues?place=main&stand=paused").text
    assert post(console, f"{path}/resume").status_code == 303
    assert last_entry().event == "jobs:resumed"
    assert dispatch(PLACE) == 1
    assert share()["paused_at"] is None


def test_a_kind_is_paused_and_goes_on(console, acme):
    put(acme)
    path = f"/console/work/main/kinds/{WORK.kind}"
    assert post(console, f"{path}/pause").status_code == 303
    assert dispatch(PLACE) == 0
    assert f'action="{path}/resume"' in console.get("/console/work/queues?place=main").text
    assert post(console, f"{path}/resume").status_code == 303
    assert dispatch(PLACE) == 1


def test_a_share_is_set_and_bad_ones_are_refused_with_what_was_typed(console, acme):
    put(acme, 9)
    path = f"/console/work/main/workspaces/{acme.schema}/share"
    refused = console.submit(path, {"weight": "0", "in_flight": "many", "reason": "大客户"})
    assert refused.status_code == 422
    assert "many" in refused.text
    assert "大客户" in refused.text
    with apart("main") as own:
        assert own.execute(select(cell_shares)).all() == []
    assert console.submit(path, {"weight": "2", "reason": "大客户"}).status_code == 303
    assert (share()["weight"], share()["in_flight"], share()["reason"]) == (2, None, "大客户")
    assert last_entry().details["weight"] == 2
    assert 'value="2"' in console.get(path).text
    assert dispatch(PLACE) == 8


def test_failures_are_grouped_by_cause_and_tried_again_together(console, acme, rival):
    first = [*dead(acme, 2), *dead(rival)]
    other = dead(acme, error="ValueError")
    text = console.get("/console/work/failures?place=main").text
    assert "OSError" in text
    assert "ValueError" in text
    path = f"/console/work/main/kinds/{WORK.kind}/retry?error=OSError"
    assert post(console, path).status_code == 303
    assert states(*first, *other) == ["waiting"] * 3 + ["dead"]
    assert last_entry().details == {
        "kind": WORK.kind, "cell": "main", "error": "OSError", "count": 3,
    }  # fmt: skip
    assert "OSError" not in console.get("/console/work/failures?place=main").text
    before = last_entry().id
    post(console, path)
    assert last_entry().id == before, "nothing was dead any more"


def test_a_cause_is_given_up(console, acme):
    given_up, kept = dead(acme, 2), dead(acme, error="ValueError")
    path = f"/console/work/main/kinds/{WORK.kind}/discard?error=OSError"
    assert post(console, path).status_code == 303
    assert states(*given_up, *kept) == ["cancelled", "cancelled", "dead"]
    assert last_entry().event == "jobs:discarded"


def test_single_pieces_are_cancelled_and_given_up(console, acme):
    (waiting,), (lost,) = put(acme), dead(acme)
    for job_id, verb in ((waiting, "cancel"), (lost, "discard")):
        path = f"/console/work/main/{acme.schema}/{job_id}/{verb}"
        assert post(console, path).status_code == 303
    assert states(waiting, lost) == ["cancelled", "cancelled"]
    events = set(control_session().scalars(select(ControlAuditEntry.event)))
    assert {working.CANCELLED.name, working.DISCARDED.name} <= events


def test_the_list_of_pieces_is_found_by_kind_and_workspace(console, acme, rival):
    put(acme)
    put(rival)
    assert rival.schema not in console.get("/console/work?place=main&q=acme").text
    assert acme.schema not in console.get("/console/work?place=main&kind=nothing").text


def test_the_clock_shows_what_recurs_and_when(console, acme):
    make_scheduled("main", [registry.Schedule(WORK, timedelta(hours=1))])
    text = console.get("/console/work/schedules?place=main").text
    assert WORK.kind in text or "数号码" in text
    assert "等待" in text
    assert console.get("/console/work/schedules?place=control").status_code == 200


@pytest.mark.parametrize("verb", ["pause", "resume", "share"])
def test_strangers_and_other_hosts_reach_none_of_it(client, acme, verb):
    make_operator()
    path = f"/console/work/main/workspaces/{acme.schema}/{verb}"
    assert client.at("console").post(path).status_code in {302, 303, 400}
    assert client.at(acme).post(path).status_code == 404
    with apart("main") as own:
        assert own.execute(select(cell_shares)).all() == []
        assert own.scalar(select(cell_outbox.c.state).where(cell_outbox.c.kind == "x")) is None


def test_paused_stays_paused_when_a_share_is_set(console, acme):
    put(acme)
    with apart("main") as own:
        own.execute(
            insert(cell_shares).values(workspace=acme.schema, kind="", paused_at=clock.now())
        )
    console.submit(f"/console/work/main/workspaces/{acme.schema}/share", {"weight": "2"})
    assert share()["paused_at"] is not None
    assert dispatch(PLACE) == 0
    assert states(*put(acme)) == [JobState.WAITING]


def test_what_our_own_work_was_refused_is_read_and_tried_again(console, acme):
    sentence = "Stripe 不接受。"
    refused = {"state": JobState.REFUSED, "error": sentence, "ended_at": clock.now()}
    with control_transaction():
        ours = enqueue_control(WORK)
    theirs = put(acme, **refused)
    with apart(None) as own:
        own.execute(update(control_outbox).values(**refused))
    assert sentence not in console.get("/console/work?place=main").text
    for page in ("work?place=control", "work/failures?place=control"):
        assert sentence in console.get(f"/console/{page}").text
    post(console, f"/console/work/main/{acme.schema}/{theirs[0]}/retry")
    assert states(*theirs) == [JobState.REFUSED]
    assert post(console, f"/console/work/control/-/{ours}/retry").status_code == 303
    with apart(None) as own:
        assert own.scalar(select(control_outbox.c.state)) == JobState.WAITING
