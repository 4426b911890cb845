"""The log of imports, and the last two steps: the dry run, and what becomes of it."""

import datetime as dt
from typing import Any

from flask import Response, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from kit import clock, jobs
from kit.db import session
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from kit.jobs import JobStatus
from kit.jobs.tables import JobState
from kit.security import signed_in
from kit.web import Column, Filter, Listing, StatusTabs, go, page
from tenants.accounts.exports import offer_export
from tenants.accounts.queries import log_of
from tenants.accounts.realm import signed_in_user
from tenants.accounts.timeline import as_events, describe_export
from tenants.bulk import access, events, layouts, queries, services
from tenants.bulk.forms import ConfirmForm
from tenants.bulk.labels import MODES, STATES
from tenants.bulk.models import Import, ImportState
from tenants.bulk.options import IGNORED, MODE
from tenants.bulk.registry import ErrorPolicy, ImportKind, Mode
from tenants.bulk.views.blueprint import blueprint, kind_tag, state_tag

_AT_WORK = (ImportState.UPLOADED, ImportState.CHECKING, ImportState.APPLYING)


def _kind_choices() -> list[tuple[str, object]]:
    return [(name, one.label) for name, one in access.kinds_of(signed_in_user()).items()]


LISTING = Listing(
    "imports",
    [
        Column("file_name", _l("File"), wrap=True),
        Column("kind", _l("Rows"), kind="tag", tags=kind_tag),
        Column("state", _l("State"), kind="tag", tags=state_tag),
        Column("row_count", _l("All rows"), kind="number"),
        Column("created_count", _l("New records"), kind="number"),
        Column("changed_count", _l("Updated records"), kind="number"),
        Column("bad_count", _l("Wrong rows"), kind="number"),
        Column("undone_count", _l("Undone"), kind="number", hidden=True),
        Column("problem", _l("Problem"), wrap=True, hidden=True),
        Column("actor_name", _l("By")),
        Column("created_at", _l("Uploaded at"), kind="datetime"),
        Column("ended_at", _l("Ended at"), kind="datetime"),
    ],
    filters=[
        Filter.choice("kind", _l("Rows"), _kind_choices, column=Import.kind),
        Filter.text("file_name", _l("File"), column=Import.file_name, match="contains"),
        Filter.text("by", _l("By"), column=Import.actor_name, match="contains"),
        Filter.date_range("uploaded", _l("Uploaded at"), column=Import.created_at),
    ],
    tabs=StatusTabs(
        [(one.value, label) for one, label in STATES.items()], column=Import.state, name="state"
    ),
    row_url=lambda brought: url_for("imports.show", public_id=brought.public_id),
    drawer=False,
    empty_title=_l("No imports yet"),
    empty_hint=_l("Choose what to import, download its template and upload a file."),
    empty_icon="file-import",
)
describe_export(events.IMPORTS_EXPORTED, _l("Log of imports exported"), LISTING)
SOURCE = offer_export(
    LISTING,
    _l("Imports"),
    event=events.IMPORTS_EXPORTED,
    permission=None,
    statement=lambda person, _args: queries.imports_of(access.kinds_of(person)),
)


@blueprint.get("/")
@signed_in
def index() -> BaseResponse:
    offered = access.kinds_of(signed_in_user())
    return LISTING.respond(
        queries.imports_of(offered), session(), "bulk/index.html", kinds=offered.values()
    )


@blueprint.get("/<public_id>")
@signed_in
def show(public_id: str) -> BaseResponse:
    brought, kind = access.brought(public_id, signed_in_user())
    if services.waits_for_mapping(brought) and access.is_own(brought, kind, signed_in_user()):
        return go(url_for("imports.mapping", public_id=public_id))
    return page("bulk/show.html", **state_of(brought, kind, ConfirmForm()))


@blueprint.get("/<public_id>/progress")
@signed_in
def progress(public_id: str) -> Response:
    """Answer the page that asks every two seconds how far the import is."""
    brought, kind = access.brought(public_id, signed_in_user())
    return page("bulk/progress.html", **state_of(brought, kind, ConfirmForm()))


def state_of(brought: Import, kind: ImportKind, form: ConfirmForm) -> dict[str, Any]:
    """Return what the page of an import shows: how far it is, what is wrong, what can be done."""
    shaped = layouts.shaped(kind, brought.options)
    number = request.args.get("page", "1")
    at = int(number) if number.isdecimal() and len(number) < 6 else 1
    pages = max(1, -(-brought.bad_count // queries.SHOWN))
    at = min(max(at, 1), pages)
    status = jobs.find_job(brought.job_id) if brought.job_id else None
    is_undoing = services.is_undoing(brought)
    is_at_work = brought.state in _AT_WORK or is_undoing
    has_died = is_at_work and (status is None or status.has_ended)
    is_own = access.is_own(brought, kind, signed_in_user())
    shows_rows = brought.bad_count and not is_at_work
    done, total = (status.done, status.total) if status else (0, 0)
    return {
        "brought": brought,
        "kind": shaped,
        "state": state_tag(brought.state),
        "mode": MODES[Mode(brought.options.get(MODE, Mode.CREATE))],
        "is_at_work": is_at_work and not has_died,
        "is_undoing": is_undoing,
        "has_died": has_died,
        "was_stopped": status is not None and status.state == JobState.CANCELLED,
        "is_checked": brought.state == ImportState.CHECKED,
        "is_applied": brought.state == ImportState.APPLIED,
        "is_own": is_own,
        "done": done,
        "total": total,
        "percent": _percent(status),
        "seconds_left": seconds_left(brought.begun_at, done, total),
        "ignored": brought.options.get(IGNORED, []),
        "wrong": queries.wrong_rows(brought, shaped, page=at) if shows_rows else [],
        "kept": queries.kept_rows(brought) if brought.undone_at else [],
        "may_undo": services.may_be_undone(brought, kind),
        "page_number": at,
        "pages": pages,
        "form": form,
        "events": as_events(log_of(brought.public_id)),
    }


def _percent(status: JobStatus | None) -> int:
    return min(100, 100 * status.done // status.total) if status and status.total else 0


def seconds_left(begun_at: dt.datetime | None, done: int, total: int) -> int | None:
    """Return how long the rest should take at the pace so far; None while nobody can tell."""
    if begun_at is None or not 0 < done < total:
        return None
    spent = (clock.now() - begun_at) / dt.timedelta(seconds=1)
    return max(1, round(spent / done * (total - done)))


@blueprint.post("/<public_id>/confirm")
@signed_in
def confirm(public_id: str) -> BaseResponse:
    brought, kind = access.brought(public_id, signed_in_user())
    form = ConfirmForm()
    if form.validate_on_submit():
        form.attempt(
            lambda: services.confirm_import(
                brought, policy=ErrorPolicy(form.policy.value), by=signed_in_user()
            )
        )
        if not form.refused:
            return go(url_for("imports.show", public_id=public_id))
    return page("bulk/show.html", http_status=form.status, **state_of(brought, kind, form))


@blueprint.post("/<public_id>/undo")
@signed_in
def undo(public_id: str) -> BaseResponse:
    brought, kind = access.brought(public_id, signed_in_user())
    services.undo_import(brought, kind=kind, by=signed_in_user())
    return go(url_for("imports.show", public_id=public_id))


@blueprint.post("/<public_id>/discard")
@signed_in
def discard(public_id: str) -> BaseResponse:
    brought, _kind = access.brought(public_id, signed_in_user())
    services.discard_import(brought, by=signed_in_user())
    return go(url_for("imports.index"), _("The import is discarded."))
