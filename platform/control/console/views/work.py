"""Background work: how much waits, what died, try again."""

import uuid
from collections.abc import Callable
from typing import Any

from flask import Response, g, request, url_for
from flask_login import current_user
from sqlalchemy import Row, Select, or_
from werkzeug.wrappers import Response as BaseResponse

from control.console import access, queries, working
from control.console.labels import JOB_STATES
from control.console.realm import blueprint
from kit.db import apart
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from kit.jobs.tables import UNENDED, JobState, Place
from kit.jobs.wishes import failed
from kit.security import signed_in
from kit.web import Column, Filter, Listing, RowAction, StatusTabs, done, page

_NO_WORKSPACE = "-"


def _listing(place: Place) -> Listing:
    outbox = place.outbox
    return Listing(
        "work",
        [
            Column("kind", _l("Kind")),
            Column(
                "workspace",
                _l("Workspace"),
                value=lambda row: g.workspace_names.get(row.workspace),
                second=lambda row: row.workspace or None,
            ),
            Column("state", _l("State"), kind="tag", tags=JOB_STATES),
            Column("attempts", _l("Attempts"), kind="number"),
            Column("error", _l("Error"), value=_error),
            Column("run_at", _l("Due at"), kind="datetime"),
            Column("created_at", _l("Created"), kind="datetime", sort=outbox.c.created_at),
        ],
        filters=[
            Filter.text("kind", _l("Kind"), column=outbox.c.kind, match="contains"),
            Filter.search(_matching(place), label=_l("Name, address or opaque id")),
        ],
        tabs=StatusTabs(
            [
                (state.value, tag.label)
                for state, tag in JOB_STATES.items()
                if state != JobState.DONE
            ],
            column=outbox.c.state,
            name="state",
            all_label=_l("All that is not done"),
        ),
        default_sort="-created_at",
        key="id",
        key_column=outbox.c.id,
        identity=outbox.c.id,
        actions=[
            RowAction(
                _l("Try again"),
                lambda row: _url("retry_work", row),
                post=True,
                confirm=lambda row: _("Try %(kind)s again?", kind=row.kind),
                visible=lambda row: row.state in failed(place),
            ),
            RowAction(
                _l("Discard"),
                lambda row: _url("discard_work", row),
                post=True,
                danger=True,
                confirm=lambda row: _("Give %(kind)s up for good?", kind=row.kind),
                visible=lambda row: row.state in failed(place),
            ),
            RowAction(
                _l("Cancel this work"),
                lambda row: _url("cancel_work", row),
                post=True,
                danger=True,
                confirm=lambda row: _("Cancel %(kind)s?", kind=row.kind),
                visible=lambda row: row.state in UNENDED and row.cancel_asked_at is None,
            ),
        ],
        also=("place",),
        exportable=False,
        empty_title=_l("Nothing waits, nothing died"),
        empty_hint=_l("Work that failed for good will stand here, to be tried again."),
        empty_icon="circle-check",
    )


def _url(endpoint: str, row: Row[Any]) -> str:
    return url_for(
        f"console.{endpoint}",
        place=row.place,
        workspace=row.workspace or _NO_WORKSPACE,
        job_id=row.id,
    )


def _matching(place: Place) -> Callable[[Select[Any], str], Select[Any]]:
    outbox = place.outbox

    def matching(statement: Select[Any], word: str) -> Select[Any]:
        schemas = queries.schemas_matching(word)
        return statement.where(or_(outbox.c.workspace == word, outbox.c.workspace.in_(schemas)))

    return matching


def _error(row: Row[Any]) -> str | None:
    # The sentence of a workspace's refusal may name people; what our own work was refused is ours.
    is_hidden = row.state == JobState.REFUSED and row.workspace
    return None if is_hidden else row.error


@blueprint.get("/work")
@signed_in
def work() -> Response:
    name = request.args.get("place", queries.CONTROL)
    place = access.place(name)
    listing = _listing(place)
    counts = queries.job_counts()
    with apart(place.cell) as own:
        shown = listing.page(queries.unfinished_work(name, place), own, args=request.args)
    g.workspace_names = queries.workspace_names({row.workspace for row in shown.rows})
    return page("console/work.html", listing=shown, places=counts, place=name, states=JOB_STATES)


@blueprint.post("/work/<place>/<workspace>/<uuid:job_id>/retry")
@signed_in
def retry_work(place: str, workspace: str, job_id: uuid.UUID) -> BaseResponse:
    working.retry_job(access.place(place), by=_by(), **_piece(workspace, job_id))
    return done(_("It is waiting to be tried again."), url=url_for("console.work", place=place))


@blueprint.post("/work/<place>/<workspace>/<uuid:job_id>/discard")
@signed_in
def discard_work(place: str, workspace: str, job_id: uuid.UUID) -> BaseResponse:
    working.discard_job(access.place(place), by=_by(), **_piece(workspace, job_id))
    return done(_("It is given up."), url=url_for("console.work", place=place))


@blueprint.post("/work/<place>/<workspace>/<uuid:job_id>/cancel")
@signed_in
def cancel_work(place: str, workspace: str, job_id: uuid.UUID) -> BaseResponse:
    working.cancel_job(access.place(place), by=_by(), **_piece(workspace, job_id))
    return done(
        _("It is cancelled, or will be at its next step."), url=url_for("console.work", place=place)
    )


def _by() -> Any:
    return current_user._get_current_object()  # noqa: SLF001 - flask-login's way


def _piece(workspace: str, job_id: uuid.UUID) -> dict[str, Any]:
    return {"workspace": "" if workspace == _NO_WORKSPACE else workspace, "job_id": job_id}
