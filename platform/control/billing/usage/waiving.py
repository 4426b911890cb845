"""Let a charge off before it is on an invoice, with a reason that stays."""

from typing import Any

from control.billing.models import ChargeState, UsageCharge
from control.billing.online.calls import Unknown, found_at
from control.billing.usage.sending import find_item, params_of
from control.billing.usage.taking_back import ON_ITS_WAY
from kit import audit, clock
from kit.db import control_session, control_transaction, lock_row
from kit.errors import Refused
from kit.i18n import gettext as _
from kit.payments import Declined, stripe_client

ASKED = audit.Event.named(
    "billing:usage_waive_asked", "month", "counted", "amount", "currency", "reason"
)
WAIVED = audit.Event.named(
    "billing:usage_waived", "month", "counted", "amount", "currency", "reason"
)


def waive(charge: UsageCharge, *, reason: str, by: audit.Actor) -> None:
    """Let a charge off: it is never billed. Twice is once.

    Refused once it is on an invoice, where it can be credited, and while it is on its way to
    Stripe. What waits there is taken out first. No transaction may be open.
    """
    with control_transaction():
        charge = lock_row(charge)
        if charge.state == ChargeState.WAIVED:
            return
        _refuse(charge)
        # From here on nobody sends it, whatever happens below.
        charge.waived_by, charge.waived_reason = by.actor_name, reason
        if charge.asked_at is None:
            _write(charge, by=by)
            return
        audit.record_control(ASKED, charge.account, by=by, **_said(charge))
        item, params, asked_at = charge.stripe_id, params_of(charge), charge.asked_at
    item = item or find_item(params, since=asked_at)
    if item is not None:
        _take_out(charge, item)
    with control_transaction():
        charge = lock_row(charge)
        if charge.state == ChargeState.INVOICED:
            raise _on_invoice()
        if charge.state != ChargeState.WAIVED:
            _write(charge, by=by)


def _refuse(charge: UsageCharge) -> None:
    if charge.state == ChargeState.INVOICED:
        raise _on_invoice()
    is_under_way = charge.tried_at is not None and charge.tried_at > clock.now() - ON_ITS_WAY
    if charge.state == ChargeState.RECKONED and is_under_way:
        raise Refused(_("This charge is on its way to Stripe. Try again in a quarter of an hour."))


def _on_invoice() -> Refused:
    return Refused(
        _("This charge is on an invoice already. Credit or refund it on the invoice's page.")
    )


def _take_out(charge: UsageCharge, item: str) -> None:
    """Take what waits for the next invoice out; gone already is as good."""
    try:
        found_at(lambda: stripe_client().v1.invoice_items.delete(item))
    except Unknown:
        return
    except Declined:
        # It came onto an invoice a moment ago; nobody is to think that it is let off.
        with control_transaction():
            charge = lock_row(charge)
            charge.waived_by = charge.waived_reason = ""
        raise _on_invoice() from None


def _write(charge: UsageCharge, *, by: audit.Actor) -> None:
    charge.state = ChargeState.WAIVED
    charge.waived_at = clock.now()
    control_session().flush()
    audit.record_control(WAIVED, charge.account, by=by, **_said(charge))


def _said(charge: UsageCharge) -> dict[str, Any]:
    return {
        "month": f"{charge.month:%Y-%m}",
        "counted": charge.counted,
        "amount": charge.amount,
        "currency": charge.currency,
        "reason": charge.waived_reason,
    }
