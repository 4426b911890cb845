"""The month settles itself where the workspace wants it: once, in its own time."""

from dataclasses import replace
from datetime import UTC, date, datetime

from sqlalchemy import func, select, text

from kit import clock
from kit.db import apart, session, workspace_scope
from kit.jobs import registry
from kit.jobs.scheduling import make_scheduled
from kit.jobs.tables import JobState
from kit.tenancy import Access
from tenants.notices.models import Notice
from tenants.settlement import services
from tenants.settlement.jobs import settle_month
from tenants.settlement.models import CommissionLine, SettlementRun
from tenants.settlement.parameters import AT_MONTH_END
from tenants.setup.services import set_parameter
from tests.factories.accounts import make_user, owner, run_jobs
from tests.factories.notices import notices_of
from tests.factories.settlement import BY, make_chain, make_earned

(MONTHLY,) = [one for one in registry.schedules() if one.job is settle_month]
NIGHT = datetime(2026, 7, 31, 18, 30, tzinfo=UTC)
"""Half past two on the first of August in Shanghai."""


def remember(moment):
    with clock.moved(moment):
        make_scheduled("main", [MONTHLY])


def look_at_the_clock(moment):
    """What two schedulers do, and the workers after them."""
    with clock.moved(moment):
        made = make_scheduled("main", [MONTHLY]) + make_scheduled("main", [MONTHLY])
        run_jobs()
    return made


def runs():
    return [(one.until, one.line_count) for one in session().scalars(select(SettlementRun))]


def test_nothing_is_settled_unless_the_workspace_has_said_so(in_acme):
    make_earned(make_chain(1))
    remember(datetime(2026, 7, 11, tzinfo=UTC))
    assert look_at_the_clock(NIGHT) == 2
    assert runs() == []


def test_the_month_before_is_settled_once_and_who_may_settle_is_told(in_acme):
    make_user()
    set_parameter(AT_MONTH_END, value=True, version=0, by=owner())
    july, august = make_earned(make_chain(2)), make_earned(make_chain(1), met_on=date(2026, 8, 1))
    remember(datetime(2026, 7, 11, tzinfo=UTC))
    # The scheduler was down that night, and two came back three days later.
    look_at_the_clock(datetime(2026, 8, 4, tzinfo=UTC))
    look_at_the_clock(datetime(2026, 8, 4, 1, tzinfo=UTC))
    assert runs() == [(date(2026, 7, 31), 2)]
    states = dict(
        session()
        .execute(
            select(CommissionLine.item_id, func.max(CommissionLine.state)).group_by(
                CommissionLine.item_id
            )
        )
        .all()
    )
    assert states == {july: "settled", august: "pending"}
    (told,) = session().scalars(select(Notice)).all()
    assert (told.user_id, told.values["total"]) == (owner().id, [1000, "CNY"])


def test_a_month_without_anything_due_makes_no_run(in_acme):
    set_parameter(AT_MONTH_END, value=True, version=0, by=owner())
    remember(datetime(2026, 7, 11, tzinfo=UTC))
    look_at_the_clock(NIGHT)
    assert runs() == []
    assert notices_of(owner()) == []


def read_only(acme):
    """The workspace as its cell and whoever opens it now know it: nothing is written in it."""
    with apart(acme.cell, role="simtree_control") as cell:
        cell.execute(text("UPDATE workspaces SET access = 'read_only'"))
    return workspace_scope(replace(acme, access=Access.READ_ONLY))


def test_nothing_is_settled_while_it_is_read_only_and_all_of_it_once_it_is_paid(in_acme):
    set_parameter(AT_MONTH_END, value=True, version=0, by=owner())
    make_earned(make_chain(1))
    remember(datetime(2026, 7, 11, tzinfo=UTC))
    with clock.moved(NIGHT):
        make_scheduled("main", [MONTHLY])
    with read_only(in_acme):
        # What was made before waits, and the clock makes no more.
        with clock.moved(NIGHT):
            assert run_jobs() == [JobState.WAITING]
        assert look_at_the_clock(datetime(2026, 9, 1, tzinfo=UTC)) == 0
        assert runs() == []
    with apart(in_acme.cell, role="simtree_control") as cell:
        cell.execute(text("UPDATE workspaces SET access = 'full'"))
    look_at_the_clock(datetime(2026, 9, 20, tzinfo=UTC))
    assert [count for _until, count in runs()] == [1]


def test_what_somebody_settled_before_is_not_settled_again(in_acme):
    set_parameter(AT_MONTH_END, value=True, version=0, by=owner())
    make_earned(make_chain(1))
    remember(datetime(2026, 7, 11, tzinfo=UTC))
    services.settle(until=date(2026, 7, 10), key="by hand", by=BY)
    look_at_the_clock(NIGHT)
    assert runs() == [(date(2026, 7, 10), 1)]
