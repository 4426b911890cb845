"""What a paid invoice gives: a plan that begins, a change, or another period."""

from control.billing.models import (
    Invoice,
    InvoiceReason,
    PlanPrice,
    Subscription,
    SubscriptionState,
)
from control.billing.online.doubles import ask_one_plan
from control.billing.transfer import redeeming
from control.billing.transfer.quoting import in_short, period_end
from kit import audit, clock
from kit.db import control_session, lock_row

GIVEN = audit.Event.named("billing:invoice_took_effect", "invoice", "price", "extra_seats")
NEXT_BEGUN = audit.Event.named("billing:next_plan_began", "price", "extra_seats")


def take_effect(invoice: Invoice, *, by: audit.Actor) -> None:
    """Give what an invoice was for, now that it is paid; the account's row is held."""
    if invoice.subscription is None or invoice.price is None:
        return
    subscription, price = lock_row(invoice.subscription), invoice.price
    match invoice.reason:
        case InvoiceReason.CREATE:
            _begin(subscription, invoice, price)
            control_session().flush()
            ask_one_plan(invoice.account)
        case InvoiceReason.UPDATE:
            _change(subscription, invoice, price)
        case InvoiceReason.CYCLE:
            _renew(subscription, invoice, price)
    audit.record_control(
        GIVEN,
        invoice.account,
        by=by,
        invoice=invoice.number,
        price=in_short(price),
        extra_seats=invoice.extra_seats,
    )


def _begin(subscription: Subscription, invoice: Invoice, price: PlanPrice) -> None:
    """Begin when it is paid, but not before the days end that are free or paid otherwise."""
    now = clock.now()
    began = max(now, subscription.trial_ends_at or now)
    if began == now:
        subscription.trial_ends_at = None
    subscription.state = SubscriptionState.ACTIVE
    # Its own begin, also where another one still runs: until then that one counts.
    subscription.started_at = max(now, subscription.started_at)
    _set(subscription, invoice, price)
    subscription.period_began_at = began
    subscription.period_ends_at = period_end(began, price.interval)
    invoice.period_began_at, invoice.period_ends_at = began, subscription.period_ends_at
    redeeming.begin(subscription)


def _change(subscription: Subscription, invoice: Invoice, price: PlanPrice) -> None:
    if price.interval != subscription.interval:
        # Days that are free stay free.
        began = max(clock.now(), subscription.trial_ends_at or clock.now())
        subscription.period_began_at = began
        subscription.period_ends_at = period_end(began, price.interval)
        invoice.period_began_at = began
    else:
        # Its lines are shares: for what was left when it was drawn, less the days that are free.
        drawn = invoice.issued_at or clock.now()
        invoice.period_began_at = max(drawn, subscription.trial_ends_at or drawn)
    _set(subscription, invoice, price)
    subscription.next_price_id = subscription.next_extra_seats = None
    invoice.period_ends_at = subscription.period_ends_at


def _renew(subscription: Subscription, invoice: Invoice, price: PlanPrice) -> None:
    assert invoice.period_began_at is not None
    assert invoice.period_ends_at is not None
    began, ends = invoice.period_began_at, invoice.period_ends_at
    if ends <= clock.now():
        # Whoever was shut out for longer than the period does not pay for that.
        began = clock.now()
        ends = period_end(began, price.interval)
    subscription.state = SubscriptionState.ACTIVE
    subscription.period_began_at, subscription.period_ends_at = began, ends
    if redeeming.in_force(subscription, began) is None:
        subscription.coupon = None
    has = (subscription.plan_version_id, subscription.interval, subscription.extra_seats)
    if began > clock.now() and has != (price.plan_version_id, price.interval, invoice.extra_seats):
        # Paid ahead, what runs is had to its end; a review begins the other on its day.
        subscription.next_price_id = price.id
        subscription.next_extra_seats = invoice.extra_seats
        subscription.next_begins_at = subscription.next_begins_at or began
        return
    _set(subscription, invoice, price)
    subscription.next_price_id = subscription.next_extra_seats = None
    subscription.next_begins_at = None


def begin_next(subscription: Subscription, *, by: audit.Actor) -> None:
    """Begin what was paid ahead, now that its day has come; the account's row is held."""
    price = subscription.next_price
    assert price is not None
    subscription.plan_version_id, subscription.interval = price.plan_version_id, price.interval
    subscription.extra_seats = subscription.next_extra_seats or 0
    subscription.next_price_id = subscription.next_extra_seats = None
    subscription.next_begins_at = None
    audit.record_control(
        NEXT_BEGUN,
        subscription.account,
        by=by,
        price=in_short(price),
        extra_seats=subscription.extra_seats,
    )


def _set(subscription: Subscription, invoice: Invoice, price: PlanPrice) -> None:
    subscription.plan_version_id = price.plan_version_id
    subscription.interval = price.interval
    subscription.extra_seats = invoice.extra_seats
