"""The task centre: own tasks, everybody's tasks, stopping and trying again, and nobody else's."""

import re
import uuid
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from kit import clock, tenancy
from kit.db import apart, session, transaction, workspace_scope
from kit.errors import Refused
from kit.jobs import JobRun, enqueue, enqueue_batch, enqueue_chain, registry, wishes
from kit.jobs.tables import JobState, cell_outbox, cell_wishes
from tenants import register
from tenants.notices.models import Notice
from tenants.tasks import queries, services
from tenants.tasks.jobs import tell_batch
from tests.factories.accounts import (
    agent,
    log_names,
    make_role,
    make_user,
    owner,
    run_jobs,
    signed_in,
)

assert register


def stopping(run: JobRun, *, number: int = 0) -> None:
    """Do nothing; what counts is how it stands."""


WORK = registry.Job(
    "tasks_tests.work", stopping, title="数一数号码", cancellable=True, stepped=True
)
SILENT = registry.Job("tasks_tests.silent", stopping, title="悄悄告诉")


@pytest.fixture(autouse=True)
def known(monkeypatch):
    for one in (WORK, SILENT):
        monkeypatch.setitem(registry._jobs, one.kind, one)


def ask(work=WORK, *, by=None, **more) -> str:
    with transaction():
        return enqueue(work, asked_by=by.public_id if by else None, **more)


def stand(job_id, **values) -> None:
    with apart("main") as own:
        own.execute(
            update(cell_outbox).where(cell_outbox.c.id == uuid.UUID(job_id)).values(**values)
        )
    session().rollback()


def state_of(job_id) -> str:
    with apart("main") as own:
        return own.scalar(select(cell_outbox.c.state).where(cell_outbox.c.id == uuid.UUID(job_id)))


def listed(browser, query="") -> set[str]:
    """The tasks that a browser's list leads to."""
    return set(re.findall(r'href="/tasks/([0-9a-f-]{36})"', browser.get(f"/tasks/{query}").text))


def due() -> int:
    with apart("main") as own:
        return own.scalar(
            select(func.count()).where(
                cell_outbox.c.state == JobState.WAITING, cell_outbox.c.run_at <= clock.now()
            )
        )


def row(job_id):
    session().rollback()
    return queries.find_task(uuid.UUID(job_id))


def test_a_person_sees_what_was_asked_for_in_his_name(client, in_acme):
    person = agent()
    own, other = ask(by=person), ask(SILENT, by=owner())
    browser = signed_in(client, person)
    assert listed(browser) == {own}
    assert browser.get(f"/tasks/{own}").status_code == 200
    assert browser.get(f"/tasks/{other}").status_code == 403
    assert browser.get(f"/tasks/{uuid.uuid4()}").status_code == 404
    for path in ("cancel", "retry"):
        answer = browser.post(
            f"/tasks/{other}/{path}", data={"csrf_token": browser.token(f"/tasks/{own}")}
        )
        assert answer.status_code == 403
    assert state_of(other) == JobState.WAITING


def test_who_may_sees_those_of_everybody_and_of_the_clock(client, in_acme):
    tasks = {ask(by=agent()), ask(SILENT)}
    mine = ask(by=owner())
    browser = signed_in(client, owner())
    assert "定时任务" in browser.get("/tasks/").text
    assert listed(browser) == {*tasks, mine}
    assert listed(browser, "?own=yes") == {mine}
    assert listed(browser, "?state=done") == set()
    assert listed(browser, f"?kind={SILENT.kind}") < tasks
    browser.set_cookie("language", "en", domain=browser.host)
    assert "By the clock" in browser.get("/tasks/").text


def test_seeing_everybody_s_is_not_stopping_them(client, in_acme):
    task = ask(by=owner())
    watcher = make_user(roles=[make_role(permissions=["task:view"])])
    browser = signed_in(client, watcher)
    own = ask(by=watcher)
    assert browser.get(f"/tasks/{task}").status_code == 200
    token = browser.token(f"/tasks/{own}")
    assert browser.post(f"/tasks/{task}/cancel", data={"csrf_token": token}).status_code == 403
    assert state_of(task) == JobState.WAITING


def test_strangers_find_nothing(client, acme, rival):
    with workspace_scope(acme):
        task = ask(by=owner())
    with workspace_scope(rival):
        browser = signed_in(client, owner())
        assert listed(browser) == set()
        assert browser.get(f"/tasks/{task}").status_code == 404
        own = ask(by=owner())
        token = browser.token(f"/tasks/{own}")
        for path in ("cancel", "retry"):
            answer = browser.post(f"/tasks/{task}/{path}", data={"csrf_token": token})
            assert answer.status_code == 404
    assert state_of(task) == JobState.WAITING


def test_what_waits_is_stopped_at_once(client, in_acme):
    person = agent()
    task = ask(by=person)
    browser = signed_in(client, person)
    assert browser.post(f"/tasks/{task}").status_code in {400, 405}
    token = browser.token(f"/tasks/{task}")
    assert browser.post(f"/tasks/{task}/cancel", data={"csrf_token": token}).status_code == 303
    assert state_of(task) == JobState.CANCELLED
    assert log_names(services.Task(task)) == ["task:cancel_asked"]
    with apart("main") as own:
        assert own.execute(select(cell_wishes)).all() == []
    browser.post(f"/tasks/{task}/cancel", data={"csrf_token": token})
    assert log_names(services.Task(task)) == ["task:cancel_asked"], "it had ended"
    assert "已停止" in browser.get(f"/tasks/{task}").text


def test_what_runs_is_asked_to_stop_and_says_so(client, in_acme):
    person = agent()
    task = ask(by=person)
    stand(task, state="running", begun_at=clock.now() - timedelta(seconds=10), done=40, total=100,
          step="第二张表", touched_at=clock.now())  # fmt: skip
    browser = signed_in(client, person)
    text = browser.get(f"/tasks/{task}").text
    assert "40%" in text
    assert "第二张表" in text
    assert "15" in text, "the rest at the pace so far"
    token = browser.token(f"/tasks/{task}")
    browser.post(f"/tasks/{task}/cancel", data={"csrf_token": token})
    assert state_of(task) == JobState.RUNNING
    text = browser.get(f"/tasks/{task}").text
    assert "已请求停止" in text
    assert f"/tasks/{task}/cancel" not in text


def test_only_what_is_meant_for_it_can_be_stopped_or_tried_again(in_acme):
    silent, done, dead = ask(SILENT), ask(), ask()
    stand(done, state="done")
    stand(dead, state="dead", attempts=8, error="ZeroDivisionError")
    for task in (silent, done):
        with pytest.raises(Refused):
            services.cancel_task(row(task), by=owner())
        with pytest.raises(Refused):
            services.retry_task(row(task), by=owner())
    services.retry_task(row(dead), by=owner())
    assert state_of(dead) == JobState.WAITING
    assert row(dead).attempts == 0
    assert log_names(services.Task(dead)) == ["task:retry_asked"]
    with apart("main") as own:
        assert own.execute(select(cell_wishes)).all() == []


def test_a_fault_s_name_is_not_for_people(client, in_acme):
    person = agent()
    task = ask(by=person)
    stand(task, state="dead", attempts=8, error="ZeroDivisionError")
    browser = signed_in(client, person)
    for path in ("/tasks/", f"/tasks/{task}"):
        text = browser.get(path).text
        assert "ZeroDivisionError" not in text
        assert "8" in text


def test_a_chain_and_a_batch_show_what_belongs_together(client, in_acme):
    person = owner()
    with transaction():
        first, second = enqueue_chain(
            [(WORK, {"number": 1}), (SILENT, {"number": 2})], asked_by=person.public_id
        )
        batch = enqueue_batch(
            [(WORK, {"number": 3}), (WORK, {"number": 4})],
            then=tell_batch,
            asked_by=person.public_id,
            what="Two numbers",
        )
    browser = signed_in(client, person)
    assert f"/tasks/{second}" in browser.get(f"/tasks/{first}").text
    assert f"/tasks/{first}" in browser.get(f"/tasks/{second}").text
    assert "等待其他任务" in browser.get(f"/tasks/{second}").text
    assert "子任务" in browser.get(f"/tasks/{batch}").text
    # Parts stand on the page of the batch only.
    assert listed(browser) == {first, second, batch}


def test_the_end_of_a_batch_is_told_to_who_asked(in_acme):
    person = owner()
    with transaction():
        enqueue_batch(
            [(WORK, {"number": one}) for one in range(3)],
            then=tell_batch,
            asked_by=person.public_id,
            what="Three numbers",
        )
    # The summary is not due before the three, whatever is done first.
    assert due() == 3
    run_jobs()
    run_jobs()
    told = session().scalars(select(Notice).where(Notice.kind == "tasks:batch_done")).all()
    assert [(one.user_id, one.values["done"], one.values["rest"]) for one in told] == [
        (owner().id, "3", "0")
    ]


def test_the_database_shows_a_workspace_its_own_tasks_only(acme, rival):
    with workspace_scope(acme):
        task = ask(by=owner())
    with workspace_scope(rival):
        own = session().scalars(select(cell_outbox.c.workspace)).all()
        assert set(own) <= {tenancy.current().schema}
        with transaction():
            wishes.ask(task, wishes.CANCEL)
    # The wish is for a piece of rival's that has that id: there is none.
    assert state_of(task) == JobState.WAITING
