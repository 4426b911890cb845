"""Updates: which revision the workspaces of each cell are at, how the roll-out goes, try again."""

from typing import Any

from flask import Response, g, request, url_for
from flask_login import current_user
from markupsafe import Markup
from sqlalchemy import Row, Select, or_
from werkzeug.wrappers import Response as BaseResponse

from control.console import access
from control.console.labels import CELL_STATES, RINGS, ROLLOUT_STATES
from control.console.queries import schemas_matching, workspace_names
from control.console.realm import blueprint
from control.migrating import queries
from control.migrating.models import Rollout, RolloutState
from control.migrating.plan import MOVING, POOL
from control.migrating.queries import cell_workspaces
from control.migrating.services import SILENT_FOR, retry_workspace
from kit import clock
from kit.db import apart
from kit.db.migrating import head
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from kit.security import signed_in
from kit.web import Column, Filter, Listing, RowAction, StatusTabs, done, page

_rows = cell_workspaces.c


def _matching(statement: Select[Any], word: str) -> Select[Any]:
    return statement.where(
        or_(_rows.workspace == word, _rows.workspace.in_(schemas_matching(word)))
    )


def _listing(cell: str) -> Listing:
    return Listing(
        "updates",
        [
            Column(
                "workspace",
                _l("Workspace"),
                value=_name,
                second=lambda row: row.workspace,
                sort=_rows.workspace,
            ),
            Column("state", _l("State"), kind="tag", tags=CELL_STATES),
            Column("revision", _l("Revision"), sort=_rows.revision),
            Column("attempts", _l("Failed tries"), kind="number"),
            Column("error", _l("Error"), markup=_error, wrap=True),
            Column("migrated_at", _l("Updated at"), kind="datetime"),
        ],
        filters=[Filter.search(_matching, label=_l("Name, address or opaque id"))],
        tabs=StatusTabs(
            [
                ("behind", _l("Not updated yet")),
                ("failed", _l("Failed")),
                (POOL, _l("Warm pool")),
                (MOVING, _l("Moving")),
            ],
            column=_rows.state,
            name="stand",
            custom={
                "behind": lambda statement: statement.where(queries.is_behind()),
                "failed": lambda statement: statement.where(_rows.error.is_not(None)),
            },
        ),
        default_sort="-workspace",
        key="workspace",
        key_column=_rows.workspace,
        identity=_rows.workspace,
        actions=[
            RowAction(
                _l("Try again"),
                lambda row: url_for("console.retry_update", cell=cell, schema=row.workspace),
                post=True,
                confirm=lambda row: _("Update %(name)s now?", name=_name(row)),
                visible=lambda row: row.revision != head("tenants") and row.state != MOVING,
            )
        ],
        also=("cell",),
        exportable=False,
        empty_title=_l("No workspace here"),
        empty_icon="versions",
    )


def _error(row: Row[Any]) -> Markup:
    # The server's own words, which no language file has.
    return Markup('<span translate="no">{}</span>').format(row.error) if row.error else Markup()


def _name(row: Row[Any]) -> str:
    unknown = _("Warm pool") if row.state == POOL else row.workspace
    return str(g.workspace_names.get(row.workspace) or unknown)


def _how_it_stands(cell: str) -> dict[str, Any]:
    rollout = queries.newest_rollout()
    return {
        "cell": cell,
        "stands": queries.cell_stands(),
        "newest": head("tenants"),
        "rollout": rollout,
        "state": ROLLOUT_STATES[_state(rollout)] if rollout else None,
        "ring": RINGS.get(rollout.ring, "") if rollout else "",
        "is_running": rollout is not None and _state(rollout) == RolloutState.RUNNING,
    }


def _state(rollout: Rollout) -> RolloutState:
    """Return the state, broken off if its process has been silent for long."""
    state = RolloutState(rollout.state)
    is_silent = rollout.touched_at < clock.now() - SILENT_FOR
    return RolloutState.BROKEN_OFF if state == RolloutState.RUNNING and is_silent else state


@blueprint.get("/updates")
@signed_in
def updates() -> Response:
    cell = access.cell(request.args.get("cell"))
    listing = _listing(cell)
    with apart(cell, role="simtree_control") as own:
        shown = listing.page(queries.workspaces_in_cell(), own, args=request.args)
    g.workspace_names = workspace_names({row.workspace for row in shown.rows})
    return page("console/updates.html", listing=shown, **_how_it_stands(cell))


@blueprint.get("/updates/progress")
@signed_in
def updates_progress() -> Response:
    cell = access.cell(request.args.get("cell"))
    return page("console/updates_progress.html", **_how_it_stands(cell))


@blueprint.post("/updates/<cell>/<schema>/retry")
@signed_in
def retry_update(cell: str, schema: str) -> BaseResponse:
    retry_workspace(
        access.schema(cell, schema),
        cell=cell,
        workspace=queries.workspace_of(schema),
        by=current_user._get_current_object(),  # noqa: SLF001 - flask-login's way
    )
    return done(
        _("It is updated within seconds; its error goes away or is renewed."),
        url=url_for("console.updates", cell=cell, stand="behind"),
    )
