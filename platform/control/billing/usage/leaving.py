"""Charges that no renewal takes along in time: of plans given up, and of those paid by the year."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from control.billing.accounts import live_subscription
from control.billing.models import BillingAccount, ChargeState, Subscription, UsageCharge
from control.billing.online.calls import found_at, id_of
from control.billing.usage.sending import goes_to_stripe
from kit import clock, jobs
from kit.db import control_session, control_transaction
from kit.payments import calling_stripe, has_stripe, stripe_client

MONTH = timedelta(days=31)


def ask_for_last_invoices() -> int:
    """Have invoices of charges alone drawn where they are due; return how many. Cheap without."""
    from control.billing.usage.jobs import draw_last_invoice

    if not has_stripe():
        return 0
    waiting = select(UsageCharge.account_id).where(UsageCharge.state == ChargeState.SENT)
    with control_transaction() as control:
        accounts = control.scalars(
            select(BillingAccount).where(BillingAccount.id.in_(waiting)).order_by(BillingAccount.id)
        )
        alone = [one.id for one in accounts if _come_alone(one)]
        for account_id in alone:
            jobs.enqueue_control(
                draw_last_invoice, unique_key=str(account_id), account_id=account_id
            )
        return len(alone)


def draw_last_invoice_of(account_id: int) -> None:
    """Have Stripe draw an invoice of what waits, and charge the card; no transaction may be open.

    Asked again before the mirror shows it, it is the same one: its key is that of what waits.
    """
    control_session().rollback()
    account = control_session().get_one(BillingAccount, account_id)
    waiting = _waiting(account)
    if not waiting or not _come_alone(account):
        return
    params: dict[str, Any] = {
        "customer": account.stripe_customer_id,
        "currency": waiting[-1].currency.lower(),
        "collection_method": "charge_automatically",
        "auto_advance": True,
        "pending_invoice_items_behavior": "include",
        "metadata": {"account": account.public_id},
    }
    key, bought = f"usage-last-{waiting[-1].public_id}", _last_bought(account)
    control_session().rollback()
    if bought is not None:
        # The card that was entered at Checkout is the subscription's, not the customer's.
        known = found_at(lambda: stripe_client().v1.subscriptions.retrieve(bought))
        if card := id_of(known.default_payment_method):
            params["default_payment_method"] = card
    with calling_stripe():
        stripe_client().v1.invoices.create(params, {"idempotency_key": key})  # type: ignore[arg-type]


def _come_alone(account: BillingAccount) -> bool:
    """Tell whether what waits at Stripe gets an invoice of its own: none comes within a month."""
    if not goes_to_stripe(account):
        return False
    live = live_subscription(account)
    if live is None:
        return True
    return live.period_ends_at is not None and live.period_ends_at > clock.now() + MONTH


def _last_bought(account: BillingAccount) -> str | None:
    return control_session().scalar(
        select(Subscription.stripe_id)
        .where(Subscription.account_id == account.id, Subscription.stripe_id.is_not(None))
        .order_by(Subscription.started_at.desc(), Subscription.id.desc())
        .limit(1)
    )


def _waiting(account: BillingAccount) -> Sequence[UsageCharge]:
    return (
        control_session()
        .scalars(
            select(UsageCharge)
            .where(UsageCharge.account_id == account.id, UsageCharge.state == ChargeState.SENT)
            .order_by(UsageCharge.id)
        )
        .all()
    )
