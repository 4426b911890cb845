"""The import wizard: template, upload, dry run, confirmation, result."""

from typing import Any

from flask import Response, request, send_file, url_for
from werkzeug.wrappers import Response as BaseResponse

from kit import audit, jobs
from kit.db import session
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from kit.jobs import JobStatus
from kit.security import RealmBlueprint, signed_in
from kit.web import Column, Filter, Listing, StatusTabs, Tag, go, page
from tenants.accounts.queries import log_of
from tenants.accounts.realm import OFFICE, signed_in_user
from tenants.accounts.services import record_export
from tenants.accounts.timeline import as_events
from tenants.bulk import access, kinds, queries, services, sheets
from tenants.bulk import jobs as _jobs
from tenants.bulk.forms import ConfirmForm, upload_form
from tenants.bulk.labels import STATES
from tenants.bulk.models import Import, ImportState
from tenants.bulk.registry import ImportKind, find_kind

__all__ = ["_jobs", "blueprints", "kinds"]

blueprint = RealmBlueprint(
    "imports", __name__, realm=OFFICE, url_prefix="/imports", template_folder="templates"
)
blueprints = (blueprint,)

EXPORTED = audit.Event.named("import:wrong_rows_exported", "count", "filters")
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_AT_WORK = (ImportState.UPLOADED, ImportState.CHECKING, ImportState.APPLYING)
_COLOURS = {
    ImportState.UPLOADED: "gray",
    ImportState.CHECKING: "azure",
    ImportState.CHECKED: "yellow",
    ImportState.APPLYING: "azure",
    ImportState.APPLIED: "green",
    ImportState.REFUSED: "red",
}


def _state(state: str) -> Tag:
    known = ImportState(state)
    return Tag(STATES[known], _COLOURS.get(known, "gray"))


def _kind_label(name: str) -> Tag:
    found = find_kind(name)
    return Tag(found.label if found else name, "indigo")


def _kind_choices() -> list[tuple[str, object]]:
    return [(name, one.label) for name, one in access.kinds_of(signed_in_user()).items()]


LISTING = Listing(
    "imports",
    [
        Column("file_name", _l("File"), wrap=True),
        Column("kind", _l("Rows"), kind="tag", tags=_kind_label),
        Column("state", _l("State"), kind="tag", tags=_state),
        Column("row_count", _l("All rows"), kind="number"),
        Column("good_count", _l("Good rows"), kind="number"),
        Column("bad_count", _l("Wrong rows"), kind="number"),
        Column("actor_name", _l("By")),
        Column("created_at", _l("Uploaded at"), kind="datetime"),
        Column("ended_at", _l("Ended at"), kind="datetime"),
    ],
    filters=[
        Filter.choice("kind", _l("Rows"), _kind_choices, column=Import.kind),
        Filter.text("file_name", _l("File"), column=Import.file_name, match="contains"),
        Filter.date_range("uploaded", _l("Uploaded at"), column=Import.created_at),
    ],
    tabs=StatusTabs(
        [(one.value, label) for one, label in STATES.items()], column=Import.state, name="state"
    ),
    row_url=lambda brought: url_for("imports.show", public_id=brought.public_id),
    drawer=False,
    exportable=False,
    empty_title=_l("No imports yet"),
    empty_hint=_l("Choose what to import, download its template and upload a file."),
    empty_icon="file-import",
)


@blueprint.get("/")
@signed_in
def index() -> BaseResponse:
    offered = access.kinds_of(signed_in_user())
    return LISTING.respond(
        queries.imports_of(offered), session(), "bulk/index.html", kinds=offered.values()
    )


@blueprint.route("/new/<kind>", methods=["GET", "POST"])
@signed_in
def upload(kind: str) -> BaseResponse:
    found = access.kind(kind, signed_in_user())
    form, options = upload_form(found)
    if form.validate_on_submit():
        started = form.attempt(
            lambda: services.start_import(
                form.file.data.stream,
                kind=found,
                file_name=form.file.data.filename,
                options=form.typed(*options) if options else {},
                by=signed_in_user(),
            )
        )
        if started is not None:
            return go(url_for("imports.show", public_id=started.public_id))
    return page("bulk/upload.html", form=form, kind=found, http_status=form.status)


@blueprint.get("/template/<kind>")
@signed_in
def template(kind: str) -> Response:
    found = access.kind(kind, signed_in_user())
    name = _("%(kind)s - template", kind=found.template_name)
    return send_file(
        sheets.template(found), mimetype=_XLSX, as_attachment=True, download_name=f"{name}.xlsx"
    )


@blueprint.get("/<public_id>")
@signed_in
def show(public_id: str) -> Response:
    brought, kind = access.brought(public_id, signed_in_user())
    return page("bulk/show.html", **_context(brought, kind))


@blueprint.get("/<public_id>/progress")
@signed_in
def progress(public_id: str) -> Response:
    """Answer the page that asks every two seconds how far the import is."""
    brought, kind = access.brought(public_id, signed_in_user())
    return page("bulk/progress.html", **_context(brought, kind))


def _context(brought: Import, kind: ImportKind) -> dict[str, Any]:
    number = request.args.get("page", "1")
    at = int(number) if number.isdecimal() and len(number) < 6 else 1
    pages = max(1, -(-brought.bad_count // queries.SHOWN))
    at = min(max(at, 1), pages)
    status = jobs.find_job(brought.job_id) if brought.job_id else None
    is_at_work = brought.state in _AT_WORK
    has_died = is_at_work and (status is None or status.has_ended)
    wrong = queries.wrong_rows(brought, page=at) if brought.bad_count and not is_at_work else []
    return {
        "brought": brought,
        "kind": kind,
        "state": _state(brought.state),
        "is_at_work": is_at_work and not has_died,
        "has_died": has_died,
        "is_checked": brought.state == ImportState.CHECKED,
        "is_applied": brought.state == ImportState.APPLIED,
        "done": status.done if status else 0,
        "total": status.total if status else 0,
        "percent": _percent(status),
        "ignored": brought.options.get(services.IGNORED, []),
        "wrong": wrong,
        "page_number": at,
        "pages": pages,
        "form": ConfirmForm(),
        "events": as_events(log_of(brought.public_id)),
    }


def _percent(status: JobStatus | None) -> int:
    return min(100, 100 * status.done // status.total) if status and status.total else 0


@blueprint.post("/<public_id>/confirm")
@signed_in
def confirm(public_id: str) -> BaseResponse:
    brought, kind = access.brought(public_id, signed_in_user())
    form = ConfirmForm()
    if form.validate_on_submit():
        form.attempt(
            lambda: services.confirm_import(
                brought, without_bad=form.without_bad.data, by=signed_in_user()
            )
        )
        if not form.refused:
            return go(url_for("imports.show", public_id=public_id))
    context = _context(brought, kind) | {"form": form}
    return page("bulk/show.html", http_status=form.status, **context)


@blueprint.post("/<public_id>/discard")
@signed_in
def discard(public_id: str) -> BaseResponse:
    brought, _kind = access.brought(public_id, signed_in_user())
    services.discard_import(brought, by=signed_in_user())
    return go(url_for("imports.index"), _("The import is discarded."))


@blueprint.get("/<public_id>/wrong-rows")
@signed_in
def wrong_rows(public_id: str) -> Response:
    brought, kind = access.brought(public_id, signed_in_user())
    if kind.is_personal:
        # A file of a person's data leaves: that is an export like any other.
        record_export(
            EXPORTED,
            count=brought.bad_count,
            filters={"import": brought.public_id},
            by=signed_in_user(),
        )
    name = _("%(file)s - wrong rows", file=brought.file_name.rpartition(".")[0] or "import")
    response = send_file(
        sheets.wrong_rows(brought, kind),
        mimetype=_XLSX,
        as_attachment=True,
        download_name=f"{name}.xlsx",
    )
    response.headers["Cache-Control"] = "private, no-store"
    return response
