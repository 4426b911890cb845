"""Exports, sandboxes and restoring, as operators ask for them."""

from flask import Response, send_file, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as BaseResponse

from control.archives import operations, services
from control.archives.labels import ARCHIVE_STATES
from control.archives.models import Archive
from control.archives.queries import exports_of, may_download, path_of
from control.console import access, queries
from control.console.forms import CloneForm, ExportForm, RestoreForm
from control.console.labels import OPERATION_STATES, OPERATIONS, STEPS
from control.console.models import Operator
from control.console.realm import blueprint
from control.console.views.workspaces import is_at_work
from control.operations.models import Operation
from control.plane import current_plane
from kit.errors import Refused
from kit.i18n import gettext as _
from kit.security import client_address, signed_in
from kit.web import go, page


def operator() -> Operator:
    """Return the operator of this request as a row, not as flask-login's proxy."""
    found: Operator = current_user._get_current_object()  # noqa: SLF001 - flask-login's way
    return found


@blueprint.get("/workspaces/<public_id>/whole")
@signed_in
def whole(public_id: str) -> Response:
    """Answer the page that asks every two seconds how archives and operations stand."""
    found = access.workspace(public_id)
    archives, asked = exports_of(found.id), queries.operations_of(found)
    return page(
        "console/whole.html",
        workspace=found,
        archives=archives,
        archive_states=ARCHIVE_STATES,
        may_download=may_download,
        operations=asked,
        operation_kinds=OPERATIONS,
        operation_states=OPERATION_STATES,
        operation_steps=STEPS,
        at_work=is_at_work(archives, asked),
    )


@blueprint.route("/workspaces/<public_id>/export", methods=["GET", "POST"])
@signed_in
def export(public_id: str) -> BaseResponse:
    found = access.workspace(public_id)
    form = ExportForm()
    if form.validate_on_submit():
        form.attempt(
            lambda: (
                services.ask_export(found, passphrase=form.passphrase.data or "", by=operator())
                if form.way.data == "here"
                else services.offer_export(found, by=operator())
            )
        )
        if not form.refused:
            sentence = (
                _("The export is being made.")
                if form.way.data == "here"
                else _("The owner is mailed a link.")
            )
            return go(url_for("console.workspace", public_id=public_id), sentence)
    return page("console/export.html", workspace=found, form=form, http_status=form.status)


@blueprint.get("/archives/<public_id>/file")
@signed_in
def archive_file(public_id: str) -> Response:
    found = access.export(public_id)
    path, name = path_of(found), found.file_name
    services.record_fetch(found, by=operator(), ip_address=client_address())
    response = send_file(
        path.resolve(),
        mimetype="application/octet-stream",
        as_attachment=True,
        download_name=name,
    )
    response.headers["Cache-Control"] = "private, no-store"
    return response


@blueprint.route("/workspaces/<public_id>/clone", methods=["GET", "POST"])
@signed_in
def clone(public_id: str) -> BaseResponse:
    found = access.workspace(public_id)
    form = CloneForm()
    if form.validate_on_submit():
        asked = form.attempt(
            lambda: operations.ask_clone(
                found,
                address=form.address.data,
                name=form.name.data or "",
                cell=form.cell.data or "",
                by=operator(),
            )
        )
        if asked is not None:
            return _to(asked)
    return page("console/clone.html", workspace=found, form=form, http_status=form.status)


@blueprint.route("/restore", methods=["GET", "POST"])
@signed_in
def restore() -> BaseResponse:
    form = RestoreForm()
    if form.validate_on_submit():
        asked = form.attempt(lambda: _restore(form))
        if asked is not None:
            return _to(asked)
    return page("console/restore.html", form=form, http_status=form.status)


def _restore(form: RestoreForm) -> Operation:
    brought = _brought(form)
    try:
        return operations.ask_restore(
            brought,
            current_plane(),
            address=form.address.data,
            name=form.name.data or "",
            cell=form.cell.data or "",
            by=operator(),
        )
    except BaseException:
        services.remove(brought)
        raise


def _brought(form: RestoreForm) -> Archive:
    if form.file.data:
        return services.bring(
            form.file.data.stream,
            file_name=form.file.data.filename,
            passphrase=form.passphrase.data,
            by=operator(),
        )
    if not form.on_server.data:
        raise Refused(_("Choose an archive, or name one on the server."), field="file")
    return services.bring_from_server(
        form.on_server.data, passphrase=form.passphrase.data, by=operator()
    )


def _to(asked: Operation) -> BaseResponse:
    assert asked.workspace is not None
    return go(
        url_for("console.workspace", public_id=asked.workspace.public_id),
        _("The work is in the queue; this page shows how far it is."),
    )
