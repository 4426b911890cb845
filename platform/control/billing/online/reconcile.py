"""Compare with Stripe what no webhook told us: events that never arrived, objects that differ."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import stripe
import structlog
from sqlalchemy import select

from control.billing.models import BillingAccount, Drift, EventState, Invoice, StripeEvent
from control.billing.models import Subscription as Row
from control.billing.online import fetching, inbox, mirror
from control.billing.online.calls import Unknown
from kit import clock
from kit.db import control_session, control_transaction
from kit.errors import Refused
from kit.payments import Notice, calling_stripe, stripe_client

_log = structlog.get_logger("control.billing")
LOOK_BACK = timedelta(days=3)
_PAGE = 100
_MOST_SKIPPED = 5
"""Customers one after the other of whom Stripe does not answer: then it is Stripe, not they."""
_COMPARED = (
    *("state", "plan_version_id", "extra_seats", "period_ends_at", "cancels_at", "ended_at"),
    "coupon",
)


def fetch_missed_events() -> int:
    """Enter the events that Stripe could not deliver in the last days; return how many are new."""
    since = int((clock.now() - LOOK_BACK).timestamp())
    control_session().rollback()
    missed = 0
    with calling_stripe():
        found = stripe_client().v1.events.list(
            {"delivery_success": False, "created": {"gte": since}, "limit": _PAGE}
        )
        notices = [_notice(event) for event in found.auto_paging_iter()]
    # Oldest first, as they would have come.
    for notice in reversed(notices):
        missed += inbox.take_in(notice, way="reconcile")
    return missed


def requeue_waiting() -> int:
    """Have events applied whose job came to nothing, for good or for now; return how many."""
    stale = (
        control_session()
        .scalars(
            select(StripeEvent)
            .where(
                StripeEvent.state.in_([EventState.WAITING, EventState.FAILED]),
                StripeEvent.created_at < clock.now() - timedelta(hours=1),
            )
            .order_by(StripeEvent.id)
            .limit(_PAGE)
        )
        .all()
    )
    with control_transaction():
        for event in stale:
            inbox.ask_to_apply(event.stripe_id)
    return len(stale)


@dataclass(frozen=True, slots=True)
class Compared:
    """How many rows had drifted, and of how many customers Stripe gave no answer."""

    drifted: int
    skipped: int


def compare_changed() -> Compared:
    """Bring the mirror up to Stripe for every customer of ours.

    What differed is written down: each such row is an event that was lost. A customer of whom
    Stripe does not answer is left for the next time; Unclear where it answers of nobody any more.
    """
    drifted, skipped, in_a_row = 0, 0, 0
    for customer in _customers():
        try:
            drifted += _compare(customer)
        except (Refused, Unknown) as refusal:
            skipped, in_a_row = skipped + 1, in_a_row + 1
            _log.warning("billing.not_compared", customer=customer, why=type(refusal).__name__)
            if in_a_row == _MOST_SKIPPED:
                raise
        else:
            in_a_row = 0
    if drifted:
        _log.warning("billing.drifted", rows=drifted)
    return Compared(drifted, skipped)


def _compare(customer: str) -> int:
    drifted = 0
    control_session().rollback()
    ticket = mirror.take_ticket()
    with calling_stripe():
        client = stripe_client().v1
        subscriptions = [
            fetching.read_subscription(one)
            for one in client.subscriptions.list(
                {
                    "customer": customer,
                    "status": "all",
                    "limit": _PAGE,
                    "expand": ["data.discounts"],
                }
            ).auto_paging_iter()
        ]
        invoices = [
            fetching.whole_invoice(one)
            for one in client.invoices.list(
                {"customer": customer, "limit": _PAGE}
            ).auto_paging_iter()
            if one.id
        ]
    for subscription in subscriptions:
        drifted += _mend_subscription(subscription, ticket)
    for invoice in invoices:
        drifted += _mend_invoice(invoice, ticket)
    return drifted


def _customers() -> Iterator[str]:
    """Yield the customers of accounts, a page at a time."""
    last = 0
    while True:
        found = (
            control_session()
            .execute(
                select(BillingAccount.id, BillingAccount.stripe_customer_id)
                .where(BillingAccount.id > last, BillingAccount.stripe_customer_id.is_not(None))
                .order_by(BillingAccount.id)
                .limit(_PAGE)
            )
            .all()
        )
        if not found:
            return
        last = found[-1].id
        yield from (row.stripe_customer_id for row in found)


def _mend_subscription(found: fetching.FetchedSubscription, ticket: int) -> int:
    with control_transaction():
        before = _shown(Row, found.stripe_id, _COMPARED)
        if not mirror.show_subscription(found, ticket=ticket):
            return 0
        return _note(
            "subscription", found.stripe_id, before, _shown(Row, found.stripe_id, _COMPARED)
        )


def _mend_invoice(found: fetching.FetchedInvoice, ticket: int) -> int:
    unstable = {"page_url", "pdf_url", "lines", "credit_notes"}
    names = tuple(name for name in found.values if name not in unstable)
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
