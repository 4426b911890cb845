"""Entries follow from what invoices and accounts say: the difference to the books is entered."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, case, func, or_, select

from control.billing.models import (
    BillingAccount,
    BookEntry,
    EntryKind,
    Invoice,
    InvoiceState,
    Provider,
)
from kit import clock
from kit.db import control_session, control_transaction, lock_row

OWED_ONCE = (InvoiceState.OPEN, InvoiceState.PAID, InvoiceState.UNCOLLECTIBLE)
BATCH = 200


def enter(account: BillingAccount, invoice: Invoice | None = None) -> int:
    """Bring the books to what an account and one of its invoices say; return how many entries.

    Part of the transaction that changed them, which holds the account; a second time does nothing.
    """
    with control_transaction() as control:
        made = []
        if invoice is not None:
            figures = _figures(invoice)
            for kind, (missing, taxed) in _missing(
                figures, BookEntry.invoice_id == invoice.id
            ).items():
                tax = tax_in(invoice, figures[kind]) - taxed if kind in _TAXED else 0
                made.append(
                    BookEntry(
                        account_id=invoice.account_id,
                        invoice_id=invoice.id,
                        provider=invoice.provider,
                        kind=kind,
                        currency=invoice.currency,
                        amount=missing,
                        tax_amount=tax,
                        occurred_at=_moment(invoice, kind),
                    )
                )
        of_account = (BookEntry.account_id == account.id) & BookEntry.invoice_id.is_(None)
        credit = {EntryKind.ADVANCED: account.credit_amount}
        for kind, (missing, _taxed) in _missing(credit, of_account).items():
            made.append(
                BookEntry(
                    account_id=account.id,
                    # Stripe keeps a balance of its own; this is what came to our bank.
                    provider=Provider.TRANSFER,
                    kind=kind,
                    currency=account.currency,
                    amount=missing,
                    occurred_at=clock.now(),
                )
            )
        control.add_all(made)
        control.flush()
        return len(made)


def enter_missing() -> int:
    """Enter what the books lack of some invoices and accounts; return of how many it lacked.

    What was there before the books were, and what a later fault may leave out.
    """
    control = control_session()
    sums = (
        select(
            BookEntry.invoice_id,
            *(
                func.sum(BookEntry.amount).filter(BookEntry.kind == kind).label(kind.value)
                for kind in _OF_INVOICES
            ),
        )
        .where(BookEntry.invoice_id.is_not(None))
        .group_by(BookEntry.invoice_id)
        .subquery()
    )
    differs = or_(
        *(
            func.coalesce(sums.c[kind.value], 0) != figure
            for kind, figure in _figures_in_sql().items()
        )
    )
    found = control.scalars(
        select(Invoice)
        .outerjoin(sums, sums.c.invoice_id == Invoice.id)
        .where(differs)
        .order_by(Invoice.id)
        .limit(BATCH)
    ).all()
    entered = (
        select(func.coalesce(func.sum(BookEntry.amount), 0))
        .where(BookEntry.account_id == BillingAccount.id, BookEntry.invoice_id.is_(None))
        .scalar_subquery()
    )
    accounts = control.scalars(
        select(BillingAccount)
        .where(BillingAccount.credit_amount != entered)
        .order_by(BillingAccount.id)
        .limit(BATCH)
    ).all()
    for invoice in found:
        with control_transaction():
            account = lock_row(invoice.account)
            enter(account, lock_row(invoice))
    for account in accounts:
        with control_transaction():
            enter(lock_row(account))
    return len(found) + len(accounts)


_OF_INVOICES = (
    EntryKind.ISSUED,
    EntryKind.PAID,
    EntryKind.CREDITED,
    EntryKind.REFUNDED,
    EntryKind.LOST,
)
_TAXED = frozenset({EntryKind.ISSUED, EntryKind.CREDITED})


def _figures(invoice: Invoice) -> dict[EntryKind, int]:
    """Return what the books should hold of an invoice."""
    is_lost = invoice.state == InvoiceState.UNCOLLECTIBLE
    return {
        EntryKind.ISSUED: invoice.total_amount if invoice.state in OWED_ONCE else 0,
        EntryKind.PAID: invoice.paid_amount,
        EntryKind.CREDITED: invoice.credited_amount,
        EntryKind.REFUNDED: invoice.refunded_amount,
        EntryKind.LOST: invoice.remaining_amount if is_lost else 0,
    }


def _figures_in_sql() -> dict[EntryKind, ColumnElement[int]]:
    """Return the same as expressions."""
    once = Invoice.state.in_([state.value for state in OWED_ONCE])
    is_lost = Invoice.state == InvoiceState.UNCOLLECTIBLE
    return {
        EntryKind.ISSUED: case((once, Invoice.total_amount), else_=0),
        EntryKind.PAID: Invoice.paid_amount + 0,
        EntryKind.CREDITED: Invoice.credited_amount + 0,
        EntryKind.REFUNDED: Invoice.refunded_amount + 0,
        EntryKind.LOST: case((is_lost, Invoice.remaining_amount), else_=0),
    }


def _missing(
    figures: Mapping[EntryKind, int], whose: ColumnElement[bool]
) -> dict[EntryKind, tuple[int, int]]:
    """Return by how much the books differ from some figures, where they do, and the tax in them."""
    rows = control_session().execute(
        select(BookEntry.kind, func.sum(BookEntry.amount), func.sum(BookEntry.tax_amount))
        .where(whose)
        .group_by(BookEntry.kind)
    )
    entered = {kind: (int(amount), int(tax)) for kind, amount, tax in rows}
    found = {kind: (figure, *entered.get(kind, (0, 0))) for kind, figure in figures.items()}
    return {kind: (said - had, tax) for kind, (said, had, tax) in found.items() if said != had}


def tax_in(invoice: Invoice, amount: int) -> int:
    """Return the tax in a part of an invoice: of the whole all of it, else its share, rounded.

    Parts are reckoned as what they come to together, so that they add up to the whole.
    """
    if not invoice.total_amount:
        return 0
    # Half away from zero, so that what is taken back is what was given.
    share, rest = divmod(abs(amount) * invoice.tax_amount, abs(invoice.total_amount))
    share += 2 * rest >= abs(invoice.total_amount)
    return share if amount > 0 else -share


def _moment(invoice: Invoice, kind: EntryKind) -> datetime:
    """Return when it happened, where the invoice tells; else now."""
    told = None
    if kind == EntryKind.ISSUED and invoice.state in OWED_ONCE:
        told = invoice.issued_at
    elif kind == EntryKind.PAID and invoice.state == InvoiceState.PAID:
        told = invoice.paid_at
    return told or clock.now()
