"""Invoices: one with its lines, and what of it is refunded, credited or made void."""

from dataclasses import replace

from flask import Response, url_for
from werkzeug.wrappers import Response as BaseResponse

from control.billing import queries
from control.billing.labels import (
    DIRECTIONS,
    DISPUTE_STATES,
    INVOICE_STATES,
    PROOF_STATES,
    PROVIDERS,
)
from control.billing.models import Invoice, InvoiceState, Provider
from control.billing.online.money_back import Way, possible
from control.billing.transfer import queries as transfers
from control.billing.transfer.refunding import refundable
from control.console import access, money
from control.console.realm import blueprint
from control.console.views.archives import operator
from control.console.views.billing.exporting import noted
from control.console.views.billing.forms import TakeBackForm, VoidForm
from kit.db import control_session
from kit.errors import Missing, Refused
from kit.i18n import current_locale
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from kit.security import signed_in
from kit.web import Column, Filter, Listing, StatusTabs, go, page

INVOICES = Listing(
    "billing_invoices",
    [
        Column("number", _l("Invoice")),
        Column(
            "workspace",
            _l("Workspace"),
            value="account.workspace.name",
            second="account.workspace.address",
        ),
        Column("state", _l("State"), kind="tag", tags=INVOICE_STATES),
        Column("total_amount", _l("Total"), kind="money", currency=lambda row: row.currency),
        Column(
            "remaining_amount", _l("Still to pay"), kind="money", currency=lambda row: row.currency
        ),
        Column(
            "refunded_amount",
            _l("Refunded"),
            kind="money",
            currency=lambda row: row.currency,
            hidden=True,
        ),
        Column(
            "credited_amount",
            _l("Credited"),
            kind="money",
            currency=lambda row: row.currency,
            hidden=True,
        ),
        Column("currency", _l("Currency"), hidden=True),
        Column("provider", _l("Pays by"), kind="tag", tags=PROVIDERS),
        Column("issued_at", _l("Issued"), kind="datetime"),
        Column("due_at", _l("Payable by"), kind="datetime"),
        Column("attempts", _l("Attempts"), kind="number", hidden=True),
        Column("stripe_id", _l("At Stripe"), copy=True, hidden=True),
    ],
    filters=[
        Filter.search(queries.invoices_matching, label=_l("Number, workspace or Stripe's id")),
        Filter.choice(
            "provider",
            _l("Pays by"),
            [(one.value, words) for one, words in PROVIDERS.items()],
            column=Invoice.provider,
        ),
        Filter.date_range("issued", _l("Issued"), column=Invoice.issued_at),
        Filter.flag("disputed", _l("Disputed"), column=Invoice.is_disputed),
        Filter.flag(
            "overpaid",
            _l("Paid too much"),
            apply=lambda statement, value: statement.where(
                Invoice.overpaid_amount > 0 if value == "yes" else Invoice.overpaid_amount == 0
            ),
        ),
    ],
    tabs=StatusTabs(
        [(state.value, INVOICE_STATES[state].label) for state in InvoiceState],
        column=Invoice.state,
        name="state",
    ),
    row_url=lambda row: url_for("console.invoice", public_id=row.public_id),
    drawer=False,
    empty_title=_l("No invoice yet"),
    empty_hint=_l("The first is issued when somebody buys a plan."),
    empty_icon="receipt",
)
INVOICES_OF_ONE = replace(
    INVOICES,
    name="billing_invoices_of_one",
    columns=[one for one in INVOICES.columns if one.name != "workspace"],
    filters=(),
    also=("until",),
)


@blueprint.get("/billing/invoices")
@signed_in
def invoices() -> BaseResponse:
    return INVOICES.respond(
        queries.invoices(),
        control_session(),
        "console/billing/invoices.html",
        on_export=noted(INVOICES),
    )


@blueprint.get("/billing/invoices/<public_id>")
@signed_in
def invoice(public_id: str) -> Response:
    found = access.invoice(public_id)
    return page(
        "console/billing/invoice.html",
        invoice=found,
        workspace=found.account.workspace,
        state=INVOICE_STATES[InvoiceState(found.state)],
        provider=PROVIDERS[Provider(found.provider)],
        can=possible(found),
        dispute=DISPUTE_STATES.get(found.dispute_state or "", found.dispute_state or ""),
        refundable=refundable(found),
        credit_notes=transfers.credit_notes_of(found),
        movements=transfers.movements_of(found),
        proofs=transfers.proofs_of(found),
        directions=DIRECTIONS,
        proof_states=PROOF_STATES,
        locale=current_locale(),
    )


@blueprint.route("/billing/invoices/<public_id>/<way>", methods=["GET", "POST"])
@signed_in
def take_invoice_back(public_id: str, way: str) -> BaseResponse:
    found = access.invoice(public_id)
    if way not in set(Way):
        raise Missing(way)
    chosen = Way(way)
    most = possible(found).most(chosen)
    currency, number = found.currency, found.number or found.stripe_id or ""
    form: TakeBackForm | VoidForm = (
        VoidForm()
        if chosen == Way.VOID
        else TakeBackForm(currency, max(most, found.total_amount), data={"amount": most})
    )
    if form.validate_on_submit():
        form.attempt(
            lambda: money.take_invoice_back(
                found,
                chosen,
                amount=form.amount.value
                if isinstance(form, TakeBackForm)
                else found.remaining_amount,
                reason=form.reason.data or "",
                submission=form.submission.data or "",
                own=form.own.data or "",
                by=operator(),
            )
        )
        if not form.refused:
            return go(url_for("console.invoice", public_id=public_id), _DONE[chosen])
    elif not form.is_submitted():
        _refuse(found, chosen)
    return page(
        "console/billing/take_back.html",
        way=chosen.value,
        title=_TITLES[chosen],
        number=number,
        public_id=public_id,
        most=most,
        currency=currency,
        form=form,
        http_status=form.status,
    )


def _refuse(found: Invoice, way: Way) -> None:
    can = possible(found)
    if not (can.is_voidable if way == Way.VOID else can.most(way)):
        raise Refused(_("Nothing of this invoice can be taken back in this way."))


_TITLES = {
    Way.REFUND: _l("Refund money"),
    Way.CREDIT: _l("Give a credit note"),
    Way.VOID: _l("Make it void"),
}
_DONE = {
    Way.REFUND: _l("The money goes back; a credit note says so."),
    Way.CREDIT: _l("The credit note is issued."),
    Way.VOID: _l("The invoice is void."),
}
