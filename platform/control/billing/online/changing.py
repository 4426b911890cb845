"""Change what is bought: the same parameters make the preview and the charge."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import stripe

from control.billing.accounts import live_subscription, owed_since, refuse_closing
from control.billing.models import BillingAccount, PlanPrice, Subscription, SubscriptionState
from control.billing.online import mirror
from control.billing.online.catalogue import ensure_sold
from control.billing.online.checkout import refuse_price
from control.billing.online.fetching import fetch_subscription, read_subscription
from kit import audit, clock
from kit.db import control_session, control_transaction, lock_row
from kit.errors import Refused
from kit.i18n import gettext as _
from kit.payments import calling_stripe, stripe_client

CHANGED = audit.Event.named("billing:plan_changed", "price", "extra_seats", "submission")
GIVEN_UP = audit.Event.named("billing:given_up", "reason")
TAKEN_BACK = audit.Event.named("billing:giving_up_taken_back")


@dataclass(frozen=True, slots=True)
class PreviewLine:
    """One line of what a change costs, in minor units."""

    text: str
    amount: int


@dataclass(frozen=True, slots=True)
class Preview:
    """What a change costs now and at the next renewal, reckoned for one moment.

    The change that is applied with the same `moment` charges exactly `due_now`.
    """

    lines: Sequence[PreviewLine]
    due_now: int
    currency: str
    moment: datetime


def preview_change(account: BillingAccount, price: PlanPrice, *, extra_seats: int) -> Preview:
    """Return what another plan or other seats would cost; Refused when it cannot be had now."""
    subscription = _changeable(account, price, extra_seats)
    has = (subscription.plan_version_id, subscription.interval, subscription.extra_seats)
    if has == (price.plan_version_id, price.interval, extra_seats):
        raise Refused(
            _("This is what you have. Choose another plan or other seats."), field="price"
        )
    price = ensure_sold(price)
    # Stripe's clock may be a little ahead of ours: nothing is reckoned from before the period.
    moment = max(clock.now().replace(microsecond=0), subscription.period_began_at or clock.now())
    stripe_id = subscription.stripe_id or ""
    control_session().rollback()
    with calling_stripe():
        current = stripe_client().v1.subscriptions.retrieve(stripe_id)
        items = _items(current, price, extra_seats)
        params: Any = {
            "subscription": stripe_id,
            "subscription_details": _details(items, moment),
        }
        found = stripe_client().v1.invoices.create_preview(params)
    # In a trial nothing is due: what Stripe reckons is the first invoice, at its end.
    due_now = 0 if subscription.state == SubscriptionState.TRIALING else found.amount_due
    return Preview(
        [PreviewLine(line.description or "", line.amount) for line in found.lines.data],
        due_now,
        found.currency.upper(),
        moment,
    )


def apply_change(
    account: BillingAccount,
    price: PlanPrice,
    *,
    extra_seats: int,
    moment: datetime,
    submission: str,
    by: audit.Actor,
) -> None:
    """Change the subscription, charging what the preview of that moment said.

    Declined by the bank, nothing changes. `submission` names the click: sent twice, or again after
    an answer that got lost, it is one change.
    """
    subscription = _changeable(account, price, extra_seats)
    price = ensure_sold(price)
    stripe_id = subscription.stripe_id or ""
    # Another choice under the same name is another change: it must not be taken for the first.
    key = f"change-{account.public_id}-{submission}-{price.public_id}-{extra_seats}"
    control_session().rollback()
    ticket = mirror.take_ticket()
    client = stripe_client().v1.subscriptions
    with calling_stripe():
        made = client.retrieve(stripe_id, {"expand": ["discounts"]})
        if not _is_had(made, price, extra_seats):
            items = _items(made, price, extra_seats)
            params: Any = {**_details(items, moment), "payment_behavior": "error_if_incomplete"}
            params["expand"] = ["discounts"]
            made = client.update(stripe_id, params, {"idempotency_key": key})
    with control_transaction():
        account = lock_row(account)
        if audit.find_control(CHANGED, account, submission=submission) is None:
            audit.record_control(
                CHANGED,
                account,
                by=by,
                price=price.public_id,
                extra_seats=extra_seats,
                submission=submission,
            )
        mirror.show_subscription(read_subscription(made), ticket=ticket)


def give_up(account: BillingAccount, *, reason: str, by: audit.Actor) -> None:
    """Let the subscription end with the period that is paid."""
    _set_ending(account, ends=True)
    with control_transaction():
        given_up = live_subscription(account)
        if given_up is not None:
            lock_row(given_up).ends_with_workspace = False
        audit.record_control(GIVEN_UP, account, by=by, reason=reason)


def take_back_giving_up(account: BillingAccount, *, by: audit.Actor) -> None:
    """Let the subscription renew after all; Refused once it has ended."""
    refuse_closing(account)
    _set_ending(account, ends=False)
    with control_transaction():
        audit.record_control(TAKEN_BACK, account, by=by)


def _set_ending(account: BillingAccount, *, ends: bool) -> None:
    subscription = live_subscription(account)
    if subscription is None or subscription.stripe_id is None:
        raise Refused(_("Nothing is bought that could be changed."))
    stripe_id = subscription.stripe_id
    control_session().rollback()
    with calling_stripe():
        stripe_client().v1.subscriptions.update(stripe_id, {"cancel_at_period_end": ends})
    ticket = mirror.take_ticket()
    mirror.show_subscription(fetch_subscription(stripe_id), ticket=ticket)


def _changeable(account: BillingAccount, price: PlanPrice, extra_seats: int) -> Subscription:
    refuse_closing(account)
    subscription = live_subscription(account)
    if subscription is None or subscription.stripe_id is None:
        raise Refused(_("Nothing is bought that could be changed."))
    if owed_since(account) is not None:
        raise Refused(_("Something is still owed. Pay it first; then the plan can be changed."))
    if price.currency != subscription.currency:
        raise Refused(
            _("The plan is paid in %(currency)s; it stays so.", currency=subscription.currency),
            field="price",
        )
    refuse_price(account, price, extra_seats)
    return subscription


def _wanted(price: PlanPrice, extra_seats: int) -> list[tuple[str | None, int]]:
    seats = [(price.stripe_seat_price_id, extra_seats)] if extra_seats else []
    return [(price.stripe_price_id, 1), *seats]


def _is_had(current: stripe.Subscription, price: PlanPrice, extra_seats: int) -> bool:
    """Tell whether a subscription is what is wanted already: its change was done, unanswered."""
    has = {(one.price.id, one.quantity) for one in current.items.data}
    return has == set(_wanted(price, extra_seats))


def _items(
    current: stripe.Subscription, price: PlanPrice, extra_seats: int
) -> list[dict[str, Any]]:
    """Return the change of the subscription's items: the plan's replaced, the seats' set."""
    items: list[dict[str, Any]] = []
    rest = list(current.items.data)
    for stripe_price, quantity in _wanted(price, extra_seats):
        change: dict[str, Any] = {"price": stripe_price, "quantity": quantity}
        if rest:
            change["id"] = rest.pop(0).id
        items.append(change)
    return items + [{"id": one.id, "deleted": True} for one in rest]


def _details(items: list[dict[str, Any]], moment: datetime) -> dict[str, Any]:
    return {
        "items": items,
        "proration_behavior": "always_invoice",
        "proration_date": int(moment.timestamp()),
    }
