"""A charge becomes an invoice item at Stripe, for the next invoice: once, whatever gets lost.

Its key is the charge's, so asked again within a day Stripe makes one. Keys are forgotten after
that: whoever asks a second time looks for the item first.
"""

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import stripe
from flask_babel import force_locale
from sqlalchemy import select

from control.billing.labels import describe_charge
from control.billing.models import BillingAccount, ChargeState, Provider, UsageCharge
from control.billing.online.calls import Unknown, found_at
from control.billing.usage.reading import zone_of
from control.billing.usage.reckoning import month_from
from kit import audit, clock, jobs
from kit.db import control_session, control_transaction, lock_row
from kit.money import Money
from kit.payments import calling_stripe, has_stripe, stripe_client
from kit.payments.amounts import to_stripe

SENT = audit.Event.named("billing:usage_sent", "month", "counted", "amount", "stripe_id")
_CLOCKS_APART = timedelta(hours=1)


def ask_to_send(charge: UsageCharge) -> None:
    """Have a charge sent to Stripe; part of the transaction that makes it."""
    from control.billing.usage.jobs import send_charge

    jobs.enqueue_control(send_charge, unique_key=charge.public_id, charge_id=charge.id)


def ask_again() -> int:
    """Have sent what waits though it could go; return how many. Cheap when nothing waits.

    What Stripe refused, what ran out of tries, what waited for Stripe to be set up.
    """
    if not has_stripe():
        return 0
    with control_transaction() as control:
        waiting = control.scalars(
            select(UsageCharge)
            .join(BillingAccount, BillingAccount.id == UsageCharge.account_id)
            .where(
                UsageCharge.state == ChargeState.RECKONED,
                UsageCharge.waived_by == "",
                BillingAccount.provider == Provider.STRIPE,
                BillingAccount.stripe_customer_id.is_not(None),
            )
            .order_by(UsageCharge.id)
        )
        asked = [one for one in waiting if goes_to_stripe(one.account)]
        for one in asked:
            ask_to_send(one)
        return len(asked)


def goes_to_stripe(account: BillingAccount) -> bool:
    """Tell whether an account's invoices are Stripe's: else a charge waits for ours."""
    is_stripes = has_stripe() and account.provider == Provider.STRIPE
    return is_stripes and account.stripe_customer_id is not None


def send(charge_id: int) -> bool:
    """Make a charge an item of the next invoice; False when it is none of Stripe's, or was sent.

    No transaction may be open.
    """
    control_session().rollback()
    with control_transaction() as control:
        charge = lock_row(control.get_one(UsageCharge, charge_id))
        if charge.state != ChargeState.RECKONED or charge.waived_by:
            return False
        if not goes_to_stripe(charge.account):
            return False
        asked_before, charge.tried_at = charge.asked_at, clock.now()
        charge.asked_at = asked_before or charge.tried_at
        params = params_of(charge)
        key = f"usage-{charge.public_id}-{charge.asked_at:%Y%m%d%H%M%S}"
        if charge.taken_back:
            key = f"{key}-{charge.taken_back}"
    # What was asked for while the answer got lost may be there under a key that is forgotten.
    item = find_item(params, since=asked_before) if asked_before else None
    if item is None:
        with calling_stripe():
            made = stripe_client().v1.invoice_items.create(
                params,  # type: ignore[arg-type] # the typed dictionary is closed, ours is built
                {"idempotency_key": key},
            )
        item = made.id
    with control_transaction() as control:
        charge = lock_row(control.get_one(UsageCharge, charge_id))
        note_sent(charge, item)
    return True


def note_sent(charge: UsageCharge, item: str) -> None:
    """Write that a locked charge is an item at Stripe; the second time changes nothing."""
    if charge.state != ChargeState.RECKONED:
        return
    charge.state = ChargeState.SENT
    charge.sent_at = clock.now()
    charge.stripe_id = item
    audit.record_control(
        SENT,
        charge.account,
        by=audit.SYSTEM,
        month=f"{charge.month:%Y-%m}",
        counted=charge.counted,
        amount=charge.amount,
        stripe_id=item,
    )


def send_anew(account: BillingAccount) -> None:
    """Have charges sent again whose items are gone at Stripe; no transaction may be open."""
    sent = control_session().scalars(
        select(UsageCharge).where(
            UsageCharge.account_id == account.id, UsageCharge.state == ChargeState.SENT
        )
    )
    items = {one.id: one.stripe_id for one in sent if one.stripe_id}
    control_session().rollback()
    for charge_id, item in items.items():
        try:
            found_at(partial(stripe_client().v1.invoice_items.retrieve, item))
        except Unknown:
            with control_transaction() as control:
                charge = lock_row(control.get_one(UsageCharge, charge_id))
                if (charge.state, charge.stripe_id) == (ChargeState.SENT, item):
                    charge.state, charge.stripe_id = ChargeState.RECKONED, None
                    # Asked for anew, under another key: the old one would answer with what is gone.
                    charge.sent_at = charge.asked_at = None
                    ask_to_send(charge)


def find_item(params: dict[str, Any], *, since: datetime) -> str | None:
    """Return the item that is at Stripe for a charge already, or None."""
    wanted = params["metadata"]["charge"]
    created = int((since.astimezone(UTC) - _CLOCKS_APART).timestamp())
    found = found_at(
        lambda: [
            one.id
            for one in stripe_client()
            .v1.invoice_items.list(
                {"customer": params["customer"], "created": {"gte": created}, "limit": 100}
            )
            .auto_paging_iter()
            if _charge_in(one) == wanted
        ]
    )
    return found[0] if found else None


def _charge_in(item: stripe.InvoiceItem) -> object:
    return item.metadata["charge"] if item.metadata and "charge" in item.metadata else None


def params_of(charge: UsageCharge) -> dict[str, Any]:
    """Return how a charge is put to Stripe."""
    account = charge.account
    with force_locale("en" if account.workspace.locale == "en" else "zh_Hans_CN"):
        description = describe_charge(charge)
    return {
        "customer": account.stripe_customer_id,
        "currency": charge.currency.lower(),
        "amount": to_stripe(Money(charge.amount, charge.currency)),
        "description": description,
        "tax_behavior": "inclusive",
        "discountable": False,
        "period": _period(charge),
        "metadata": {"charge": charge.public_id, "account": account.public_id},
    }


def _period(charge: UsageCharge) -> dict[str, int]:
    month = month_from(charge.month, zone_of(charge.account))
    return {"start": int(month.begins_at.timestamp()), "end": int(month.ends_at.timestamp())}
