"""Where each fen went: rows that are never changed, and the sums that invoices and accounts show.

Whoever puts an amount somewhere holds the account's row: sums and rows change together.
"""

from collections.abc import Collection

from sqlalchemy import func, select

from control.billing.models import (
    OFFERS,
    Allocation,
    BillingAccount,
    Cause,
    Invoice,
    InvoiceState,
    Provider,
)
from kit.db import control_session

OPEN = frozenset({InvoiceState.OPEN, InvoiceState.UNCOLLECTIBLE})


def put(
    account: BillingAccount,
    amount: int,
    cause: Cause,
    *,
    invoice: Invoice | None = None,
    transfer_id: int | None = None,
) -> None:
    """Put an amount to an invoice or, without one, to the account's credit; below zero: take it."""
    if not amount:
        return
    control_session().add(
        Allocation(
            account_id=account.id,
            invoice_id=invoice.id if invoice else None,
            transfer_id=transfer_id,
            cause=cause,
            amount=amount,
            currency=account.currency,
        )
    )
    if invoice is None:
        account.credit_amount += amount
    else:
        invoice.paid_amount += amount
        invoice.remaining_amount -= amount


def use_credit(account: BillingAccount, invoice: Invoice) -> int:
    """Pay an open invoice from the account's credit as far as that goes; return how much it was."""
    usable = invoice.state in OPEN and invoice.currency == account.currency
    used = min(account.credit_amount, invoice.remaining_amount) if usable else 0
    put(account, -used, Cause.CREDIT_USED)
    put(account, used, Cause.CREDIT_USED, invoice=invoice)
    return used


def take_off(account: BillingAccount, invoice: Invoice) -> int:
    """Put what was paid of an invoice to the account's credit; return how much it was."""
    back = invoice.paid_amount
    put(account, -back, Cause.VOID, invoice=invoice)
    put(account, back, Cause.VOID)
    return back


def transferred(invoice: Invoice) -> bool:
    """Tell whether money has come by transfer for an invoice, not only from credit."""
    found = control_session().scalar(
        select(Allocation.id)
        .where(Allocation.invoice_id == invoice.id, Allocation.transfer_id.is_not(None))
        .limit(1)
    )
    return found is not None


def open_invoices(
    account: BillingAccount, reasons: Collection[str] = (), *, owed: bool = False
) -> list[Invoice]:
    """Return an account's open invoices that are paid by transfer, the first due first.

    Only those for some reasons where any is named; without offers where what is owed is asked for.
    """
    statement = select(Invoice).where(
        Invoice.account_id == account.id,
        Invoice.provider == Provider.TRANSFER,
        Invoice.state.in_(OPEN),
    )
    if reasons:
        statement = statement.where(Invoice.reason.in_(reasons))
    if owed:
        statement = statement.where(Invoice.reason.not_in(OFFERS))
    return list(control_session().scalars(statement.order_by(Invoice.due_at, Invoice.id)))


def sums(account: BillingAccount) -> tuple[int, dict[int, int]]:
    """Return the credit and what is paid of each invoice, reckoned from the rows alone."""
    rows = control_session().execute(
        select(Allocation.invoice_id, func.sum(Allocation.amount))
        .where(Allocation.account_id == account.id)
        .group_by(Allocation.invoice_id)
    )
    found = [(invoice, int(amount)) for invoice, amount in rows]
    credit = sum(amount for invoice, amount in found if invoice is None)
    return credit, {invoice: amount for invoice, amount in found if invoice is not None}
