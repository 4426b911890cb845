"""Pages about the workspace as a whole: export everything, have it deleted, keep it after all."""

from typing import Any

from flask import Response, send_file, url_for
from werkzeug.wrappers import Response as BaseResponse

from control.archives.labels import ARCHIVE_STATES
from control.archives.models import OPEN, ArchiveState
from control.archives.queries import exports_of, may_download, path_of
from control.billing.grace import renewing_of
from control.workspaces.directory import directory
from control.workspaces.models import WorkspaceState
from control.workspaces.queries import workspace_of
from kit import tenancy
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from kit.security import RealmBlueprint, requires
from kit.web import go, page
from tenants.accounts.permissions import Permission
from tenants.accounts.realm import OFFICE, current_session, signed_in_user
from tenants.accounts.wording import Detail, describe
from tenants.backoffice import access, services
from tenants.backoffice.forms import CloseForm, ExportForm, ZoneForm

blueprint = RealmBlueprint(
    "workspace",
    __name__,
    realm=OFFICE,
    url_prefix="/settings/workspace",
    template_folder="templates",
)
blueprints = (blueprint,)

describe(
    {
        services.EXPORTED.name: _l("Export of the workspace asked for"),
        services.FETCHED.name: _l("Archive of the workspace fetched"),
        services.CLOSING.name: _l("Deletion of the workspace asked for"),
        services.ZONE.name: _l("Time zone changed"),
        services.KEPT.name: _l("Deletion of the workspace taken back"),
    },
    details={
        "archive": Detail(_l("Archive"), internal=True),
        "before": Detail(_l("Before")),
        "after": Detail(_l("After")),
    },
)


def _context() -> dict[str, Any]:
    workspace = workspace_of(tenancy.current())
    made = exports_of(workspace.id)
    return {
        "workspace": workspace,
        "is_closing": workspace.state == WorkspaceState.CLOSING,
        "exports": [
            (one, ARCHIVE_STATES[ArchiveState(one.state)], may_download(one)) for one in made
        ],
        "at_work": any(one.state in OPEN for one in made),
    }


@blueprint.get("/")
@requires(Permission.Workspace.EXPORT)
def show() -> Response:
    return page("workspace/show.html", **_context())


@blueprint.get("/exports")
@requires(Permission.Workspace.EXPORT)
def exports() -> Response:
    """Answer the page that asks every two seconds how far an export is."""
    return page("workspace/exports.html", **_context())


@blueprint.route("/exports/new", methods=["GET", "POST"])
@requires(Permission.Workspace.EXPORT)
def new_export() -> BaseResponse:
    form = ExportForm()
    if form.validate_on_submit():
        form.attempt(
            lambda: services.export(
                current_session(),
                password=form.password.data,
                passphrase=form.passphrase.data,
                by=signed_in_user(),
            )
        )
        if not form.refused:
            return go(
                url_for("workspace.show"),
                _("The export is being made. You can leave this page and come back."),
            )
    return page("workspace/export.html", form=form, http_status=form.status)


@blueprint.get("/exports/<public_id>/archive")
@requires(Permission.Workspace.EXPORT)
def fetch(public_id: str) -> Response:
    archive = access.export(public_id)
    path, name = path_of(archive), archive.file_name
    services.record_fetch(archive, by=signed_in_user())
    response = send_file(
        path.resolve(),
        mimetype="application/octet-stream",
        as_attachment=True,
        download_name=name,
    )
    response.headers["Cache-Control"] = "private, no-store"
    return response


@blueprint.route("/zone", methods=["GET", "POST"])
@requires(Permission.Workspace.EDIT)
def zone() -> BaseResponse:
    """Choose the time zone that days, months and times are read in."""
    form = ZoneForm(data={"timezone": workspace_of(tenancy.current()).timezone})
    if form.validate_on_submit():
        form.attempt(lambda: services.choose_zone(form.timezone.value, by=signed_in_user()))
        if not form.refused:
            directory.forget()
            return go(
                url_for("accounts.profile"), _("Times are shown in this time zone from now on.")
            )
    return page("workspace/zone.html", form=form, http_status=form.status)


@blueprint.route("/close", methods=["GET", "POST"])
@requires(Permission.Workspace.CLOSE)
def close() -> BaseResponse:
    form = CloseForm()
    if form.validate_on_submit():
        form.attempt(
            lambda: services.close(
                current_session(),
                password=form.password.data,
                reason=form.reason.data,
                by=signed_in_user(),
            )
        )
        if not form.refused:
            directory.forget()
            return go(url_for("workspace.show"), _("The time of grace has begun."))
    return page(
        "workspace/close.html",
        form=form,
        workspace=workspace_of(tenancy.current()),
        plan=renewing_of(tenancy.current().id),
        http_status=form.status,
    )


@blueprint.post("/keep")
@requires(Permission.Workspace.CLOSE)
def keep() -> BaseResponse:
    services.keep(by=signed_in_user())
    directory.forget()
    return go(url_for("workspace.show"), _("The workspace stays, as it was."))
