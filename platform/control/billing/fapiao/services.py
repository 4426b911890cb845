"""Verbs on fapiao: a workspace asks and withdraws, an operator issues, rejects and corrects."""

import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any, BinaryIO

from control.billing.fapiao import papers
from control.billing.fapiao.amounts import kept_of, uncorrected
from control.billing.fapiao.jobs import tell
from control.billing.fapiao.queries import held_among, is_number_taken
from control.billing.fapiao.titles import Buyer, checked, remember
from control.billing.models import (
    BillingAccount,
    FapiaoCorrection,
    FapiaoItem,
    FapiaoKind,
    FapiaoRequest,
    FapiaoState,
    FapiaoTitle,
    Invoice,
)
from control.verification.papers import Paper
from control.workspaces.directory import as_tenant
from control.workspaces.jobs import log_inside
from control.workspaces.models import Workspace, WorkspaceState
from kit import audit, clock, files, jobs, personal, tenancy
from kit.db import control_session, control_transaction, lock_row, lock_rows, refuse_stale
from kit.errors import Refused
from kit.i18n import format_money
from kit.i18n import gettext as _

ASKED = audit.Event.named("fapiao:asked", "fapiao", "amount", "currency", "invoices")
WITHDRAWN = audit.Event.named("fapiao:withdrawn")
ISSUED = audit.Event.named("fapiao:issued", "fapiao_number", "amount", "currency")
REJECTED = audit.Event.named("fapiao:rejected", "reason")
CORRECTED = audit.Event.named("fapiao:corrected", "fapiao_number", "amount", "currency")
REVEALED = audit.Event.named("fapiao:revealed", "reason")
MOST_INVOICES = 50
LONGEST = 500
_NUMBER = re.compile(r"[0-9]{8,20}")

Upload = tuple[BinaryIO, str]


def ask(
    account: BillingAccount,
    invoices: Collection[Invoice],
    *,
    kind: FapiaoKind,
    buyer: Buyer,
    known: FapiaoTitle | None = None,
    email: str,
    by: audit.Actor,
) -> FapiaoRequest:
    """Ask for one fapiao about some paid invoices; its amount is what was paid less refunds.

    Refused for invoices that are not paid, are in a request already, or differ in currency, and
    for a buyer that lacks something a fapiao of this kind needs.
    """
    if not invoices:
        raise Refused(_("Choose at least one invoice."), field="invoices")
    if len(invoices) > MOST_INVOICES:
        raise Refused(
            _("One fapiao is about at most %(most)s invoices.", most=MOST_INVOICES),
            field="invoices",
        )
    buyer = checked(buyer, kind, known=known)
    try:
        email = personal.email_address(email)
    except ValueError:
        raise Refused(_("This is not an e-mail address."), field="email") from None
    with control_transaction() as control:
        account = lock_row(account)
        found = lock_rows(Invoice, [one.id for one in invoices])
        _refuse_invoices(account, found)
        title = remember(account, buyer, email=email)
        request = FapiaoRequest(
            account_id=account.id,
            title_id=title.id,
            kind=kind,
            currency=found[0].currency,
            amount=sum(kept_of(one) for one in found),
            email=email,
            requester_name=by.actor_name,
        )
        control.add(request)
        control.flush()
        control.add_all(
            FapiaoItem(request_id=request.id, invoice_id=one.id, amount=kept_of(one))
            for one in found
        )
        audit.record_control(
            ASKED,
            request,
            by=by,
            fapiao=kind.value,
            amount=request.amount,
            currency=request.currency,
            invoices=[one.number or one.public_id for one in found],
        )
        return request


def _refuse_invoices(account: BillingAccount, found: Collection[Invoice]) -> None:
    if any(one.account_id != account.id for one in found):
        raise Refused(_("This choice does not exist any more."), field="invoices")
    held = held_among([one.id for one in found])
    for one in found:
        number = one.number or "–"
        if one.id in held:
            raise Refused(
                _("A fapiao for invoice %(number)s has been asked for already.", number=number),
                field="invoices",
            )
        if not kept_of(one):
            raise Refused(
                _("Nothing of invoice %(number)s is paid for which one could be issued.",
                  number=number),
                field="invoices",
            )  # fmt: skip
    if len({one.currency for one in found}) > 1:
        raise Refused(
            _("These invoices are in different currencies. Ask for one fapiao for each."),
            field="invoices",
        )


def withdraw(request: FapiaoRequest, *, by: audit.Actor) -> None:
    """Ask for it no longer; its invoices can be asked for again. Refused once it is decided."""
    with control_transaction():
        found = _open(request)
        found.state = FapiaoState.WITHDRAWN
        _let_go(found)
        audit.record_control(WITHDRAWN, found, by=by)


def issue(
    request: FapiaoRequest,
    *,
    number: str,
    issued_on: date,
    amount: int,
    upload: Upload,
    version: int,
    by: audit.Actor,
) -> None:
    """Enter a fapiao that was made in the tax authority's system, with its file.

    `amount` is what the operator made it for: Refused when money went back since he looked.
    """
    number = _checked_number(number)
    _refuse_day(issued_on)
    with _kept(request, upload) as paper, control_transaction():
        found = _open(request)
        refuse_stale(found, version)
        _reckon(found)
        if not found.amount:
            raise Refused(_("All of it has been given back: there is nothing to issue. Reject it."))
        if found.amount != amount:
            raise Refused(
                _(
                    "Money went back meanwhile: it is about %(amount)s now. Look at it again.",
                    amount=format_money(found.amount, found.currency),
                )
            )
        if is_number_taken(number):
            raise Refused(_("A fapiao of this number was entered before."), field="number")
        found.state = FapiaoState.ISSUED
        found.number, found.issued_on = number, issued_on
        found.file_key, found.file_type, found.file_name = paper.key, paper.media_type, paper.name
        _decide(
            found,
            ISSUED,
            by=by,
            fapiao_number=number,
            amount=found.amount,
            currency=found.currency,
        )


def reject(request: FapiaoRequest, *, reason: str, version: int, by: audit.Actor) -> None:
    """Say why none is issued; its invoices can be asked for again. Refused without a reason."""
    reason = personal.plain(reason)[:LONGEST]
    if len(reason) < 2:
        raise Refused(_("Say why: the workspace is told."), field="reason")
    with control_transaction():
        found = _open(request)
        refuse_stale(found, version)
        found.state = FapiaoState.REJECTED
        found.reason = reason
        _let_go(found)
        _decide(found, REJECTED, by=by, reason=reason)


def correct(
    request: FapiaoRequest,
    *,
    number: str,
    issued_on: date,
    amount: int,
    upload: Upload,
    version: int,
    by: audit.Actor,
) -> None:
    """Enter a red-letter note for what was given back after a fapiao was issued."""
    number = _checked_number(number)
    _refuse_day(issued_on)
    with _kept(request, upload) as paper, control_transaction() as control:
        found = lock_row(request)
        refuse_stale(found, version)
        left = uncorrected(found)
        if not left:
            raise Refused(_("Nothing of this fapiao is to be corrected."))
        if not 0 < amount <= left:
            raise Refused(
                _("The amount is more than what is left. Enter a smaller one."), field="amount"
            )
        if is_number_taken(number):
            raise Refused(_("A fapiao of this number was entered before."), field="number")
        control.add(
            FapiaoCorrection(
                request_id=found.id,
                number=number,
                issued_on=issued_on,
                amount=amount,
                file_key=paper.key,
                file_type=paper.media_type,
                file_name=paper.name,
                noter_name=by.actor_name,
            )
        )
        found.corrected_amount += amount
        found.version += 1
        _log_both(
            found,
            CORRECTED,
            by=by,
            fapiao_number=number,
            amount=amount,
            currency=found.currency,
        )
        jobs.enqueue_control(tell, request_id=found.id, about="corrected", number=number)


def reveal(request: FapiaoRequest, *, reason: str, by: audit.Actor) -> dict[str, str]:
    """Return the personal fields of a request's title in full; both logs say who saw them, why."""
    reason = personal.plain(reason)[:200]
    if len(reason) < 2:
        raise Refused(_("Say why you need to see it."), field="reason")
    with control_transaction():
        found = lock_row(request)
        _log_both(found, REVEALED, by=by, reason=reason)
        title = found.title
        return {field: getattr(title, field) for field in ("address", "phone", "bank_account")}


def _open(request: FapiaoRequest) -> FapiaoRequest:
    """Return a request locked that nobody has decided yet."""
    lock_row(request.account)
    found = lock_row(request)
    if found.state != FapiaoState.REQUESTED:
        raise Refused(_("This request has been decided or withdrawn already."))
    return found


def _let_go(request: FapiaoRequest) -> None:
    for item in request.items:
        item.holds = False
    request.version += 1


def _reckon(request: FapiaoRequest) -> None:
    """Take the amounts anew: between asking and issuing something may have gone back."""
    known = {one.id: one for one in lock_rows(Invoice, [item.invoice_id for item in request.items])}
    for item in request.items:
        item.amount = kept_of(known[item.invoice_id])
    request.amount = sum(item.amount for item in request.items)


def _decide(found: FapiaoRequest, event: audit.Event, *, by: audit.Actor, **details: Any) -> None:
    found.decided_at = clock.now()
    found.decider_name = by.actor_name
    found.version += 1
    _log_both(found, event, by=by, **details)
    jobs.enqueue_control(tell, request_id=found.id, about=found.state, number="")


def _log_both(found: FapiaoRequest, event: audit.Event, *, by: audit.Actor, **details: Any) -> None:
    """Log in the control plane now, and in the workspace's own log right after the commit."""
    entry = audit.record_control(event, found, by=by, **details)
    control_session().flush()
    jobs.enqueue_control(
        log_inside,
        workspace_id=found.account.workspace_id,
        entry_id=entry.public_id,
        subject_kind=type(found).__name__,
        subject_id=found.public_id,
    )


@contextmanager
def _kept(request: FapiaoRequest, upload: Upload) -> Iterator[Paper]:
    """Keep a file with the workspace's; it goes again when what names it is refused."""
    workspace: Workspace = request.account.workspace
    if workspace.state == WorkspaceState.CLOSED:
        raise Refused(_("This workspace is closed; no file of it is kept any more."))
    tenant = as_tenant(workspace)
    with tenancy.enter(tenant):
        paper = papers.keep(upload[0], name=upload[1])
    try:
        yield paper
    except BaseException:
        with tenancy.enter(tenant):
            files.discard(paper.key)
        raise


def _checked_number(typed: str) -> str:
    number = personal.plain(typed).replace(" ", "")
    if not _NUMBER.fullmatch(number):
        raise Refused(
            _("The number of a fapiao is 8 to 20 digits; an electronic one has 20."), field="number"
        )
    return number


def _refuse_day(day: date) -> None:
    if day > clock.today():
        raise Refused(_("This day is still to come."), field="issued_on")
