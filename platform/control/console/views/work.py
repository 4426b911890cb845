"""Background work: how much waits, what died, try again."""

import uuid
from typing import Any

from flask import Response, g, request, url_for
from flask_login import current_user
from sqlalchemy import Row
from werkzeug.wrappers import Response as BaseResponse

from control.console import access, queries, services
from control.console.labels import JOB_STATES
from control.console.realm import blueprint
from kit.db import apart
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from kit.jobs.tables import JobState, Place
from kit.security import signed_in
from kit.web import Column, Listing, RowAction, StatusTabs, done, page

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
            Column("error", _l("Error"), value=_error_type),
            Column("run_at", _l("Due at"), kind="datetime"),
            Column("created_at", _l("Created"), kind="datetime", sort=outbox.c.created_at),
        ],
        tabs=StatusTabs(
            [(state.value, tag.label) for state, tag in JOB_STATES.items()],
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
                lambda row: url_for(
                    "console.retry_work",
                    place=row.place,
                    workspace=row.workspace or _NO_WORKSPACE,
                    job_id=row.id,
                ),
                post=True,
                confirm=lambda row: _("Try %(kind)s again?", kind=row.kind),
                visible=lambda row: row.state == JobState.DEAD,
            )
        ],
        also=("place",),
        exportable=False,
        empty_title=_l("Nothing waits, nothing died"),
        empty_hint=_l("Work that failed for good will stand here, to be tried again."),
        empty_icon="circle-check",
    )


def _error_type(row: Row[Any]) -> str | None:
    # A refusal's sentence may name people: only the type of a failure is shown.
    return None if row.state == JobState.REFUSED else row.error


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
    services.retry_job(
        access.place(place),
        workspace="" if workspace == _NO_WORKSPACE else workspace,
        job_id=job_id,
        by=current_user._get_current_object(),  # noqa: SLF001 - flask-login's way
    )
    return done(_("It is waiting to be tried again."), url=url_for("console.work", place=place))
