"""What workspaces hand in about their company: look at it, pass it, send it back, revoke it."""

from typing import Any

from flask import Response, url_for
from werkzeug.wrappers import Response as BaseResponse

from control.console import access
from control.console.details import details_text
from control.console.forms import RemarksForm, RevealForm, RevokeForm
from control.console.labels import (
    ACTORS,
    EVENTS,
)
from control.console.queries import log_of
from control.console.realm import blueprint
from control.console.views.archives import operator
from control.plane import current_plane
from control.verification import papers, queries, services
from control.verification.labels import VERIFICATION_FIELDS, VERIFICATION_STATES
from control.verification.models import Verification, VerificationState
from control.workspaces.directory import as_tenant
from kit import personal
from kit.db import control_session, workspace_scope
from kit.errors import Missing
from kit.forms import Form
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from kit.security import signed_in
from kit.web import Column, Event, Filter, Listing, StatusTabs, go, page
from kit.web.stored import send_shut

QUEUE = Listing(
    "verifications",
    [
        Column(
            "workspace",
            _l("Workspace"),
            value=lambda row: row.workspace.name,
            second=lambda row: row.workspace.address,
        ),
        Column("legal_name", _l("Company as on the licence")),
        Column("credit_code", _l("Unified social credit code"), text=True, copy=True),
        Column("state", _l("State"), kind="tag", tags=VERIFICATION_STATES),
        Column(
            "carriers",
            _l("Carriers"),
            value=lambda row: str(_(", ")).join(
                _carrier(one.carrier) for one in row.authorisations
            ),
        ),
        Column("submitted_at", _l("Handed in"), kind="datetime", sort=Verification.submitted_at),
        Column("submitter_name", _l("Handed in by")),
        Column("decided_at", _l("Decided"), kind="datetime"),
        Column("decider_name", _l("Decided by")),
    ],
    filters=[
        Filter.search(queries.matching, label=_l("Workspace, company or credit code")),
        Filter.date_range("at", _l("Handed in"), column=Verification.submitted_at),
    ],
    tabs=StatusTabs(
        [
            (state.value, VERIFICATION_STATES[state].label)
            for state in VerificationState
            if state != VerificationState.DRAFT
        ],
        column=Verification.state,
        name="state",
    ),
    row_url=lambda row: url_for("console.verification", public_id=row.public_id),
    empty_title=_l("Nothing was handed in"),
    empty_hint=_l("What workspaces hand in about their company waits here."),
    empty_icon="building-community",
)


def _carrier(code: str) -> str:
    return str(current_plane().carriers.get(code, code))


@blueprint.get("/verifications")
@signed_in
def verifications() -> BaseResponse:
    return QUEUE.respond(queries.queue(), control_session(), "console/verifications.html")


@blueprint.get("/verifications/<public_id>")
@signed_in
def verification(public_id: str) -> Response:
    found = access.verification(public_id)
    return _page(found, RemarksForm(data={"version": found.version}))


def _page(found: Verification, form: RemarksForm, **shown: Any) -> Response:
    me = operator()
    which = [papers.LICENCE] if found.licence_key else []
    which += [one.public_id for one in found.authorisations]
    links = {
        one: url_for(
            "console.verification_paper",
            token=papers.signed(found.public_id, one, reader=me.public_id),
        )
        for one in which
    }
    is_waiting = found.state == VerificationState.SUBMITTED
    return page(
        "console/verification.html",
        found=found,
        workspace=found.workspace,
        state=VERIFICATION_STATES[VerificationState(found.state)],
        fields=VERIFICATION_FIELDS,
        representative=personal.mask_name(found.representative),
        document=personal.mask_document(found.document) if found.document_cipher else "",
        carriers=[(one, _carrier(one.carrier)) for one in found.authorisations],
        links=links,
        is_waiting=is_waiting,
        form=form,
        log=[
            Event(
                at=entry.created_at,
                who=f"{ACTORS.get(entry.actor_kind, '')} {entry.actor_name}".strip(),
                title=EVENTS.get(entry.event, entry.event),
                remark=details_text(
                    {key: one for key, one in entry.details.items() if not isinstance(one, dict)},
                    event=entry.event,
                ),
            )
            for entry in log_of([found.public_id])
        ],
        http_status=form.status,
        **shown,
    )


@blueprint.post("/verifications/<public_id>/pass")
@signed_in
def pass_verification(public_id: str) -> BaseResponse:
    found = access.verification(public_id)
    form = Form()
    services.pass_verification(found, version=form.version.data or 0, by=operator())
    return go(
        url_for("console.verifications"), _("%(name)s is verified.", name=found.workspace.name)
    )


@blueprint.post("/verifications/<public_id>/return")
@signed_in
def return_verification(public_id: str) -> BaseResponse:
    found = access.verification(public_id)
    form = RemarksForm()
    if form.validate():
        form.attempt(
            lambda: services.return_verification(
                found, remarks=form.remarks, version=form.version.data or 0, by=operator()
            )
        )
    if form.refused:
        return _page(found, form)
    return go(
        url_for("console.verifications"),
        _("%(name)s is told what is wrong.", name=found.workspace.name),
    )


@blueprint.route("/verifications/<public_id>/revoke", methods=["GET", "POST"])
@signed_in
def revoke_verification(public_id: str) -> BaseResponse:
    found = access.verification(public_id)
    form = RevokeForm(data={"version": found.version})
    back = url_for("console.verification", public_id=public_id)
    if form.validate_on_submit():
        form.attempt(
            lambda: services.revoke_verification(
                found, reason=form.reason.data, version=form.version.data or 0, by=operator()
            )
        )
        if not form.refused:
            return go(back, _("The verification is revoked."))
    return page(
        "console/verification_revoke.html",
        workspace=found.workspace,
        form=form,
        back=back,
        http_status=form.status,
    )


@blueprint.route("/workspaces/<public_id>/unverify", methods=["GET", "POST"])
@signed_in
def revoke_unseen(public_id: str) -> BaseResponse:
    """Revoke what a workspace counts as since before verification, without a paper of it."""
    workspace = access.workspace(public_id)
    back = url_for("console.workspace", public_id=public_id)
    form = RevokeForm()
    if form.validate_on_submit():
        form.attempt(
            lambda: services.revoke_unseen(workspace, reason=form.reason.data, by=operator())
        )
        if not form.refused:
            return go(back, _("The verification is revoked."))
    return page(
        "console/verification_revoke.html",
        workspace=workspace,
        form=form,
        back=back,
        http_status=form.status,
    )


@blueprint.route("/verifications/<public_id>/reveal/<field>", methods=["GET", "POST"])
@signed_in
def reveal_of_verification(public_id: str, field: str) -> BaseResponse:
    found = access.verification(public_id)
    if field not in {"representative", "document"}:
        raise Missing(field)
    form = RevealForm()
    value = None
    if form.validate_on_submit():
        value = form.attempt(
            lambda: services.reveal(found, field, reason=form.reason.data, by=operator())
        )
    return page(
        "console/verification_reveal.html",
        workspace=found.workspace,
        label=VERIFICATION_FIELDS[field],
        value=value,
        form=form,
        back=url_for("console.verification", public_id=public_id),
        http_status=form.status,
    )


@blueprint.get("/papers/<token>")
@signed_in
def verification_paper(token: str) -> Response:
    """Show a scan that belongs to a workspace; the link is this operator's, for five minutes."""
    me = operator()
    read = papers.read(token, reader=me.public_id)
    if read is None:
        raise Missing("paper")
    found = access.verification(read[0])
    paper = queries.paper(found, read[1])
    if paper is None:
        raise Missing(read[1])
    tenant = as_tenant(found.workspace)
    services.record_look(found, paper.name, by=me)
    with workspace_scope(tenant):
        return send_shut(paper.key, mimetype=paper.media_type, download_name=paper.name)
