"""Reports to the administrators: sending one, one's own, and those that wait for an answer."""

from flask import Response, request, url_for
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response as BaseResponse

from kit.db import session
from kit.errors import Missing
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from kit.security import requires, signed_in
from kit.web import Column, Filter, Listing, StatusTabs, Tag, go, page
from kit.web.devices import device
from kit.web.stored import head_of, send_stored
from tenants.accounts.exports import offer_export
from tenants.accounts.permissions import Permission
from tenants.accounts.realm import signed_in_user
from tenants.accounts.timeline import describe_export
from tenants.setup import access, queries, services
from tenants.setup.events import FEEDBACK_EXPORTED
from tenants.setup.feedback import KINDS
from tenants.setup.forms import AnswerForm, FeedbackForm
from tenants.setup.labels import FEEDBACK_COLOURS, FEEDBACK_STATES
from tenants.setup.models import Feedback, FeedbackState
from tenants.setup.uploads import type_of
from tenants.setup.views.blueprint import helping as blueprint


def state_tag(state: str) -> Tag:
    """Return how far a report is as a coloured word."""
    known = FeedbackState(state)
    return Tag(FEEDBACK_STATES[known], FEEDBACK_COLOURS[known])


def kind_tag(kind: str) -> Tag:
    """Return what a report is as a coloured word."""
    found = KINDS.find(kind)
    return Tag(found.label, found.colour) if found else Tag(kind)


_COLUMNS = [
    Column("number", _l("Number"), copy=True, text=True, width="sm"),
    Column("title", _l("In a few words"), wrap=True),
    Column("kind", _l("What is it"), kind="tag", tags=kind_tag),
    Column("state", _l("State"), kind="tag", tags=state_tag),
    Column("created_at", _l("Reported at"), kind="datetime"),
    Column("answered_at", _l("Answered at"), kind="datetime"),
]
_TABS = StatusTabs(list(FEEDBACK_STATES.items()), column=Feedback.state)
LISTING = Listing(
    name="reports",
    columns=[*_COLUMNS[:4], Column("person", _l("By whom"), value="user.name"), *_COLUMNS[4:]],
    filters=[
        Filter.choice("kind", _l("What is it"), KINDS.options, column=Feedback.kind),
        Filter.text("number", _l("Number"), column=Feedback.number),
        Filter.date_range("at", _l("Reported at"), column=Feedback.created_at),
    ],
    tabs=_TABS,
    row_url=lambda one: url_for("help.report", public_id=one.public_id),
    empty_title=_l("Nobody has reported anything"),
    empty_icon="message-report",
)
OWN = Listing(
    name="own-reports",
    columns=_COLUMNS,
    row_url=lambda one: url_for("help.report", public_id=one.public_id),
    exportable=False,
    empty_title=_l("You have reported nothing yet"),
    empty_icon="message-report",
)
describe_export(FEEDBACK_EXPORTED, _l("Reports exported"), LISTING)
SOURCE = offer_export(
    LISTING,
    _l("Reports"),
    event=FEEDBACK_EXPORTED,
    permission=Permission.Help.ANSWER,
    statement=lambda _person, _args: queries.reports(),
)


@blueprint.get("/reports/")
@requires(Permission.Help.ANSWER)
def reports() -> BaseResponse:
    return LISTING.respond(queries.reports(), session(), "setup/reports.html")


@blueprint.get("/reports/own")
@signed_in
def own_reports() -> BaseResponse:
    statement = queries.reports_of(signed_in_user())
    return OWN.respond(statement, session(), "setup/own_reports.html")


@blueprint.route("/reports/new", methods=["GET", "POST"])
@signed_in
def new_report() -> BaseResponse:
    came_from = request.args.get("at", "")[:300]
    form = FeedbackForm(page=came_from)
    form.kind.refill(KINDS.options())
    if form.validate_on_submit():
        upload: FileStorage | None = form.file.data or None
        sent = form.attempt(
            lambda: services.send_feedback(
                submission=form.submission.data,
                kind=form.kind.value,
                title=form.title.data,
                body=form.body.data,
                page=came_from,
                file=upload.stream if upload else None,
                file_name=upload.filename or "" if upload else "",
                by=signed_in_user(),
            )
        )
        if sent is not None:
            return go(
                url_for("help.report", public_id=sent.public_id),
                _("Thank you. Your report has the number %(number)s.", number=sent.number),
            )
    return page("setup/report_form.html", form=form, http_status=form.status)


@blueprint.route("/reports/<public_id>", methods=["GET", "POST"])
@signed_in
def report(public_id: str) -> BaseResponse:
    user = signed_in_user()
    found = access.feedback(public_id, user)
    may_answer = user.can(Permission.Help.ANSWER)
    if request.method == "POST" and not may_answer:
        raise Missing(public_id)
    form = AnswerForm(obj=found)
    if form.validate_on_submit():
        form.attempt(
            lambda: services.answer_feedback(
                found,
                version=form.version.data or 0,
                state=form.state.value,
                answer=form.answer.data or "",
                by=user,
            )
        )
        if not form.refused:
            return go(url_for("help.report", public_id=public_id), _("Saved."))
    return page(
        "setup/report.html",
        report=found,
        kind=kind_tag(found.kind),
        state=state_tag(found.state),
        device=device(found.device) if found.device else "",
        form=form if may_answer else None,
        http_status=form.status,
    )


@blueprint.get("/reports/<public_id>/file")
@signed_in
def report_file(public_id: str) -> Response:
    found = access.feedback(public_id, signed_in_user())
    if not found.file_key:
        raise Missing(public_id)
    kind = type_of(head_of(found.file_key)) or "application/octet-stream"
    response = send_stored(
        found.file_key,
        mimetype=kind,
        as_attachment=not kind.startswith("image/"),
        download_name=found.file_name or found.number,
        max_age=0,
    )
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
