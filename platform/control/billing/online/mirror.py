"""Write what was fetched into the mirror: only a newer fetch than the one that is shown."""

from typing import Any, TypeVar

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert as upsert

from control.billing.accounts import review
from control.billing.bookkeeping import enter
from control.billing.coupons import ask_to_count_at_stripe, code_of
from control.billing.models import (
    BillingAccount,
    Invoice,
    InvoiceState,
    PlanPrice,
    Provider,
    Subscription,
    SubscriptionState,
)
from control.billing.online.fetching import FetchedInvoice, FetchedSubscription
from control.billing.plans import price_sold_as
from control.billing.standing import LIVE
from control.billing.usage.carrying import note_items
from control.workspaces.models import WorkspaceState
from kit import audit, clock, ids
from kit.db import control_session, control_transaction, lock_row

SUBSCRIBED = audit.Event.named("billing:subscription", "stripe_id", "before", "after")
INVOICED = audit.Event.named("billing:invoice", "stripe_id", "before", "after", "amount")
PAID_FOR_CLOSED = audit.Event.named("billing:paid_for_closed", "invoice", "amount", "currency")
PAGES = frozenset({"page_url", "pdf_url", "credit_notes"})
"""What says where Stripe's pages lie: it may differ from one answer to the next."""
_Mirrored = TypeVar("_Mirrored", Subscription, Invoice)
_TICKET = text("SELECT nextval('control.billing_tickets')")


def take_ticket() -> int:
    """Return a number for a fetch that begins now: later fetches get higher ones.

    It must be drawn before the object is asked for, and outside the transaction that writes it.
    """
    ticket = control_session().scalar(_TICKET)
    control_session().rollback()
    assert ticket is not None
    return int(ticket)


def account_of_customer(customer_id: str) -> BillingAccount | None:
    """Return the account that is one of Stripe's customers, or None."""
    return (
        control_session()
        .scalars(select(BillingAccount).where(BillingAccount.stripe_customer_id == customer_id))
        .one_or_none()
    )


def account_of_row(found: FetchedSubscription | FetchedInvoice) -> BillingAccount | None:
    """Return the account that something fetched belongs to, or None.

    Its customer may be deleted at Stripe and forgotten here; what is in the mirror stays known.
    """
    account = account_of_customer(found.customer_id)
    if account is not None:
        return account
    row: Subscription | Invoice | None
    if isinstance(found, FetchedSubscription):
        row = _row(Subscription, found.stripe_id)
    else:
        row = _row(Invoice, found.stripe_id)
    return row.account if row is not None else None


def show_subscription(found: FetchedSubscription, *, ticket: int) -> bool:
    """Write a fetched subscription, and review its account; False when it changes nothing.

    So it does for a customer that is not ours and for a fetch older than the one that is shown.
    Another plan beside it is seen to by a job of its own.
    """
    from control.billing.online.doubles import ask_one_plan

    with control_transaction():
        row = _to_write(
            Subscription,
            found,
            ticket=ticket,
            state=SubscriptionState.INCOMPLETE,
            interval=found.interval,
            currency=found.currency,
            started_at=found.started_at,
        )
        if row is None:
            return False
        before = row.state
        values = _values_of(found)
        # What was bought with a coupon counts for it, once.
        if found.coupons and values["coupon"] != row.coupon:
            ask_to_count_at_stripe(found.coupons)
        for name, value in values.items():
            setattr(row, name, value)
        changed = _shown(row, SUBSCRIBED, before=before)
        if row.state in LIVE:
            ask_one_plan(row.account)
        return changed


def show_invoice(found: FetchedInvoice, *, ticket: int) -> bool:
    """Write a fetched invoice, and review its account; False when it changes nothing."""
    with control_transaction():
        row = _to_write(
            Invoice,
            found,
            ticket=ticket,
            **{**found.values, "state": InvoiceState.DRAFT},
        )
        if row is None:
            return False
        before = row.state
        for name, value in found.values.items():
            setattr(row, name, value)
        if found.subscription_id:
            subscription = _row(Subscription, found.subscription_id)
            row.subscription_id = subscription.id if subscription else row.subscription_id
        return _shown(row, INVOICED, before=before, amount=row.total_amount)


def is_shown(found: FetchedSubscription | FetchedInvoice) -> bool:
    """Tell whether the mirror shows what was fetched already, so that there is nothing to write.

    Only for who compares: its fetch leaves no ticket then. Where Stripe's pages lie may differ.
    """
    with control_transaction():
        if isinstance(found, FetchedSubscription):
            row: Subscription | Invoice | None = _row(Subscription, found.stripe_id)
            values = _values_of(found)
        else:
            row = _row(Invoice, found.stripe_id)
            values = {name: one for name, one in found.values.items() if name not in PAGES}
        return row is not None and all(getattr(row, name) == one for name, one in values.items())


def _values_of(found: FetchedSubscription) -> dict[str, Any]:
    """Return the columns that show a subscription."""
    price, seats = _sold(found)
    names = (
        *("state", "interval", "currency", "started_at", "period_began_at", "period_ends_at"),
        *("trial_ends_at", "cancels_at", "ended_at"),
    )
    values = {name: getattr(found, name) for name in names} | {"extra_seats": seats}
    if price is not None:
        values["plan_version_id"] = price.plan_version_id
    if found.coupons is not None:
        values["coupon"] = ", ".join(code_of(one) for one in found.coupons) or None
    return values


def _to_write(
    model: type[_Mirrored],
    found: FetchedSubscription | FetchedInvoice,
    *,
    ticket: int,
    **first: Any,
) -> _Mirrored | None:
    """Return the row of one of Stripe's objects locked, with the account, entered when it is new.

    None for a customer that is not ours, and where a newer fetch is shown already.
    """
    account, stripe_id = account_of_row(found), found.stripe_id
    if account is None:
        return None
    account = lock_row(account)
    row = _row(model, stripe_id)
    if row is None:
        entered = {
            "public_id": ids.new(),
            "created_at": clock.now(),
            "account_id": account.id,
            "provider": Provider.STRIPE,
            "stripe_id": stripe_id,
            "ticket": 0,
        }
        control_session().execute(upsert(model).values(**first, **entered).on_conflict_do_nothing())
        row = _row(model, stripe_id)
        assert row is not None
    row = lock_row(row)
    if row.ticket >= ticket:
        return None
    row.ticket = ticket
    return row


def _shown(row: Subscription | Invoice, event: audit.Event, *, before: str, **more: object) -> bool:
    """Log a change of state, and bring books and standing up to a row that was written."""
    by = audit.System("stripe")
    if before != row.state:
        audit.record_control(
            event,
            row.account,
            by=by,
            stripe_id=row.stripe_id,
            before=before,
            after=row.state,
            **more,
        )
        if isinstance(row, Invoice):
            _note_closed(row.account, row)
    control_session().flush()
    if isinstance(row, Invoice):
        enter(row.account, row)
        note_items(row, [line["item"] for line in row.lines if "item" in line])
    review(row.account, by=by)
    return True


def _note_closed(account: BillingAccount, invoice: Invoice) -> None:
    """Log that money came for a workspace that is gone: it stands in the account's timeline."""
    is_gone = account.workspace.state == WorkspaceState.CLOSED
    if is_gone and invoice.state == InvoiceState.PAID and invoice.paid_amount:
        audit.record_control(
            PAID_FOR_CLOSED,
            account,
            by=audit.System("stripe"),
            invoice=invoice.number or invoice.stripe_id,
            amount=invoice.paid_amount,
            currency=invoice.currency,
        )


def _row(model: type[_Mirrored], stripe_id: str) -> _Mirrored | None:
    return (
        control_session().scalars(select(model).where(model.stripe_id == stripe_id)).one_or_none()
    )


def _sold(found: FetchedSubscription) -> tuple[PlanPrice | None, int]:
    """Return the price of the plan that is bought, and how many seats beyond it."""
    plan: PlanPrice | None = None
    seats = 0
    for stripe_price, quantity in found.prices.items():
        price = price_sold_as(stripe_price)
        if price is None:
            continue
        if price.stripe_price_id == stripe_price:
            plan = price
        else:
            seats += quantity
    return plan, seats
