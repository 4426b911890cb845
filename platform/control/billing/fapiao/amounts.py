"""How much of an invoice a fapiao is about, and how much of one has to be taken back."""

from typing import Any

from sqlalchemy import ColumnElement, case, func, or_, select

from control.billing.models import (
    FapiaoItem,
    FapiaoRequest,
    FapiaoState,
    Invoice,
    InvoiceState,
)
from kit.db import control_session


def kept_of(invoice: Invoice) -> int:
    """Return what was paid of an invoice and not given back: nothing of one that is disputed."""
    if invoice.state != InvoiceState.PAID or invoice.is_disputed:
        return 0
    return max(0, min(invoice.paid_amount, invoice.total_amount) - invoice.refunded_amount)


def kept_amount() -> ColumnElement[int]:
    """Return the same in the database."""
    return case(
        (or_(Invoice.state != InvoiceState.PAID, Invoice.is_disputed), 0),
        else_=func.greatest(
            func.least(Invoice.paid_amount, Invoice.total_amount) - Invoice.refunded_amount, 0
        ),
    )


def uncorrected_amount() -> Any:
    """Return how much of a request of the list was given back and has had no red-letter note."""
    kept = (
        select(func.coalesce(func.sum(func.least(FapiaoItem.amount, kept_amount())), 0))
        .select_from(FapiaoItem)
        .join(Invoice, Invoice.id == FapiaoItem.invoice_id)
        .where(FapiaoItem.request_id == FapiaoRequest.id)
        .correlate(FapiaoRequest)
        .scalar_subquery()
    )
    return case(
        (
            FapiaoRequest.state == FapiaoState.ISSUED,
            func.greatest(FapiaoRequest.amount - FapiaoRequest.corrected_amount - kept, 0),
        ),
        else_=0,
    )


def uncorrected(request: FapiaoRequest) -> int:
    """Return how much of a request is still owed a red-letter note."""
    found = control_session().scalar(
        select(uncorrected_amount()).where(FapiaoRequest.id == request.id)
    )
    return int(found or 0)
