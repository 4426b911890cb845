"""Book what came and what was paid back, make invoices of ours void, and our bank account."""

import io
from dataclasses import asdict

from flask import Response, request, send_file, url_for
from werkzeug.wrappers import Response as BaseResponse

from control.billing.fapiao import queries as fapiao
from control.billing.models import BankTransfer, Invoice, InvoiceState, Provider, TransferProof
from control.billing.transfer import ledger, refunding
from control.billing.transfer.document import credit_note_pdf as note_pdf_of
from control.billing.transfer.document import invoice_pdf as pdf_of
from control.billing.transfer.terms import set_terms, terms_now
from control.console import access, money
from control.console.realm import blueprint
from control.console.views.archives import operator
from control.console.views.billing.transfer_forms import (
    MovementForm,
    PayBackForm,
    RefundForm,
    TermsForm,
    VoidTransferForm,
)
from control.workspaces.models import WorkspaceState
from kit.errors import Missing, Refused
from kit.i18n import LANGUAGES, current_locale
from kit.i18n import gettext as _
from kit.security import signed_in
from kit.web import go, page
from kit.web.filters import money as amount_text


@blueprint.route("/billing/transfers/<public_id>/confirm", methods=["GET", "POST"])
@signed_in
def confirm_transfer(public_id: str) -> BaseResponse:
    """Confirm a proof with what the bank's statement says."""
    proof = access.transfer_proof(public_id)
    return _receive(
        proof.invoice,
        proof=proof,
        known={
            "amount": proof.amount,
            "currency": proof.currency,
            "moved_on": proof.paid_on,
        },
        back=url_for("console.transfer_proof", public_id=public_id),
    )


@blueprint.route("/billing/own-invoices/<public_id>/receive", methods=["GET", "POST"])
@signed_in
def receive_transfer(public_id: str) -> BaseResponse:
    """Book money for an invoice for which nobody handed in a proof."""
    invoice = _ours(public_id)
    return _receive(
        invoice,
        proof=None,
        known={"amount": invoice.remaining_amount or None, "currency": invoice.currency},
        back=url_for("console.invoice", public_id=public_id),
    )


def _receive(
    invoice: Invoice, *, proof: TransferProof | None, known: dict[str, object], back: str
) -> BaseResponse:
    form = MovementForm(data=known)
    account = invoice.account
    if form.validate_on_submit():
        booked = form.attempt(
            lambda: money.book_receipt(
                invoice, form.movement(), own=form.own.data or "", by=operator(), proof=proof
            )
        )
        if booked is not None:
            sentence, level = _what_became(booked)
            return go(
                url_for("console.invoice", public_id=invoice.public_id), sentence, level=level
            )
    return page(
        "console/billing/receive.html",
        form=form,
        invoice=invoice,
        account=account,
        workspace=account.workspace,
        proof=proof,
        is_closed=account.workspace.state == WorkspaceState.CLOSED,
        is_open=invoice.state in ledger.OPEN,
        back=back,
        http_status=form.status,
    )


def _what_became(booked: BankTransfer) -> tuple[str, str]:
    """Return a sentence on where the money went, and how loud to say it."""
    account, invoice = booked.account, booked.invoice
    credit = amount_text(account.credit_amount, account.currency)
    if account.workspace.state == WorkspaceState.CLOSED:
        return (
            _(
                "Booked. The workspace is closed: it is credit, %(amount)s now. Pay it back.",
                amount=credit,
            ),
            "warning",
        )
    if invoice is not None and invoice.state in ledger.OPEN:
        return (
            _(
                "Booked. %(amount)s of the invoice are still to be paid.",
                amount=amount_text(invoice.remaining_amount, invoice.currency),
            ),
            "info",
        )
    if account.credit_amount:
        return (
            _(
                "Booked. More came than was to be paid: the credit is %(amount)s now.",
                amount=credit,
            ),
            "warning",
        )
    return _("Booked. The invoice is paid."), "success"


@blueprint.route("/workspaces/<public_id>/billing/pay-back", methods=["GET", "POST"])
@signed_in
def pay_back(public_id: str) -> BaseResponse:
    """Book that credit was transferred back."""
    account = access.billing_account(public_id)
    back = url_for("console.billing_account", public_id=public_id)
    form = PayBackForm(data={"amount": account.credit_amount, "currency": account.currency})
    if form.validate_on_submit():
        form.attempt(
            lambda: money.book_pay_back(
                account, form.movement(), own=form.own.data or "", by=operator()
            )
        )
        if not form.refused:
            return go(back, _("It is booked, and the owner is told."))
    return page(
        "console/billing/pay_back.html",
        form=form,
        account=account,
        workspace=account.workspace,
        back=back,
        http_status=form.status,
    )


@blueprint.route("/billing/own-invoices/<public_id>/refund", methods=["GET", "POST"])
@signed_in
def refund_transfer(public_id: str) -> BaseResponse:
    """Book that a paid invoice of ours was transferred back."""
    invoice = _ours(public_id)
    back = url_for("console.invoice", public_id=public_id)
    most = refunding.refundable(invoice)
    form = RefundForm(data={"amount": most, "currency": invoice.currency})
    if form.validate_on_submit():
        note = form.attempt(
            lambda: money.book_refund(
                invoice, form.movement(), own=form.own.data or "", by=operator()
            )
        )
        if note is not None:
            return go(
                back,
                _("Booked. Credit note %(number)s is issued, and the owner is told.",
                  number=note.number),
            )  # fmt: skip
    elif not form.is_submitted() and not most:
        raise Refused(_("Nothing of this invoice can be paid back."))
    return page(
        "console/billing/refund_transfer.html",
        form=form,
        invoice=invoice,
        most=most,
        fapiao=fapiao.holding(invoice),
        back=back,
        http_status=form.status,
    )


@blueprint.get("/billing/credit-notes/<public_id>/pdf")
@signed_in
def credit_note_pdf(public_id: str) -> Response:
    """Send a credit note of ours as PDF, in the language that is asked for."""
    note = access.credit_note(public_id)
    asked = request.args.get("language", "")
    return send_file(
        io.BytesIO(note_pdf_of(note, asked if asked in LANGUAGES else current_locale())),
        mimetype="application/pdf",
        download_name=f"{note.number}.pdf",
    )


@blueprint.route("/billing/own-invoices/<public_id>/cancel", methods=["GET", "POST"])
@signed_in
def void_transfer_invoice(public_id: str) -> BaseResponse:
    """Make an invoice of ours void."""
    invoice = _ours(public_id)
    back = url_for("console.invoice", public_id=public_id)
    form = VoidTransferForm()
    if form.validate_on_submit():
        form.attempt(
            lambda: money.void_invoice(
                invoice, reason=form.reason.data or "", own=form.own.data or "", by=operator()
            )
        )
        if not form.refused:
            return go(back, _("The invoice is void."))
    elif not form.is_submitted() and invoice.state not in ledger.OPEN:
        raise Refused(_("Only an invoice that is still to be paid can be made void."))
    return page(
        "console/billing/void_transfer.html",
        form=form,
        invoice=invoice,
        back=back,
        http_status=form.status,
    )


@blueprint.get("/billing/own-invoices/<public_id>/pdf")
@signed_in
def invoice_pdf(public_id: str) -> Response:
    """Send an invoice of ours as PDF, in the language that is asked for."""
    invoice = _ours(public_id)
    asked = request.args.get("language", "")
    return send_file(
        io.BytesIO(pdf_of(invoice, asked if asked in LANGUAGES else current_locale())),
        mimetype="application/pdf",
        download_name=f"{invoice.number}.pdf",
    )


@blueprint.route("/billing/bank-account", methods=["GET", "POST"])
@signed_in
def transfer_terms() -> BaseResponse:
    """Set to which bank account customers pay, and the days of invoices."""
    form = TermsForm(data=asdict(terms_now()))
    if form.validate_on_submit():
        form.attempt(lambda: set_terms(form.terms(), by=operator()))
        if not form.refused:
            return go(
                url_for("console.transfer_terms"),
                _("Saved. Invoices that are open show it at once."),
            )
    return page(
        "console/billing/transfer_terms.html",
        form=form,
        is_complete=terms_now().is_complete,
        http_status=form.status,
    )


def _ours(public_id: str) -> Invoice:
    """Return an invoice that is paid by transfer; Missing for one of Stripe's."""
    found = access.invoice(public_id)
    if found.provider != Provider.TRANSFER or found.state == InvoiceState.DRAFT:
        raise Missing(public_id)
    return found
