"""Workspaces and their builds: look, suspend, resume, try again."""

from collections.abc import Sequence

from flask import Response, g, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as BaseResponse

from control.archives.labels import ARCHIVE_STATES
from control.archives.models import OPEN as UNMADE
from control.archives.models import Archive
from control.archives.queries import exports_of, may_download
from control.billing.accounts import plans_of
from control.billing.features import FEATURES, Feature
from control.billing.queries import find_account
from control.closing.queries import certificate_of
from control.console import access, queries
from control.console.details import details_text
from control.console.forms import ReasonForm
from control.console.labels import (
    ACTORS,
    BUILD_STATES,
    EVENTS,
    OPERATION_STATES,
    OPERATIONS,
    STEPS,
    WORKSPACE_STATES,
)
from control.console.realm import blueprint
from control.domains.queries import workspace_url
from control.moving.queries import other_cells
from control.operations.models import OPEN, Operation
from control.provisioning import services as provisioning
from control.provisioning.models import Build, BuildState
from control.support.queries import open_grant
from control.verification.queries import verification_of
from control.workspaces import services
from control.workspaces.directory import directory
from control.workspaces.models import MOVES, Workspace, WorkspaceState
from control.workspaces.services import may_be_shut
from kit.audit import ControlAuditEntry
from kit.db import control_session
from kit.i18n import current_locale, format_size
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from kit.security import signed_in
from kit.tenancy import Access
from kit.web import Column, Event, Filter, Listing, RowAction, StatusTabs, done, go, page


def _size(workspace: Workspace) -> str:
    return format_size(workspace.size_bytes) if workspace.size_measured_at else ""


def _plan(workspace: Workspace) -> str:
    plan = g.plans.get(workspace.id)
    return plan.name(current_locale()) if plan else ""


WORKSPACES = Listing(
    "workspaces",
    [
        Column("name", _l("Workspace name")),
        Column("address", _l("Workspace address"), copy=True),
        Column("state", _l("State"), kind="tag", tags=WORKSPACE_STATES),
        Column("plan", _l("Billing plan"), value=_plan),
        Column("size_bytes", _l("Space used"), value=_size, align="end"),
        Column("last_active_at", _l("Last activity"), kind="datetime"),
        Column("created_at", _l("Created"), kind="datetime", sort=Workspace.id),
        Column("cell", _l("Cell"), hidden=True),
    ],
    filters=[Filter.search(queries.matching, label=_l("Name or address"))],
    tabs=StatusTabs(
        [(state.value, WORKSPACE_STATES[state].label) for state in WorkspaceState],
        column=Workspace.state,
        name="state",
    ),
    row_url=lambda row: url_for("console.workspace", public_id=row.public_id),
    exportable=False,
    empty_title=_l("No workspace yet"),
    empty_hint=_l("Workspaces appear when somebody signs up and proves the mail address."),
    empty_icon="building",
)

BUILDS = Listing(
    "builds",
    [
        Column(
            "workspace",
            _l("Workspace"),
            value=lambda row: row.workspace.name,
            second=lambda row: row.workspace.address,
        ),
        Column("state", _l("State"), kind="tag", tags=BUILD_STATES),
        Column("step", _l("Step"), value=lambda row: f"{row.step} / {provisioning.STEPS}"),
        Column("attempts", _l("Attempts"), kind="number"),
        Column("error", _l("Error")),
        Column("created_at", _l("Created"), kind="datetime", sort=Build.id),
        Column("finished_at", _l("Finished"), kind="datetime"),
    ],
    tabs=StatusTabs(
        [(state.value, BUILD_STATES[state].label) for state in BuildState],
        column=Build.state,
        name="state",
    ),
    row_url=lambda row: url_for("console.workspace", public_id=row.workspace.public_id),
    actions=[
        RowAction(
            _l("Try again"),
            lambda row: url_for("console.retry_build", public_id=row.public_id),
            post=True,
            confirm=lambda row: _("Build %(name)s again?", name=row.workspace.name),
            visible=lambda row: row.state == BuildState.FAILED,
        )
    ],
    exportable=False,
    empty_title=_l("No build yet"),
    empty_icon="crane",
)


@blueprint.get("/workspaces")
@signed_in
def workspaces() -> BaseResponse:
    shown = WORKSPACES.page(queries.workspaces(), control_session(), args=request.args)
    g.plans = plans_of({row.id for row in shown.rows})
    return page("console/workspaces.html", listing=shown)


def _features(found: Workspace) -> str:
    """Return what the plan of a workspace contains, in words."""
    account = find_account(found)
    codes = account.plan_version.features if account is not None else ()
    return ", ".join(str(FEATURES[Feature(code)]) for code in codes)


@blueprint.get("/workspaces/<public_id>")
@signed_in
def workspace(public_id: str) -> Response:
    found = access.workspace(public_id)
    g.plans = plans_of({found.id})
    builds = queries.builds_of(found)
    archives = exports_of(found.id)
    operations = queries.operations_of(found)
    certificate = certificate_of(found)
    handed_in = verification_of(found.id)
    ids = [found.public_id, *(build.public_id for build in builds)]
    return page(
        "console/workspace.html",
        workspace=found,
        url=workspace_url(found.address),
        state=WORKSPACE_STATES[WorkspaceState(found.state)],
        plan=_plan(found),
        features=_features(found),
        size=_size(found),
        builds=builds,
        build_states=BUILD_STATES,
        steps=provisioning.STEPS,
        archives=archives,
        archive_states=ARCHIVE_STATES,
        may_download=may_download,
        operations=operations,
        operation_kinds=OPERATIONS,
        operation_states=OPERATION_STATES,
        operation_steps=STEPS,
        at_work=is_at_work(archives, operations),
        certificate=certificate if certificate and certificate.issued_at else None,
        grant=open_grant(found.id),
        handed_in=handed_in if handed_in and handed_in.submitted_at else None,
        is_closing=found.state == WorkspaceState.CLOSING,
        may_export=found.state not in {WorkspaceState.PROVISIONING, WorkspaceState.CLOSED},
        may_close=WorkspaceState.CLOSING in MOVES[WorkspaceState(found.state)],
        log=[event_of(entry) for entry in queries.log_of(ids)],
        may_move=found.access != Access.NONE and bool(other_cells(found)),
        has_account=find_account(found) is not None,
        may_suspend=may_be_shut(found),
        may_let_back_in=current_user.may_let_back_in and found.access != Access.NONE,
        may_resume=found.state == WorkspaceState.SUSPENDED and found.suspended_from is not None,
    )


def is_at_work(archives: Sequence[Archive], operations: Sequence[Operation]) -> bool:
    """Tell whether anything of a workspace is being made or done at this moment."""
    return any(one.state in UNMADE for one in archives) or any(
        one.state in OPEN for one in operations
    )


def event_of(entry: ControlAuditEntry) -> Event:
    """Return an audit row as a line of a timeline."""
    kind = str(ACTORS.get(entry.actor_kind, entry.actor_kind))
    return Event(
        at=entry.created_at,
        # The names of parts of the application say nothing to people.
        who=kind if entry.actor_kind == "system" else f"{kind} {entry.actor_name}".strip(),
        title=EVENTS.get(entry.event, entry.event),
        remark=details_text(entry.details, event=entry.event),
    )


@blueprint.get("/workspaces/<public_id>/suspend")
@signed_in
def suspend(public_id: str) -> Response:
    found = access.workspace(public_id)
    return page("console/suspend.html", workspace=found, form=ReasonForm(found))


@blueprint.post("/workspaces/<public_id>/suspend")
@signed_in
def shut(public_id: str) -> BaseResponse:
    found = access.workspace(public_id)
    form = ReasonForm(found)
    if form.validate():
        form.attempt(
            lambda: services.suspend_workspace(
                found,
                reason=form.reason.data,
                by=current_user._get_current_object(),  # noqa: SLF001 - flask-login's way
            )
        )
    if form.refused:
        return page("console/suspend.html", workspace=found, form=form, http_status=form.status)
    directory.forget()
    return go(
        url_for("console.workspace", public_id=public_id),
        _("%(name)s is suspended.", name=found.name),
    )


@blueprint.get("/workspaces/<public_id>/resume")
@signed_in
def resume(public_id: str) -> Response:
    found = access.workspace(public_id)
    return page("console/resume.html", workspace=found, form=ReasonForm(found))


@blueprint.post("/workspaces/<public_id>/resume")
@signed_in
def reopen(public_id: str) -> BaseResponse:
    found = access.workspace(public_id)
    form = ReasonForm(found)
    if form.validate():
        form.attempt(
            lambda: services.resume_workspace(
                found,
                reason=form.reason.data,
                by=current_user._get_current_object(),  # noqa: SLF001 - flask-login's way
            )
        )
    if form.refused:
        return page("console/resume.html", workspace=found, form=form, http_status=form.status)
    directory.forget()
    return go(
        url_for("console.workspace", public_id=public_id),
        _("%(name)s is open again.", name=found.name),
    )


@blueprint.get("/builds")
@signed_in
def builds() -> BaseResponse:
    return BUILDS.respond(queries.builds(), control_session(), "console/builds.html")


@blueprint.post("/builds/<public_id>/retry")
@signed_in
def retry_build(public_id: str) -> BaseResponse:
    build = access.build(public_id)
    provisioning.retry_build(build, by=current_user._get_current_object())  # noqa: SLF001
    return done(_("The build is in the queue again."), url=url_for("console.builds"))
