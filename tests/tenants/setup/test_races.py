"""However many take a number, set a parameter or press twice at once: real threads and commits."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import select

from kit import audit, clock, ids, seals, tenancy
from kit.audit import AuditEntry
from kit.db import session, transaction, workspace_scope
from kit.errors import Refused
from tenants.numbers.parameters import HOLD_MINUTES
from tenants.setup import numbering, services
from tenants.setup.feedback import FEEDBACK
from tenants.setup.models import DatePart, Feedback, Reset
from tenants.setup.numbering import Kind, Rule
from tests.factories.setup import make_report

pytestmark = pytest.mark.real_commits
RACERS = 4
KIND = Kind("race", "Race", Rule("R", DatePart.YEAR, 4, Reset.NEVER))


@pytest.fixture
def workspace(module_app: Flask) -> Iterator[tenancy.Workspace]:
    from control.workspaces.directory import directory

    found = directory.by_address("acme")
    assert found is not None
    with workspace_scope(found):
        yield found


def race(app: Flask, workspace: tenancy.Workspace, verb: Callable[[int], object]) -> list[object]:
    """Let so many do the same at once; return what those got who were not refused."""
    barrier = Barrier(RACERS)

    def one(number: int) -> object | None:
        with app.app_context(), workspace_scope(workspace):
            session().execute(select(1))
            session().rollback()
            barrier.wait()
            try:
                return verb(number)
            except Refused:
                return None

    with ThreadPoolExecutor(RACERS) as threads:
        return [got for got in threads.map(one, range(RACERS)) if got is not None]


def take(count: int) -> list[str]:
    with transaction():
        return numbering.take_many(KIND, count)


def test_nobody_gets_a_number_that_somebody_has(module_app, workspace):
    taken = race(module_app, workspace, lambda _: [take(3) for _ in range(5)])
    numbers = [one for person in taken for batch in person for one in batch]
    assert len(set(numbers)) == len(numbers) == RACERS * 15


def test_a_change_of_the_rule_in_between_gives_none_twice(module_app, workspace):
    def work(number: int) -> list[str]:
        if number == 0:
            for version, reset in enumerate((Reset.YEAR, Reset.NEVER, Reset.YEAR)):
                services.set_rule(
                    KIND,
                    version=version,
                    prefix="R",
                    date_part="year",
                    width=4,
                    reset=reset.value,
                    by=audit.SYSTEM,
                )
            return []
        return [one for _ in range(10) for one in take(1)]

    before = take(1)
    numbers = [one for person in race(module_app, workspace, work) for one in person]
    numbers += before + take(1)
    assert len(set(numbers)) == len(numbers) == (RACERS - 1) * 10 + 2


def test_a_report_sent_twice_at_once_is_one(module_app, workspace):
    submission = ids.secret()
    made = race(module_app, workspace, lambda _: make_report(submission=submission).public_id)
    assert len(set(made)) == 1
    rows = session().scalars(select(Feedback.number).where(Feedback.submission == submission))
    assert len(rows.all()) == 1
    assert FEEDBACK.code == "feedback"


def test_of_two_who_set_a_parameter_from_the_same_page_one_is_told(module_app, workspace):
    values = race(
        module_app,
        workspace,
        lambda number: [
            services.set_parameter(HOLD_MINUTES, 40 + number, version=0, by=audit.SYSTEM)
        ],
    )
    assert len(values) == 1


def test_who_seals_at_once_makes_one_chain(module_app, workspace):
    user = audit.SYSTEM
    with transaction() as work:
        for _ in range(20):
            work.add(
                AuditEntry(
                    event="user:disabled",
                    subject_kind="User",
                    subject_id="x",
                    actor_kind=user.actor_kind,
                    actor_id="",
                    actor_name=user.actor_name,
                    details={},
                    created_at=clock.now(),
                )
            )
    counts = race(module_app, workspace, lambda _: [seals.seal()])
    assert len(counts) == RACERS
    report = seals.verify()
    assert (report.is_whole, report.waiting.count) == (True, 0)
    assert report.proven == sum(count for (count,) in counts)
