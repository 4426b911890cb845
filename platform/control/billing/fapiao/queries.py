"""Questions about fapiao: what may be asked for, what was, the operators' queue."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, union_all
from sqlalchemy.orm import joinedload, selectinload, with_expression

from control.billing.fapiao.amounts import kept_amount, uncorrected_amount
from control.billing.models import (
    BillingAccount,
    FapiaoCorrection,
    FapiaoItem,
    FapiaoRequest,
    FapiaoState,
    FapiaoTitle,
    Invoice,
)
from control.workspaces.models import Workspace
from kit.db import control_session

SHOWN = 60
"""Invoices that are offered at once, the newest."""
REMEMBERED = 20
"""Titles that an account has; beyond them the one not used for longest is forgotten."""
_MOST_WAITING = 100


def _is_held() -> ColumnElement[bool]:
    return (
        select(FapiaoItem.id)
        .where(FapiaoItem.invoice_id == Invoice.id, FapiaoItem.holds)
        .correlate(Invoice)
        .exists()
    )


def askable(account: BillingAccount) -> Sequence[Invoice]:
    """Return the invoices of an account that a fapiao can be asked for, the newest first."""
    return (
        control_session()
        .scalars(
            select(Invoice)
            .where(Invoice.account_id == account.id, kept_amount() > 0, ~_is_held())
            .order_by(Invoice.id.desc())
            .limit(SHOWN)
        )
        .all()
    )


def is_askable(invoice: Invoice) -> bool:
    """Tell whether a fapiao can be asked for about an invoice."""
    found = select(Invoice.id).where(Invoice.id == invoice.id, kept_amount() > 0, ~_is_held())
    return control_session().scalar(found) is not None


def holding(invoice: Invoice) -> FapiaoRequest | None:
    """Return the request that an invoice is in, one that was asked or issued; or None."""
    return (
        control_session()
        .scalars(
            select(FapiaoRequest)
            .join(FapiaoItem, FapiaoItem.request_id == FapiaoRequest.id)
            .where(FapiaoItem.invoice_id == invoice.id, FapiaoItem.holds)
        )
        .one_or_none()
    )


def held_among(invoice_ids: Collection[int]) -> set[int]:
    """Return which of some invoices are in a request already."""
    return set(
        control_session().scalars(
            select(FapiaoItem.invoice_id).where(
                FapiaoItem.invoice_id.in_(invoice_ids), FapiaoItem.holds
            )
        )
    )


def invoices_named(account: BillingAccount, public_ids: Collection[str]) -> Sequence[Invoice]:
    """Return invoices of an account by their public ids; others' are left out."""
    return (
        control_session()
        .scalars(
            select(Invoice).where(
                Invoice.account_id == account.id, Invoice.public_id.in_(public_ids)
            )
        )
        .all()
    )


def titles(account: BillingAccount) -> Sequence[FapiaoTitle]:
    """Return the titles that an account's people are offered, the last used first."""
    return (
        control_session()
        .scalars(
            select(FapiaoTitle)
            .where(FapiaoTitle.account_id == account.id, FapiaoTitle.is_remembered)
            .order_by(FapiaoTitle.used_at.desc(), FapiaoTitle.id.desc())
        )
        .all()
    )


def find_title(account: BillingAccount, public_id: str) -> FapiaoTitle | None:
    """Return a remembered title of an account, or None."""
    return next((one for one in titles(account) if one.public_id == public_id), None)


def requests_of(account: BillingAccount) -> Select[Any]:
    """Return the list of what an account asked for, to be filtered and paged."""
    return (
        select(FapiaoRequest)
        .join(FapiaoTitle, FapiaoTitle.id == FapiaoRequest.title_id)
        .where(FapiaoRequest.account_id == account.id)
        .options(joinedload(FapiaoRequest.title))
    )


def queue() -> Select[Any]:
    """Return the list of all requests with what is to be corrected, to be filtered and paged."""
    return (
        select(FapiaoRequest)
        .join(FapiaoTitle, FapiaoTitle.id == FapiaoRequest.title_id)
        .join(BillingAccount, BillingAccount.id == FapiaoRequest.account_id)
        .join(Workspace, Workspace.id == BillingAccount.workspace_id)
        .options(
            with_expression(FapiaoRequest.uncorrected, uncorrected_amount()),
            joinedload(FapiaoRequest.title),
            joinedload(FapiaoRequest.account).joinedload(BillingAccount.workspace),
        )
    )


def matching(statement: Select[Any], word: str) -> Select[Any]:
    """Return the requests whose workspace, title or number has a word in it."""
    return statement.where(
        or_(
            Workspace.name.icontains(word, autoescape=True),
            Workspace.address.icontains(word, autoescape=True),
            FapiaoTitle.name.icontains(word, autoescape=True),
            FapiaoTitle.tax_number == word.strip().upper(),
            FapiaoRequest.number == word.strip(),
        )
    )


def find_request(public_id: str, *, account: BillingAccount | None = None) -> FapiaoRequest | None:
    """Return a request by public id, of one account if given; or None."""
    statement = select(FapiaoRequest).where(FapiaoRequest.public_id == public_id)
    if account is not None:
        statement = statement.where(FapiaoRequest.account_id == account.id)
    found: FapiaoRequest | None = (
        control_session()
        .scalars(
            statement.options(
                joinedload(FapiaoRequest.title),
                joinedload(FapiaoRequest.account).joinedload(BillingAccount.workspace),
                selectinload(FapiaoRequest.items).joinedload(FapiaoItem.invoice),
                selectinload(FapiaoRequest.corrections),
                with_expression(FapiaoRequest.uncorrected, uncorrected_amount()),
            ).execution_options(populate_existing=True)
        )
        .one_or_none()
    )
    return found


def find_correction(request: FapiaoRequest, public_id: str) -> FapiaoCorrection | None:
    """Return a red-letter note of a request, or None."""
    return next((one for one in request.corrections if one.public_id == public_id), None)


def is_number_taken(number: str) -> bool:
    """Tell whether a fapiao or a red-letter note of this number was entered before."""
    one = select(FapiaoRequest.id).where(FapiaoRequest.number == number)
    two = select(FapiaoCorrection.id).where(FapiaoCorrection.number == number)
    control = control_session()
    return control.scalar(one) is not None or control.scalar(two) is not None


def waiting() -> int:
    """Return how many requests wait for an operator, to be issued or corrected; 100 at most."""
    asked = select(FapiaoRequest.id).where(FapiaoRequest.state == FapiaoState.REQUESTED)
    given_back = select(FapiaoRequest.id).where(is_uncorrected())
    found = union_all(asked, given_back).limit(_MOST_WAITING).subquery()
    return control_session().scalar(select(func.count()).select_from(found)) or 0


def is_uncorrected() -> ColumnElement[bool]:
    """Return whether something of a request went back and has had no red-letter note."""
    touched = (
        select(FapiaoItem.request_id)
        .join(Invoice, Invoice.id == FapiaoItem.invoice_id)
        .where(or_(Invoice.refunded_amount > 0, Invoice.is_disputed))
    )
    return and_(FapiaoRequest.id.in_(touched), uncorrected_amount() > 0)
