"""Backups: how safe each place is now, the last drill, and every backup there was."""

from datetime import timedelta

from flask import Response, request

from control.backups import queries
from control.backups.models import Backup, BackupKind, BackupState
from control.console.labels import BACKUP_KINDS, BACKUP_STATES
from control.console.realm import blueprint
from kit.db import control_session
from kit.i18n import format_size, ngettext
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from kit.security import signed_in
from kit.web import Column, Listing, StatusTabs, page


def _findings(backup: Backup) -> str | None:
    return "; ".join(backup.findings[:2]) or None


BACKUPS = Listing(
    "backups",
    [
        Column("started_at", _l("Begun"), kind="datetime", sort=Backup.id),
        Column("state", _l("State"), kind="tag", tags=BACKUP_STATES, second=_findings),
        Column("kind", _l("Kind"), value=lambda row: BACKUP_KINDS[BackupKind(row.kind)]),
        Column("places", _l("Places"), value=lambda row: ", ".join(row.places)),
        Column(
            "size_bytes", _l("Size"), value=lambda row: format_size(row.size_bytes), align="end"
        ),
        Column("file_count", _l("Uploaded files"), kind="number"),
        Column("verified_at", _l("Checked"), kind="datetime"),
        Column("name", _l("Name"), hidden=True, copy=True),
    ],
    tabs=StatusTabs(
        [(state.value, BACKUP_STATES[state].label) for state in BackupState],
        column=Backup.state,
        name="state",
    ),
    default_sort="-started_at",
    exportable=False,
    empty_title=_l("No backup yet"),
    empty_icon="database-export",
)


def span_text(span: timedelta) -> str:
    """Return a span of time as people say it: seconds, minutes, hours or days."""
    seconds = max(0, int(span.total_seconds()))
    if seconds < 120:
        return str(ngettext("%(num)s second", "%(num)s seconds", seconds))
    if seconds < 7_200:
        return str(ngettext("%(num)s minute", "%(num)s minutes", seconds // 60))
    if seconds < 172_800:
        return str(ngettext("%(num)s hour", "%(num)s hours", seconds // 3_600))
    return str(ngettext("%(num)s day", "%(num)s days", seconds // 86_400))


@blueprint.get("/backups")
@signed_in
def backups() -> Response:
    listing = BACKUPS.page(queries.backups(), control_session(), args=request.args)
    places = queries.place_states()
    drill = queries.last_drill()
    return page(
        "console/backups.html",
        listing=listing,
        places=[
            (
                _("Control plane")
                if place.name == "control"
                else _("Cell %(name)s", name=place.name),
                place,
                span_text(place.lost) if place.lost else None,
            )
            for place in places
        ],
        is_late=any(place.is_late for place in places),
        rpo=span_text(queries.RPO),
        rto=span_text(queries.RTO),
        drill=drill,
        drill_rpo=span_text(timedelta(seconds=drill.rpo_seconds)) if drill else "",
        drill_rto=span_text(timedelta(seconds=drill.rto_seconds)) if drill else "",
    )
