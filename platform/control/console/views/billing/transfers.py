"""Transfers to confirm: what owners handed in, looked at or rejected; what was booked."""

from flask import Response, url_for
from werkzeug.wrappers import Response as BaseResponse

from control.billing.labels import DIRECTIONS, INVOICE_STATES, PROOF_STATES
from control.billing.models import (
    BankTransfer,
    Direction,
    InvoiceState,
    ProofState,
    TransferProof,
)
from control.billing.planning import CURRENCIES
from control.billing.transfer import papers, proving, queries
from control.console import access
from control.console.realm import blueprint
from control.console.views.archives import operator
from control.console.views.billing.exporting import noted
from control.console.views.billing.transfer_forms import RejectForm
from control.workspaces.directory import as_tenant
from control.workspaces.models import WorkspaceState
from kit.db import control_session, workspace_scope
from kit.errors import Missing
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from kit.security import signed_in
from kit.web import Column, Filter, Listing, StatusTabs, go, page
from kit.web.stored import send_shut

PROOFS = Listing(
    "transfer_proofs",
    [
        Column(
            "workspace",
            _l("Workspace"),
            value="account.workspace.name",
            second="account.workspace.address",
        ),
        Column("invoice", _l("Invoice"), value="invoice.number", text=True, copy=True),
        Column("state", _l("State"), kind="tag", tags=PROOF_STATES),
        Column("amount", _l("Says to have paid"), kind="money", currency=lambda row: row.currency),
        Column(
            "remaining",
            _l("Still to pay"),
            value="invoice.remaining_amount",
            kind="money",
            currency=lambda row: row.currency,
        ),
        Column("currency", _l("Currency"), hidden=True),
        Column("paid_on", _l("Day of payment"), kind="date"),
        Column("payer_name", _l("Payer"), hidden=True),
        Column("created_at", _l("Handed in"), kind="datetime", sort=TransferProof.id),
        Column("submitter_name", _l("Handed in by"), hidden=True),
        Column("decided_at", _l("Decided"), kind="datetime"),
        Column("decider_name", _l("Decided by")),
        Column("reason", _l("Reason"), hidden=True),
    ],
    filters=[
        Filter.search(queries.proofs_matching, label=_l("Invoice, workspace or payer")),
        Filter.choice(
            "currency",
            _l("Currency"),
            [(one, one) for one in CURRENCIES],
            column=TransferProof.currency,
        ),
        Filter.date_range("at", _l("Handed in"), column=TransferProof.created_at),
    ],
    tabs=StatusTabs(
        [(state.value, PROOF_STATES[state].label) for state in ProofState],
        column=TransferProof.state,
        name="state",
    ),
    row_url=lambda row: url_for("console.transfer_proof", public_id=row.public_id),
    drawer=False,
    empty_title=_l("No proof of transfer"),
    empty_hint=_l("What owners hand in to show that they have paid waits here."),
    empty_icon="building-bank",
)
MOVEMENTS = Listing(
    "bank_transfers",
    [
        Column(
            "workspace",
            _l("Workspace"),
            value="account.workspace.name",
            second="account.workspace.address",
        ),
        Column("direction", _l("Direction"), kind="tag", tags=DIRECTIONS),
        Column("amount", _l("Amount"), kind="money", currency=lambda row: row.currency),
        Column("currency", _l("Currency"), hidden=True),
        Column("bank_reference", _l("Bank reference"), text=True, copy=True),
        Column(
            "invoice", _l("Invoice"), value=lambda row: row.invoice.number if row.invoice else ""
        ),
        Column("moved_on", _l("Day on the bank's statement"), kind="date"),
        Column("created_at", _l("Booked"), kind="datetime", sort=BankTransfer.id),
        Column("operator_name", _l("Booked by")),
        Column("note", _l("Note"), hidden=True),
    ],
    filters=[
        Filter.search(queries.movements_matching, label=_l("Reference, invoice or workspace")),
        Filter.date_range("at", _l("Booked"), column=BankTransfer.created_at),
    ],
    tabs=StatusTabs(
        [(one.value, DIRECTIONS[one].label) for one in Direction],
        column=BankTransfer.direction,
        name="direction",
    ),
    empty_title=_l("Nothing is booked yet"),
    empty_hint=_l("Money that came by transfer, and credit that was paid back, stands here."),
    empty_icon="building-bank",
)


@blueprint.get("/billing/transfers")
@signed_in
def transfer_proofs() -> BaseResponse:
    return PROOFS.respond(
        queries.proofs(),
        control_session(),
        "console/billing/transfers.html",
        on_export=noted(PROOFS),
    )


@blueprint.get("/billing/movements")
@signed_in
def bank_transfers() -> BaseResponse:
    return MOVEMENTS.respond(
        queries.movements(),
        control_session(),
        "console/billing/movements.html",
        on_export=noted(MOVEMENTS),
    )


@blueprint.get("/billing/transfers/<public_id>")
@signed_in
def transfer_proof(public_id: str) -> Response:
    return _page(access.transfer_proof(public_id), RejectForm())


def _page(found: TransferProof, form: RejectForm) -> Response:
    workspace, invoice = found.account.workspace, found.invoice
    if form.version.data is None:
        form.version.data = found.version
    return page(
        "console/billing/transfer.html",
        found=found,
        workspace=workspace,
        invoice=invoice,
        state=PROOF_STATES[ProofState(found.state)],
        invoice_state=INVOICE_STATES[InvoiceState(invoice.state)],
        has_scan=found.state != ProofState.WITHDRAWN,
        is_waiting=found.state == ProofState.WAITING,
        is_closed=workspace.state == WorkspaceState.CLOSED,
        movements=queries.movements_of(invoice),
        directions=DIRECTIONS,
        scan=url_for(
            "console.transfer_scan",
            token=papers.signed(found.public_id, reader=operator().public_id),
        ),
        form=form,
        http_status=form.status,
    )


@blueprint.post("/billing/transfers/<public_id>/reject")
@signed_in
def reject_transfer(public_id: str) -> BaseResponse:
    found = access.transfer_proof(public_id)
    form = RejectForm()
    if form.validate():
        form.attempt(
            lambda: proving.reject(
                found,
                reason=form.reason.data or "",
                version=form.version.data or 0,
                by=operator(),
            )
        )
    if form.refused:
        return _page(found, form)
    return go(
        url_for("console.transfer_proofs", state=ProofState.WAITING.value),
        _("It is rejected, and the owner is told why."),
    )


@blueprint.get("/billing/scans/<token>")
@signed_in
def transfer_scan(token: str) -> Response:
    """Show a scan that belongs to a workspace; the link is this operator's, for five minutes."""
    me = operator()
    proof_id = papers.read(token, reader=me.public_id)
    if proof_id is None:
        raise Missing("scan")
    found = access.transfer_proof(proof_id)
    if found.state == ProofState.WITHDRAWN:
        raise Missing("scan")
    key, kind, name = found.file_key, found.file_type, found.file_name
    tenant = as_tenant(found.account.workspace)
    proving.record_look(found, by=me)
    with workspace_scope(tenant):
        return send_shut(key, mimetype=kind, download_name=name)
