"""What it is paid in and by transfer: the currency, the invoice as PDF, the bank's receipt."""

import io
from typing import BinaryIO, cast

from flask import Response, request, send_file, url_for
from werkzeug.wrappers import Response as BaseResponse

from control.billing.models import Invoice, InvoiceState, Provider
from control.billing.transfer.document import credit_note_pdf as note_pdf_of
from control.billing.transfer.document import invoice_pdf
from control.billing.transfer.proving import Claim
from kit.errors import Missing
from kit.i18n import LANGUAGES, current_locale
from kit.i18n import gettext as _
from kit.security import RealmBlueprint, for_payers, requires
from kit.web import go, page
from kit.web.stored import send_shut
from tenants.accounts.permissions import Permission
from tenants.accounts.realm import OFFICE, signed_in_user
from tenants.billing import access, services
from tenants.billing.forms import CurrencyForm, ProofForm

blueprint = RealmBlueprint(
    "billing_transfer",
    __name__,
    realm=OFFICE,
    url_prefix="/settings/billing",
    template_folder="templates",
)


def _invoice(public_id: str) -> Invoice:
    """Return an own invoice that is paid by transfer; Missing for any other."""
    found = access.invoice(services.own_account(), public_id)
    if found.provider != Provider.TRANSFER or found.state == InvoiceState.DRAFT:
        raise Missing(public_id)
    return found


@blueprint.route("/currency", methods=["GET", "POST"])
@for_payers
@requires(Permission.Billing.MANAGE)
def currency() -> BaseResponse:
    """Choose the currency to pay in, before anything is bought."""
    form = CurrencyForm(data={"currency": services.own_account().currency})
    if form.validate_on_submit():
        form.attempt(lambda: services.choose_currency(form.currency.value, by=signed_in_user()))
        if not form.refused:
            return go(url_for("billing.plan"), _("Prices are shown in this currency now."))
    return page("billing/currency.html", form=form, http_status=form.status)


@blueprint.get("/invoices/<public_id>/pdf")
@for_payers
@requires(Permission.Billing.VIEW)
def pdf(public_id: str) -> Response:
    """Send an invoice as PDF, in the language that is asked for."""
    found = _invoice(public_id)
    asked = request.args.get("language", "")
    return send_file(
        io.BytesIO(invoice_pdf(found, asked if asked in LANGUAGES else current_locale())),
        mimetype="application/pdf",
        download_name=f"{found.number}.pdf",
    )


@blueprint.get("/credit-notes/<public_id>/pdf")
@for_payers
@requires(Permission.Billing.VIEW)
def credit_note_pdf(public_id: str) -> Response:
    """Send a credit note as PDF, in the language that is asked for."""
    found = access.credit_note(services.own_account(), public_id)
    asked = request.args.get("language", "")
    return send_file(
        io.BytesIO(note_pdf_of(found, asked if asked in LANGUAGES else current_locale())),
        mimetype="application/pdf",
        download_name=f"{found.number}.pdf",
    )


@blueprint.route("/invoices/<public_id>/proof", methods=["GET", "POST"])
@for_payers
@requires(Permission.Billing.MANAGE)
def new_proof(public_id: str) -> BaseResponse:
    found = _invoice(public_id)
    shown, number, remaining = found.public_id, found.number, found.remaining_amount
    currency, reference = found.currency, found.reference
    form = ProofForm(currency, data={"amount": remaining or None})
    if form.validate_on_submit():
        scan = form.scan.data
        form.attempt(
            lambda: services.hand_in_proof(
                found,
                Claim(
                    amount=form.amount.value,
                    paid_on=form.paid_on.value,
                    submission=str(form.submission.data),
                    payer_name=form.payer_name.data or "",
                ),
                (cast("BinaryIO", scan.stream), scan.filename or ""),
                by=signed_in_user(),
            )
        )
        if not form.refused:
            return go(
                url_for("billing.invoice", public_id=shown),
                _("Thank you. The operator looks at it; you are told by mail."),
            )
    return page(
        "billing/proof.html",
        form=form,
        public_id=shown,
        number=number,
        remaining=remaining,
        currency=currency,
        reference=reference,
        http_status=form.status,
    )


@blueprint.get("/proofs/<public_id>")
@for_payers
@requires(Permission.Billing.VIEW)
def proof(public_id: str) -> Response:
    """Show a scan that was handed in."""
    found = access.scan(services.own_account(), public_id)
    return send_shut(found.file_key, mimetype=found.file_type, download_name=found.file_name)


@blueprint.post("/proofs/<public_id>/take-back")
@for_payers
@requires(Permission.Billing.MANAGE)
def take_proof_back(public_id: str) -> BaseResponse:
    found = access.proof(services.own_account(), public_id)
    back = url_for("billing.invoice", public_id=found.invoice.public_id)
    services.take_proof_back(found, by=signed_in_user())
    return go(back, _("The proof is taken back, and its file is removed."))


@blueprint.post("/invoices/<public_id>/withdraw")
@for_payers
@requires(Permission.Billing.MANAGE)
def withdraw(public_id: str) -> BaseResponse:
    services.withdraw_order(_invoice(public_id), by=signed_in_user())
    return go(url_for("billing.show"), _("The order is withdrawn; nothing of it is to be paid."))
