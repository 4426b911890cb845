"""What the platform earns: reckoned in the database from the mirror, each currency by itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    Boolean,
    Numeric,
    and_,
    case,
    cast,
    column,
    distinct,
    exists,
    func,
    literal,
    or_,
    select,
    text,
    true,
    values,
)
from sqlalchemy import DateTime as Moment
from sqlalchemy.dialects.postgresql import JSONB

from control.billing.accounts import is_collected
from control.billing.models import (
    BillingAccount,
    Invoice,
    InvoiceState,
    Subscription,
    SubscriptionState,
)
from control.workspaces.models import Workspace
from kit import clock
from kit.db import control_session

MONTHS = 12
NEVER_PAID = (SubscriptionState.INCOMPLETE, SubscriptionState.INCOMPLETE_EXPIRED)
GIVEN_UP_ON = (SubscriptionState.UNPAID, SubscriptionState.PAUSED)
ISSUED = (InvoiceState.OPEN, InvoiceState.PAID)
AGES = ((7, "0-7"), (14, "8-14"), (21, "15-21"), (None, "22"))
"""Days overdue up to which an amount is of an age, and the age's name."""


@dataclass(frozen=True, slots=True)
class MonthlyRevenue:
    """What recurred each month in one currency, in minor units: the oldest first, now last."""

    currency: str
    moments: Sequence[datetime]
    amounts: Sequence[int]

    @property
    def now(self) -> int:
        return self.amounts[-1]


@dataclass(frozen=True, slots=True)
class Coming:
    """How many customers a month began with, won and lost."""

    moment: datetime
    """The month's first."""
    had: int
    won: int
    lost: int

    @property
    def churn(self) -> float | None:
        """Per cent of those it began with that were lost; None when there were none."""
        return None if not self.had else 100 * self.lost / self.had


@dataclass(frozen=True, slots=True)
class Trials:
    """How many trials ended in a month, and how many of them ended in a purchase."""

    moment: datetime
    ended: int
    bought: int

    @property
    def conversion(self) -> float | None:
        """Per cent of the trials that were followed by a purchase; None when there were none."""
        return None if not self.ended else 100 * self.bought / self.ended


@dataclass(frozen=True, slots=True)
class Overdue:
    """What of an age is owed in one currency, and by how many customers."""

    currency: str
    age: str
    amount: int
    customers: int


def month_starts(now: datetime) -> list[datetime]:
    """Return the first moments of the last twelve months (UTC), the oldest first, this one last."""
    year, month = now.year, now.month
    found = []
    for _each in range(MONTHS):
        found.append(datetime(year, month, 1, tzinfo=UTC))
        year, month = (year - 1, 12) if month == 1 else (year, month - 1)
    return found[::-1]


def monthly_revenue() -> list[MonthlyRevenue]:
    """Return what recurs each month: at the end of each of the last eleven, and now.

    It is read from the invoices that were issued: a line counts while its time runs, for as much
    as it comes to in a month, so a plan that was changed since counts as it was. Reductions are
    taken off; refunds and credit notes are not.
    """
    moments = [*month_starts(clock.now())[1:], clock.now()]
    at = _moments(moments)
    lines = func.jsonb_array_elements(Invoice.lines).table_valued(
        column("value", JSONB), name="line"
    )
    line = lines.c.value
    began = func.coalesce(_moment_of(line, "from"), Invoice.period_began_at)
    ends = func.coalesce(_moment_of(line, "until"), Invoice.period_ends_at)
    recurs = func.coalesce(
        cast(line["recurs"].astext, Boolean), Invoice.subscription_id.is_not(None)
    )
    amount = cast(line["amount"].astext, Numeric) - func.coalesce(
        cast(line["off"].astext, Numeric), 0
    )
    rows = control_session().execute(
        select(at.c.moment, Invoice.currency, func.round(func.sum(amount / _months(began, ends))))
        .select_from(Invoice)
        .join(lines, true())
        .join(at, and_(began <= at.c.moment, at.c.moment < ends))
        .where(Invoice.state.in_(ISSUED), recurs, amount != 0)
        .group_by(at.c.moment, Invoice.currency)
    )
    found: dict[str, dict[datetime, int]] = {}
    for moment, currency, total in rows:
        found.setdefault(currency, {})[moment] = int(total)
    return [
        MonthlyRevenue(currency, moments, [amounts.get(moment, 0) for moment in moments])
        for currency, amounts in sorted(found.items())
    ]


def _moment_of(line: Any, name: str) -> Any:
    return cast(line[name].astext, Moment(timezone=True))


def _months(began: Any, ends: Any) -> Any:
    """Return how many months lie between two moments: a part of one is taken by its seconds."""
    first, last = func.timezone("UTC", began), func.timezone("UTC", ends)
    month, year = text("interval '1 month'"), text("interval '1 year'")
    length = func.extract("epoch", last - first)
    return case(
        (last == first + month, literal(1)),
        (last == first + year, literal(12)),
        # The rest of a month or a year that was changed in the middle ends when it would have.
        (last < first + month, length / func.extract("epoch", last - (last - month))),
        else_=12 * length / func.extract("epoch", last - (last - year)),
    )


def coming_and_going() -> list[Coming]:
    """Return how many customers each of the last twelve months began with, won and lost."""
    starts = month_starts(clock.now())
    ends = [*starts[1:], clock.now()]
    span = values(
        column("first", Moment(timezone=True)), column("last", Moment(timezone=True)), name="span"
    ).data(list(zip(starts, ends, strict=True)))
    customer = (
        select(Subscription.account_id, span.c.first)
        .add_columns(
            func.bool_or(_earns_at(span.c.first)).label("before"),
            func.bool_or(_earns_at(span.c.last)).label("after"),
        )
        .select_from(span)
        .join(Subscription, Subscription.started_at <= span.c.last)
        .group_by(Subscription.account_id, span.c.first)
        .subquery()
    )
    rows = control_session().execute(
        select(
            customer.c.first,
            func.count().filter(customer.c.before).label("had"),
            func.count().filter(customer.c.after, ~customer.c.before).label("won"),
            func.count().filter(customer.c.before, ~customer.c.after).label("lost"),
        ).group_by(customer.c.first)
    )
    found = {row.first: row for row in rows}
    return [
        Coming(start, found[start].had, found[start].won, found[start].lost)
        if start in found
        else Coming(start, 0, 0, 0)
        for start in starts
    ]


def trial_conversion() -> list[Trials]:
    """Return how many trials ended in each of the last twelve months, and how many were bought."""
    starts = month_starts(clock.now())
    began, over = _began(), _over()
    bought = exists().where(
        Subscription.account_id == BillingAccount.id,
        Subscription.state.not_in(NEVER_PAID),
        # Given up before the first day that costs something, it was tried and not bought.
        or_(over.is_(None), over > began),
    )
    month = func.date_trunc("month", Workspace.trial_ends_at, "UTC")
    rows = control_session().execute(
        select(month.label("month"), func.count().label("ended"), func.count().filter(bought))
        .join(BillingAccount, BillingAccount.workspace_id == Workspace.id)
        .where(
            Workspace.trial_ends_at >= starts[0],
            Workspace.trial_ends_at <= clock.now(),
            Workspace.sandbox_of_id.is_(None),
        )
        .group_by(month)
    )
    found = {moment: (ended, bought) for moment, ended, bought in rows}
    return [Trials(start, *found.get(start, (0, 0))) for start in starts]


def overdue() -> list[Overdue]:
    """Return what is owed by how long it has been due, each currency by itself."""
    days = func.extract("epoch", clock.now() - Invoice.due_at) / timedelta(days=1).total_seconds()
    age = case(
        *((days < most + 1, name) for most, name in AGES if most is not None), else_=AGES[-1][1]
    )
    rows = control_session().execute(
        select(
            Invoice.currency,
            age,
            func.sum(Invoice.remaining_amount),
            func.count(distinct(Invoice.account_id)),
        )
        .where(*owed_now())
        .group_by(Invoice.currency, age)
    )
    found = {(currency, name): (int(amount), count) for currency, name, amount, count in rows}
    return [
        Overdue(currency, name, *found.get((currency, name), (0, 0)))
        for currency in sorted({currency for currency, _name in found})
        for _most, name in AGES
    ]


def owed_now() -> tuple[Any, ...]:
    """Return what makes an invoice one that is owed, as the standing counts it."""
    return (is_collected(), Invoice.due_at <= clock.now())


def standings() -> dict[str, int]:
    """Return how many accounts stand where, sandboxes apart."""
    counted = (
        select(BillingAccount.standing, func.count())
        .join(Workspace, Workspace.id == BillingAccount.workspace_id)
        .where(Workspace.sandbox_of_id.is_(None))
        .group_by(BillingAccount.standing)
    )
    return {standing: count for standing, count in control_session().execute(counted)}  # noqa: C416 - rows, not pairs


def _moments(moments: Sequence[datetime]) -> Any:
    return values(column("moment", Moment(timezone=True)), name="at").data(
        [(moment,) for moment in moments]
    )


def _earns_at(moment: Any) -> Any:
    """Return whether a subscription is paid for at a moment: begun, not on trial, not over."""
    over = _over()
    return and_(
        Subscription.state.not_in(NEVER_PAID),
        _began() <= moment,
        or_(over.is_(None), over > moment),
    )


def _began() -> Any:
    """Return from when on a subscription costs something."""
    return func.greatest(
        Subscription.started_at, func.coalesce(Subscription.trial_ends_at, Subscription.started_at)
    )


def _over() -> Any:
    """Return when a subscription ended or was not paid any more; null while it goes on."""
    return func.coalesce(
        Subscription.ended_at,
        case(
            (Subscription.state.in_(GIVEN_UP_ON), Subscription.period_began_at),
            (Subscription.state == SubscriptionState.CANCELED, Subscription.period_ends_at),
        ),
    )
