"""Compare with Stripe what no webhook told us: events that never arrived, objects that differ.

What happened lately is in Stripe's list of events, a hundred to a call, so each hour costs what
happened in it. What no event tells is found by holding all of a customer's objects against the
mirror: three calls a customer, each of them once a day or, where nothing goes on, once a week.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

import stripe
import structlog
from sqlalchemy import ColumnElement, and_, exists, func, or_, select, update

from control.billing.models import BillingAccount, Drift, Invoice, InvoiceState, SubscriptionState
from control.billing.models import Subscription as Row
from control.billing.online import fetching, inbox, mirror
from control.billing.online.calls import Unknown
from kit import clock
from kit.db import control_session, control_transaction
from kit.errors import Refused
from kit.payments import Notice, calling_stripe, stripe_client

_log = structlog.get_logger("control.billing")
STALE = timedelta(hours=1)
PAGE = 100
OVER_A_DAY = 20
"""In so many hourly comparisons every customer has had its turn: a few of a day's may fail."""
LEAST = 50
"""Customers of an hourly comparison, however few there are."""
_MOST_SKIPPED = 5
"""Customers one after the other of whom Stripe does not answer: then it is Stripe, not they."""
_DAY = timedelta(days=1)
_WEEK = timedelta(days=7)
_ON_ITS_WAY = timedelta(minutes=5)
_COMPARED = (
    *("state", "plan_version_id", "extra_seats", "period_ends_at", "cancels_at", "ended_at"),
    "coupon",
)
_OVER = (SubscriptionState.CANCELED, SubscriptionState.INCOMPLETE_EXPIRED)


def fetch_missed_events(since: datetime) -> int:
    """Enter what has happened since and never came, whatever became of it; return how much.

    Not what is a few minutes old: its webhook may be on its way.
    """
    span: Any = {
        "gte": int(since.timestamp()),
        "lte": int((clock.now() - _ON_ITS_WAY).timestamp()),
    }
    control_session().rollback()
    missing: list[Notice] = []
    with calling_stripe():
        page = stripe_client().v1.events.list({"created": span, "limit": PAGE})
        while page.data:
            missing += inbox.unknown([_notice(event) for event in page.data])
            page = page.next_page()
    # Oldest first, as they would have come.
    return sum(inbox.take_in(notice, way="reconcile") for notice in reversed(missing))


def requeue_waiting() -> int:
    """Have events applied whose work came to nothing an hour ago or longer; return how many."""
    return inbox.requeue(STALE, most=PAGE)


def customers() -> int:
    """Return how many of our accounts are customers at Stripe."""
    return _count(_IS_CUSTOMER)


def compared_since(moment: datetime) -> int:
    """Return how many customers were compared since a moment."""
    return _count(and_(_IS_CUSTOMER, BillingAccount.compared_at >= moment))


def compared_first() -> datetime | None:
    """Return when the customer was compared whose turn is longest ago; None where one never was."""
    column = BillingAccount.compared_at
    return control_session().scalar(
        select(column).where(_IS_CUSTOMER).order_by(column.nulls_first()).limit(1)
    )


def drifted_since(moment: datetime) -> int:
    """Return how many rows were found to differ since a moment."""
    return (
        control_session().scalar(
            select(func.count()).select_from(Drift).where(Drift.created_at >= moment)
        )
        or 0
    )


def due_customers(*, since: datetime | None = None) -> list[tuple[int, str]]:
    """Return whose turn it is, longest ago first: (account id, customer at Stripe).

    `since`: all who were not compared since then. Otherwise a share of those who are due, so that
    each has one in a day, and a day's are spread over it.
    """
    column, now = BillingAccount.compared_at, clock.now()
    due = column < (since or now - _WEEK)
    share = None
    if since is None:
        due = or_(due, and_(column < now - _DAY, _goes_on()))
        share = max(LEAST, -(-customers() // OVER_A_DAY))
    found = control_session().execute(
        select(BillingAccount.id, BillingAccount.stripe_customer_id)
        .where(_IS_CUSTOMER, or_(column.is_(None), due))
        .order_by(column.nulls_first(), BillingAccount.id)
        .limit(share)
    )
    return [(row.id, row.stripe_customer_id) for row in found]


@dataclass(frozen=True, slots=True)
class Compared:
    """How many rows had drifted, and of how many customers Stripe gave no answer."""

    drifted: int
    skipped: int
    is_finished: bool = True


def compare_due(
    *,
    since: datetime | None = None,
    seconds: float = 600.0,
    progress: Callable[[int, int], None] | None = None,
) -> Compared:
    """Compare the customers whose turn it is, one by one, for as long as there is time.

    One of whom Stripe does not answer keeps his turn for the next time, and no other waiting;
    Refused where it answers of nobody any more.
    """
    due, begun = due_customers(since=since), monotonic()
    before = compared_since(since) if since is not None else 0
    drifted, skipped, in_a_row = 0, 0, 0
    for number, (account_id, customer) in enumerate(due):
        if monotonic() - begun > seconds:
            return Compared(drifted, skipped, is_finished=False)
        if progress is not None:
            progress(before + number, before + len(due))
        try:
            drifted += compare_customer(account_id, customer)
            in_a_row = 0
        except Refused as refusal:
            skipped, in_a_row = skipped + 1, in_a_row + 1
            _log.warning("billing.not_compared", customer=customer, why=type(refusal).__name__)
            if in_a_row == _MOST_SKIPPED:
                raise
    return Compared(drifted, skipped)


def compare_customer(account_id: int, customer: str) -> int:
    """Bring the mirror up to all that Stripe has of a customer; return how many rows had drifted.

    What differed is written down: each such row is an event that was lost. One whom Stripe does not
    know has had its turn, too. Unclear without an answer, Declined when it is refused.
    """
    control_session().rollback()
    ticket = mirror.take_ticket()
    drifted = 0
    try:
        subscriptions, invoices = fetching.all_of_customer(customer)
    except Unknown:
        _log.warning("billing.unknown_customer", customer=customer)
    else:
        drifted += sum(_mend_subscription(one, ticket) for one in subscriptions)
        drifted += sum(_mend_invoice(one, ticket) for one in invoices)
        if drifted:
            _log.warning("billing.drifted", customer=customer, rows=drifted)
    with control_transaction() as control:
        control.execute(
            update(BillingAccount)
            .where(BillingAccount.id == account_id)
            .values(compared_at=clock.now())
            .execution_options(synchronize_session=False)
        )
    return drifted


_IS_CUSTOMER = BillingAccount.stripe_customer_id.is_not(None)


def _count(which: ColumnElement[bool]) -> int:
    found = select(func.count()).select_from(BillingAccount).where(which)
    return control_session().scalar(found) or 0


def _goes_on() -> ColumnElement[bool]:
    """Return the condition that something of an account may change any day."""
    subscribed = and_(Row.account_id == BillingAccount.id, Row.state.not_in(_OVER))
    owes = and_(
        Invoice.account_id == BillingAccount.id,
        Invoice.state.in_([InvoiceState.DRAFT, InvoiceState.OPEN]),
    )
    return or_(exists().where(subscribed), exists().where(owes))


def _mend_subscription(found: fetching.FetchedSubscription, ticket: int) -> int:
    if mirror.is_shown(found):
        return 0
    with control_transaction():
        before = _shown(Row, found.stripe_id, _COMPARED)
        if not mirror.show_subscription(found, ticket=ticket):
            return 0
        return _note(
            "subscription", found.stripe_id, before, _shown(Row, found.stripe_id, _COMPARED)
        )


def _mend_invoice(found: fetching.FetchedInvoice, ticket: int) -> int:
    if mirror.is_shown(found):
        return 0
    names = tuple(name for name in found.values if name not in {*mirror.PAGES, "lines"})
    with control_transaction():
        before = _shown(Invoice, found.stripe_id, names)
        if not mirror.show_invoice(found, ticket=ticket):
            return 0
        return _note("invoice", found.stripe_id, before, _shown(Invoice, found.stripe_id, names))


def _shown(model: Any, stripe_id: str, names: tuple[str, ...]) -> dict[str, Any]:
    row = (
        control_session()
        .execute(
            select(*(getattr(model, name) for name in names)).where(model.stripe_id == stripe_id)
        )
        .mappings()
        .one_or_none()
    )
    return dict(row) if row is not None else {}


def _note(kind: str, stripe_id: str, before: dict[str, Any], after: dict[str, Any]) -> int:
    differences = {
        name: [before.get(name), value]
        for name, value in after.items()
        if before.get(name) != value
    }
    if not differences:
        return 0
    account_id = control_session().scalar(
        select((Row if kind == "subscription" else Invoice).account_id).where(
            (Row if kind == "subscription" else Invoice).stripe_id == stripe_id
        )
    )
    control_session().add(
        Drift(
            object_kind=kind,
            object_id=stripe_id,
            account_id=account_id,
            differences=json.loads(json.dumps(differences, default=str)),
        )
    )
    return 1


def _notice(event: stripe.Event) -> Notice:
    body = event.to_dict()
    about = body["data"]["object"]
    return Notice(
        id=event.id,
        kind=event.type,
        created=event.created,
        object_kind=str(about.get("object", "")),
        object_id=str(about.get("id", "")),
        body=body,
    )
