"""By the clock: the next period's invoice, offers that lapse, plans that end. Each once."""

from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import ColumnElement, select

from control.billing.accounts import live_subscription, review
from control.billing.apart import each_apart
from control.billing.models import (
    OFFERS,
    ChargeState,
    Interval,
    Invoice,
    InvoiceReason,
    InvoiceState,
    PlanPrice,
    Provider,
    Subscription,
    SubscriptionState,
    UsageCharge,
)
from control.billing.models import BillingAccount as Account
from control.billing.plans import price_of
from control.billing.standing import LIVE
from control.billing.transfer import drawing, ledger
from control.billing.transfer.quoting import in_short, period_end, quote_charges, quote_renewal
from control.billing.transfer.redeeming import in_force
from control.billing.transfer.telling import tell
from control.billing.transfer.terms import terms_now
from control.billing.usage.carrying import charges_to_invoice
from control.workspaces.models import LEAVING, Workspace
from kit import audit, clock
from kit.db import control_session, control_transaction, lock_row

ENDED = audit.Event.named("billing:plan_ended", "price")
BATCH = 200
MONTH = timedelta(days=31)


def do_due() -> int:
    """Draw the renewals that are due, end what was given up, let offers lapse; return how many.

    It may be late, and two may do it at once: each account is looked at under its lock. One that
    fails stops no other.
    """
    ended = each_apart("ending", [(one.account_id, one) for one in _ending()], _end)
    renewed = each_apart(
        "renewing",
        [(one.account_id, one) for one in _renewable()],
        lambda one: renew(one, by=audit.SYSTEM),
    )
    lapsed = each_apart("lapsing", [(one.account_id, one) for one in _lapsed()], _lapse)
    billed = each_apart(
        "billing_charges",
        [(one.id, one) for one in _charged()],
        lambda one: bill_charges(one, by=audit.SYSTEM),
    )
    return sum(one.done for one in (ended, renewed, lapsed, billed))


def renew(subscription: Subscription, *, by: audit.Actor) -> Invoice | None:
    """Draw the invoice of the next period if it is time; None when it is not, or it is there."""
    with control_transaction():
        account = lock_row(subscription.account)
        subscription = lock_row(subscription)
        if not _is_time(subscription) or account.workspace.state in LEAVING:
            return None
        if renewal_of(subscription) is not None:
            return None
        price, seats = next_of(subscription)
        if price is None:
            return None
        began = subscription.period_ends_at
        assert began is not None
        ends = period_end(began, price.interval, anchor=subscription.started_at)
        charges = charges_to_invoice(account, price.currency)
        invoice = drawing.draw(
            account,
            quote_renewal(
                price,
                seats,
                (began, ends),
                clock.now(),
                coupon=in_force(subscription, began),
                charges=charges,
            ),
            InvoiceReason.CYCLE,
            charges=charges,
            price=price,
            extra_seats=seats,
            subscription=subscription,
            period=(began, ends),
            # What is paid until a day is not owed for before that day.
            not_due_before=began,
            by=by,
        )
        review(account, by=by)
        return invoice


def bill_charges(account: Account, *, by: audit.Actor) -> Invoice | None:
    """Draw an invoice of charges alone, where no renewal takes them along within a month."""
    with control_transaction():
        account = lock_row(account)
        live = live_subscription(account)
        if live is not None and _is_renewed_soon(live):
            return None
        charges = charges_to_invoice(account, account.currency)
        if not charges:
            return None
        invoice = drawing.draw(
            account,
            quote_charges(charges, account.currency, clock.now()),
            InvoiceReason.USAGE,
            charges=charges,
            subscription=live,
            by=by,
        )
        review(account, by=by)
        return invoice


def follow_change(subscription: Subscription, *, by: audit.Actor) -> None:
    """Draw an open renewal anew if it is not for what comes next any more; part of a change.

    What was paid of the old one pays for the new one.
    """
    with control_transaction() as control:
        subscription = lock_row(subscription)
        invoice = renewal_of(subscription)
        if invoice is None or invoice.state not in ledger.OPEN:
            return
        price, seats = next_of(subscription)
        is_same = price is not None and (invoice.price_id, invoice.extra_seats) == (price.id, seats)
        if is_same and subscription.cancels_at is None:
            return
        drawing.void(invoice, reason="redrawn", by=by, in_doubt=True)
        control.flush()
        if renew(subscription, by=by) is None:
            tell(subscription.account, "void", invoice=invoice)


def next_of(subscription: Subscription) -> tuple[PlanPrice | None, int]:
    """Return the price and the further seats of a subscription's next period."""
    if subscription.next_price is not None:
        return subscription.next_price, subscription.next_extra_seats or 0
    if subscription.plan_version is None:
        return None, 0
    price = price_of(
        subscription.plan_version, subscription.currency, Interval(subscription.interval)
    )
    return price, subscription.extra_seats


def renewal_of(subscription: Subscription) -> Invoice | None:
    """Return the invoice of the period after the one that is paid, None before it is drawn."""
    return (
        control_session()
        .scalars(
            select(Invoice).where(
                Invoice.subscription_id == subscription.id,
                Invoice.provider == Provider.TRANSFER,
                Invoice.reason == InvoiceReason.CYCLE,
                Invoice.state != InvoiceState.VOID,
                Invoice.period_began_at >= subscription.period_ends_at,
            )
        )
        .one_or_none()
    )


def _is_time(subscription: Subscription) -> bool:
    return (
        subscription.provider == Provider.TRANSFER
        and subscription.state in LIVE
        and subscription.cancels_at is None
        and subscription.period_ends_at is not None
        and subscription.period_ends_at <= clock.now() + timedelta(days=terms_now().renew_days)
    )


def _renewable() -> Collection[Subscription]:
    drawn = (
        select(Invoice.id)
        .where(
            Invoice.subscription_id == Subscription.id,
            Invoice.provider == Provider.TRANSFER,
            Invoice.reason == InvoiceReason.CYCLE,
            Invoice.state != InvoiceState.VOID,
            Invoice.period_began_at >= Subscription.period_ends_at,
        )
        .exists()
    )
    return (
        control_session()
        .scalars(
            select(Subscription)
            .join(Account, Account.id == Subscription.account_id)
            .join(Workspace, Workspace.id == Account.workspace_id)
            .where(
                *_ours_that_live(),
                Subscription.cancels_at.is_(None),
                Subscription.period_ends_at <= clock.now() + timedelta(days=terms_now().renew_days),
                Workspace.state.not_in(LEAVING),
                ~drawn,
            )
            .order_by(Subscription.period_ends_at)
            .limit(BATCH)
        )
        .all()
    )


def _is_renewed_soon(subscription: Subscription) -> bool:
    ends = subscription.period_ends_at
    return (
        subscription.cancels_at is None
        and ends is not None
        and ends <= clock.now() + timedelta(days=terms_now().renew_days) + MONTH
    )


def _charged() -> Collection[Account]:
    waiting = select(UsageCharge.account_id).where(
        UsageCharge.state == ChargeState.RECKONED, UsageCharge.waived_by == ""
    )
    return (
        control_session()
        .scalars(
            select(Account)
            .where(Account.provider == Provider.TRANSFER, Account.id.in_(waiting))
            .order_by(Account.id)
            .limit(BATCH)
        )
        .all()
    )


def _ending() -> Collection[Subscription]:
    return (
        control_session()
        .scalars(
            select(Subscription)
            .where(*_ours_that_live(), Subscription.cancels_at <= clock.now())
            .order_by(Subscription.id)
            .limit(BATCH)
        )
        .all()
    )


def _ours_that_live() -> tuple[ColumnElement[bool], ...]:
    return (
        Subscription.provider == Provider.TRANSFER,
        Subscription.state.in_([state.value for state in LIVE]),
    )


def _end(subscription: Subscription) -> bool:
    with control_transaction() as control:
        account = lock_row(subscription.account)
        subscription = lock_row(subscription)
        ends = subscription.cancels_at
        if subscription.state not in LIVE or ends is None or ends > clock.now():
            return False
        subscription.state = SubscriptionState.CANCELED
        subscription.ended_at = ends
        control.flush()
        price, _seats = next_of(subscription)
        audit.record_control(
            ENDED, account, by=audit.SYSTEM, price=in_short(price) if price else ""
        )
        review(account)
        return True


def _lapsed() -> Collection[Invoice]:
    return (
        control_session()
        .scalars(
            select(Invoice)
            .where(
                Invoice.provider == Provider.TRANSFER,
                Invoice.reason.in_(OFFERS),
                Invoice.state == InvoiceState.OPEN,
                Invoice.due_at <= clock.now(),
            )
            .order_by(Invoice.due_at)
            .limit(BATCH)
        )
        .all()
    )


def _lapse(invoice: Invoice) -> bool:
    """Make an offer void whose day has passed; one for which money came, or may have, stays."""
    with control_transaction():
        lock_row(invoice.account)
        invoice = lock_row(invoice)
        stays = ledger.transferred(invoice) or drawing.has_waiting_proof(invoice)
        if invoice.state != InvoiceState.OPEN or stays:
            return False
        drawing.void(invoice, reason="lapsed", by=audit.SYSTEM)
        tell(invoice.account, "void", invoice=invoice)
        return True
