"""Charges that wait at Stripe come back to us when an account pays by transfer from now on.

Nobody there draws the invoice any more that would take them along. Only what Stripe has deleted, or
does not have, waits for ours: a charge is never with both.
"""

from datetime import timedelta

from sqlalchemy import or_, select

from control.billing.models import BillingAccount, ChargeState, Provider, UsageCharge
from control.billing.online.calls import Unknown, found_at, id_of
from control.billing.online.fetching import fetch_invoice
from control.billing.online.mirror import show_invoice, take_ticket
from control.billing.usage.sending import find_item, note_sent, params_of
from kit import audit, clock, jobs
from kit.db import control_session, control_transaction, lock_row
from kit.payments import Declined, has_stripe, stripe_client

BACK = audit.Event.named("billing:usage_taken_back", "month", "counted", "amount", "stripe_id")
ON_ITS_WAY = timedelta(minutes=15)
"""No call to Stripe takes so long, its repetitions included."""


def ask_for_charges() -> int:
    """Have taken back what waits at Stripe for who pays by transfer; return how many. Cheap."""
    from control.billing.usage.jobs import take_charge_back

    if not has_stripe():
        return 0
    with control_transaction() as control:
        found = control.scalars(
            select(UsageCharge.id)
            .join(BillingAccount, BillingAccount.id == UsageCharge.account_id)
            .where(
                BillingAccount.provider == Provider.TRANSFER,
                UsageCharge.waived_by == "",
                or_(
                    UsageCharge.state == ChargeState.SENT,
                    (UsageCharge.state == ChargeState.RECKONED) & UsageCharge.asked_at.is_not(None),
                ),
            )
            .order_by(UsageCharge.id)
        ).all()
        for charge_id in found:
            jobs.enqueue_control(take_charge_back, unique_key=str(charge_id), charge_id=charge_id)
        return len(found)


def take_back(charge_id: int) -> bool:
    """Delete a charge's item at Stripe and let it wait for our invoice; False where it cannot be.

    On an invoice of Stripe's that is issued it stays there, and the mirror shows it. Asked again
    after an answer that got lost, the item is gone, which is as good. No transaction may be open.
    """
    control_session().rollback()
    charge = control_session().get_one(UsageCharge, charge_id)
    if not _waits_there(charge):
        return False
    item, asked_at = charge.stripe_id, charge.asked_at
    params = params_of(charge)
    control_session().rollback()
    if item is None and asked_at is not None:
        item = find_item(params, since=asked_at)
    if item is not None and not _delete(item):
        _leave_there(charge_id, item)
        return False
    with control_transaction():
        charge = lock_row(control_session().get_one(UsageCharge, charge_id))
        # Somebody may have sent it, or let it off, while Stripe was asked.
        if not _waits_there(charge) or charge.stripe_id not in {None, item}:
            return False
        charge.state = ChargeState.RECKONED
        charge.asked_at = charge.tried_at = charge.sent_at = charge.stripe_id = None
        # Stripe remembers the key of what it has deleted: sent once more, it gets another.
        charge.taken_back += 1
        audit.record_control(
            BACK,
            charge.account,
            by=audit.SYSTEM,
            month=f"{charge.month:%Y-%m}",
            counted=charge.counted,
            amount=charge.amount,
            stripe_id=item or "",
        )
    return True


def _waits_there(charge: UsageCharge) -> bool:
    """Tell whether a charge is, or may be, at Stripe though its account pays by transfer."""
    if charge.account.provider != Provider.TRANSFER or charge.waived_by:
        return False
    if charge.state == ChargeState.SENT:
        return True
    if charge.state != ChargeState.RECKONED or charge.tried_at is None:
        return False
    return charge.tried_at <= clock.now() - ON_ITS_WAY


def _leave_there(charge_id: int, item: str) -> None:
    """Show the invoice of Stripe's on which an item is, also where nobody has told us of either."""
    invoice_id = id_of(found_at(lambda: stripe_client().v1.invoice_items.retrieve(item)).invoice)
    with control_transaction():
        note_sent(lock_row(control_session().get_one(UsageCharge, charge_id)), item)
    if invoice_id is not None:
        ticket = take_ticket()
        show_invoice(fetch_invoice(invoice_id), ticket=ticket)


def _delete(item: str) -> bool:
    """Take an item out; gone already is as good. False where it is on an invoice."""
    try:
        found_at(lambda: stripe_client().v1.invoice_items.delete(item))
    except Unknown:
        return True
    except Declined:
        return False
    return True
