"""Audit rows of one record as a track."""

from collections.abc import Iterable, Mapping

from kit import audit
from kit.audit import AuditEntry
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from kit.web import Event, Listing
from tenants.accounts.wording import Detail, as_text, describe, name_of


def as_events(entries: Iterable[AuditEntry]) -> list[Event]:
    """Return audit rows of one record for the timeline macro."""
    return [
        Event(
            at=entry.created_at,
            who=actor_name(entry),
            title=name_of(entry.event),
            remark=as_text(entry),
        )
        for entry in entries
    ]


def actor_name(entry: AuditEntry) -> str:
    """Return who acted; the application itself by a word, not by its code."""
    return _("System") if entry.actor_kind == "system" else entry.actor_name


def describe_export(event: audit.Event, name: object, *lists: Listing) -> None:
    """Give the export of one of some lists its words; the filters read as on the list."""

    def asked(filters: Mapping[str, str]) -> str:
        wanted = filters.get("list")
        chosen = next((one for one in lists if one.name == wanted), lists[0])
        return chosen.asked(filters)

    describe({event.name: name}, details={"filters": Detail(_l("Filters"), show=asked)})
