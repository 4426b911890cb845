"""Fapiao that workspaces ask for: the queue, and one to be issued, rejected or corrected."""

from typing import Any, BinaryIO, cast

from flask import Response, url_for
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response as BaseResponse

from control.billing.fapiao import queries, services
from control.billing.fapiao.amounts import kept_of
from control.billing.fapiao.labels import (
    FAPIAO_BUYERS,
    FAPIAO_FIELDS,
    FAPIAO_KINDS,
    FAPIAO_STATES,
)
from control.billing.fapiao.titles import masked
from control.billing.models import (
    FapiaoBuyer,
    FapiaoKind,
    FapiaoRequest,
    FapiaoState,
)
from control.console import access
from control.console.forms import RevealForm
from control.console.queries import log_of
from control.console.realm import blueprint
from control.console.services import refuse_wrong_password
from control.console.views.archives import operator
from control.console.views.billing.exporting import noted
from control.console.views.billing.fapiao_forms import CorrectForm, IssueForm, RejectForm
from control.console.views.workspaces import event_of
from control.workspaces.directory import as_tenant
from kit.db import control_session, workspace_scope
from kit.errors import Missing
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from kit.security import signed_in
from kit.web import Column, Filter, Listing, StatusTabs, go, page
from kit.web.stored import send_shut, send_stored

QUEUE = Listing(
    "fapiao_requests",
    [
        Column(
            "workspace",
            _l("Workspace"),
            value="account.workspace.name",
            second="account.workspace.address",
        ),
        Column("title", _l("Title of the fapiao"), value="title.name", second="title.tax_number"),
        Column("kind", _l("Kind of fapiao"), kind="tag", tags=FAPIAO_KINDS),
        Column("state", _l("State"), kind="tag", tags=FAPIAO_STATES),
        Column("amount", _l("Amount"), kind="money", currency=lambda row: row.currency),
        Column(
            "uncorrected",
            _l("To be corrected"),
            value=lambda row: row.uncorrected or None,
            kind="money",
            currency=lambda row: row.currency,
        ),
        Column("currency", _l("Currency"), hidden=True),
        Column("number", _l("Fapiao number"), copy=True, text=True),
        Column("issued_on", _l("Issued on"), kind="date"),
        Column("created_at", _l("Asked for on"), kind="datetime", sort=FapiaoRequest.id),
        Column("requester_name", _l("Asked for by"), hidden=True),
        Column("decided_at", _l("Decided"), kind="datetime", hidden=True),
        Column("decider_name", _l("Decided by"), hidden=True),
    ],
    filters=[
        Filter.search(queries.matching, label=_l("Workspace, title, tax or fapiao number")),
        Filter.choice(
            "kind",
            _l("Kind of fapiao"),
            [(one.value, words) for one, words in FAPIAO_KINDS.items()],
            column=FapiaoRequest.kind,
        ),
        Filter.flag(
            "uncorrected",
            _l("To be corrected"),
            apply=lambda statement, value: statement.where(
                queries.is_uncorrected() if value == "yes" else ~queries.is_uncorrected()
            ),
        ),
        Filter.date_range("asked", _l("Asked for on"), column=FapiaoRequest.created_at),
    ],
    tabs=StatusTabs(
        [(state.value, FAPIAO_STATES[state].label) for state in FapiaoState],
        column=FapiaoRequest.state,
        name="state",
    ),
    row_url=lambda row: url_for("console.fapiao_request", public_id=row.public_id),
    drawer=False,
    empty_title=_l("No fapiao asked for yet"),
    empty_hint=_l("What workspaces ask for about their paid invoices waits here."),
    empty_icon="file-invoice",
)


@blueprint.get("/billing/fapiao")
@signed_in
def fapiao() -> BaseResponse:
    return QUEUE.respond(
        queries.queue(), control_session(), "console/billing/fapiao.html", on_export=noted(QUEUE)
    )


@blueprint.get("/billing/fapiao/<public_id>")
@signed_in
def fapiao_request(public_id: str) -> Response:
    found = access.fapiao(public_id)
    return page("console/billing/fapiao_request.html", **_shown(found))


def _shown(found: FapiaoRequest) -> dict[str, Any]:
    is_open = found.state == FapiaoState.REQUESTED
    return {
        "found": found,
        "workspace": found.account.workspace,
        "title": found.title,
        "masked": masked(found.title),
        "state": FAPIAO_STATES[FapiaoState(found.state)],
        "kind": FAPIAO_KINDS[FapiaoKind(found.kind)],
        "buyer": FAPIAO_BUYERS[FapiaoBuyer(found.title.buyer)],
        "fields": FAPIAO_FIELDS,
        "is_open": is_open,
        # Asked for is what had been paid then; issued is what is kept now.
        "amount": _now(found) if is_open else found.amount,
        "rows": [
            (one.invoice, kept_of(one.invoice) if is_open else one.amount) for one in found.items
        ],
        "log": [event_of(entry) for entry in log_of([found.public_id])],
    }


def _now(found: FapiaoRequest) -> int:
    return sum(kept_of(one.invoice) for one in found.items)


def _upload(file: FileStorage | None) -> tuple[BinaryIO, str]:
    assert file is not None
    return cast("BinaryIO", file.stream), file.filename or ""


@blueprint.route("/billing/fapiao/<public_id>/issue", methods=["GET", "POST"])
@signed_in
def issue_fapiao(public_id: str) -> BaseResponse:
    found = access.fapiao(public_id)
    form = IssueForm(data={"version": found.version, "amount": _now(found)})
    if form.validate_on_submit():

        def verb() -> None:
            refuse_wrong_password(operator(), form.own.data)
            services.issue(
                found,
                number=form.number.data or "",
                issued_on=form.issued_on.value,
                amount=form.agreed_amount,
                upload=_upload(form.file.data),
                version=form.version.data or 0,
                by=operator(),
            )

        form.attempt(verb)
        if not form.refused:
            return go(url_for("console.fapiao"), _("The fapiao is issued, and sent by mail."))
    found = access.fapiao(public_id)
    # What this page shows is what is agreed to next.
    form.amount.data = str(_now(found))
    return page(
        "console/billing/fapiao_issue.html", form=form, http_status=form.status, **_shown(found)
    )


@blueprint.route("/billing/fapiao/<public_id>/reject", methods=["GET", "POST"])
@signed_in
def reject_fapiao(public_id: str) -> BaseResponse:
    found = access.fapiao(public_id)
    form = RejectForm(data={"version": found.version})
    if form.validate_on_submit():

        def verb() -> None:
            refuse_wrong_password(operator(), form.own.data)
            services.reject(
                found,
                reason=form.reason.data or "",
                version=form.version.data or 0,
                by=operator(),
            )

        form.attempt(verb)
        if not form.refused:
            return go(url_for("console.fapiao"), _("The workspace is told why."))
    found = access.fapiao(public_id)
    return page(
        "console/billing/fapiao_reject.html", form=form, http_status=form.status, **_shown(found)
    )


@blueprint.route("/billing/fapiao/<public_id>/correct", methods=["GET", "POST"])
@signed_in
def correct_fapiao(public_id: str) -> BaseResponse:
    found = access.fapiao(public_id)
    left = found.uncorrected or 0
    form = CorrectForm(
        found.currency,
        max(left, found.amount),
        data={"version": found.version, "amount": left},
    )
    if form.validate_on_submit():

        def verb() -> None:
            refuse_wrong_password(operator(), form.own.data)
            services.correct(
                found,
                number=form.number.data or "",
                issued_on=form.issued_on.value,
                amount=form.amount.value,
                upload=_upload(form.file.data),
                version=form.version.data or 0,
                by=operator(),
            )

        form.attempt(verb)
        if not form.refused:
            return go(
                url_for("console.fapiao_request", public_id=public_id),
                _("The red-letter note is entered, and sent by mail."),
            )
    found = access.fapiao(public_id)
    return page(
        "console/billing/fapiao_correct.html", form=form, http_status=form.status, **_shown(found)
    )


@blueprint.route("/billing/fapiao/<public_id>/reveal", methods=["GET", "POST"])
@signed_in
def reveal_of_fapiao(public_id: str) -> BaseResponse:
    found = access.fapiao(public_id)
    form = RevealForm()
    values = None
    if form.validate_on_submit():
        values = form.attempt(
            lambda: services.reveal(found, reason=form.reason.data or "", by=operator())
        )
    return page(
        "console/billing/fapiao_reveal.html",
        found=found,
        title=found.title,
        fields=FAPIAO_FIELDS,
        values=values,
        form=form,
        http_status=form.status,
    )


@blueprint.get("/billing/fapiao/<public_id>/file")
@signed_in
def fapiao_document(public_id: str) -> Response:
    found = access.fapiao(public_id)
    if found.file_key is None:
        raise Missing(public_id)
    return _sent(found, found.file_key, found.file_type or "", found.file_name or "")


@blueprint.get("/billing/fapiao/<public_id>/notes/<note>")
@signed_in
def fapiao_note(public_id: str, note: str) -> Response:
    one = access.red_letter(public_id, note)
    return _sent(one.request, one.file_key, one.file_type, one.file_name)


def _sent(found: FapiaoRequest, key: str, media_type: str, name: str) -> Response:
    """Show a document that an operator himself brought; an OFD is saved."""
    tenant = as_tenant(found.account.workspace)
    control_session().rollback()
    with workspace_scope(tenant):
        if media_type == "application/pdf":
            return send_shut(key, mimetype=media_type, download_name=name)
        return send_stored(key, mimetype=media_type, download_name=name, as_attachment=True)
