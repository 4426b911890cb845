"""Verbs on fapiao as the workspace's own people ask for them.

The control plane does it and writes its log; then this workspace's own log says who did what.
"""

from collections.abc import Collection

from control.billing.fapiao import services, titles
from control.billing.fapiao.titles import Buyer
from control.billing.models import (
    BillingAccount,
    FapiaoKind,
    FapiaoRequest,
    FapiaoTitle,
    Invoice,
)
from kit import audit
from kit.db import session, transaction
from tenants.accounts.models import User
from tenants.billing.fapiao import events


def ask(
    account: BillingAccount,
    invoices: Collection[Invoice],
    *,
    kind: FapiaoKind,
    buyer: Buyer,
    known: FapiaoTitle | None,
    email: str,
    by: User,
) -> FapiaoRequest:
    """Ask for one fapiao about some paid invoices."""
    session().rollback()
    found = services.ask(account, invoices, kind=kind, buyer=buyer, known=known, email=email, by=by)
    _log(
        events.ASKED,
        found,
        by,
        fapiao=found.kind,
        amount=found.amount,
        currency=found.currency,
        invoices=[one.number or one.public_id for one in invoices],
    )
    return found


def withdraw(request: FapiaoRequest, *, by: User) -> None:
    """Ask for it no longer."""
    session().rollback()
    services.withdraw(request, by=by)
    _log(events.WITHDRAWN, request, by)


def forget(account: BillingAccount, title: FapiaoTitle, *, by: User) -> None:
    """Offer a title no longer."""
    name = title.name
    session().rollback()
    titles.forget(account, title, by=by)
    _log(events.FORGOTTEN, by, by, title=name)


def _log(event: audit.Event, subject: audit.Subject, by: User, **details: object) -> None:
    with transaction(even_read_only=True):
        audit.record(event, subject, by=by, **details)
