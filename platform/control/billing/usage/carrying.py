"""Charges on an invoice: one of Stripe's that the mirror shows, or one that we draw ourselves."""

from collections.abc import Collection, Sequence

from sqlalchemy import select

from control.billing.models import BillingAccount, ChargeState, Invoice, InvoiceState, UsageCharge
from kit import audit, clock
from kit.db import control_session, control_transaction, lock_rows

CARRIED = audit.Event.named("billing:usage_invoiced", "invoice", "charges")


def charges_to_invoice(account: BillingAccount, currency: str) -> Sequence[UsageCharge]:
    """Return the charges of an account that are on no invoice, locked; for a transfer invoice.

    In the transaction that draws it: add a line for each (`labels.describe_charge`, `amount`), then
    give the invoice to `put_on`. What waits at Stripe already comes with Stripe's invoice.
    """
    ids = control_session().scalars(
        select(UsageCharge.id).where(
            UsageCharge.account_id == account.id,
            UsageCharge.currency == currency,
            UsageCharge.state == ChargeState.RECKONED,
            # Asked for and not answered: Stripe may have it.
            UsageCharge.asked_at.is_(None),
            UsageCharge.waived_by == "",
        )
    )
    locked = lock_rows(UsageCharge, list(ids))
    return [one for one in locked if one.state == ChargeState.RECKONED and one.asked_at is None]


def put_on(invoice: Invoice, charges: Collection[UsageCharge]) -> None:
    """Mark locked charges as being on an invoice that has its id; part of its transaction."""
    for one in charges:
        one.state = ChargeState.INVOICED
        one.invoiced_at = clock.now()
        one.invoice_id = invoice.id
    if charges:
        audit.record_control(
            CARRIED,
            invoice.account,
            by=audit.SYSTEM,
            invoice=invoice.number or invoice.stripe_id or invoice.public_id,
            charges=len(charges),
        )


def take_off(invoice: Invoice) -> None:
    """Let the charges of an invoice of ours that is void wait for the next one."""
    with control_transaction():
        for one in _on(invoice):
            one.state = ChargeState.RECKONED
            one.invoiced_at = None
            one.invoice_id = None


def note_items(invoice: Invoice, items: Collection[str]) -> None:
    """Mark the charges whose items an invoice of Stripe's has; part of showing it in the mirror.

    On a draft they can still be taken off.
    """
    if not items or invoice.state == InvoiceState.DRAFT:
        return
    ids = control_session().scalars(
        select(UsageCharge.id).where(
            UsageCharge.stripe_id.in_(items), UsageCharge.state == ChargeState.SENT
        )
    )
    locked = lock_rows(UsageCharge, list(ids))
    put_on(invoice, [one for one in locked if one.state == ChargeState.SENT])


def _on(invoice: Invoice) -> Sequence[UsageCharge]:
    ids = control_session().scalars(
        select(UsageCharge.id).where(
            UsageCharge.invoice_id == invoice.id, UsageCharge.stripe_id.is_(None)
        )
    )
    return lock_rows(UsageCharge, list(ids))
