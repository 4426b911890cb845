"""How audit rows read: the words for events, for the keys of their details, and for the values.

Every module names its own in its `labels.py` with `describe`; a house test fails for an event or
a key without words.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from kit.audit import AuditEntry
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l


@dataclass(frozen=True, slots=True)
class Detail:
    """How a key of an audit row reads: its label, and its value or values in words.

    `words` translates known values (or the names of changed fields), `show` does what a mapping
    cannot. An `internal` one is a record's id: of use in the audit log, noise elsewhere.
    """

    label: object
    words: Mapping[Any, object] = field(default_factory=dict)
    show: Callable[[Any], object] | None = None
    internal: bool = False

    def value(self, value: object) -> str:
        """Return a value as people read it."""
        if self.show is not None:
            return str(self.show(value))
        if isinstance(value, bool):
            return str(_("Yes") if value else _("No"))
        if isinstance(value, list):
            return str(_(", ")).join(self.value(one) for one in value)
        if isinstance(value, dict):
            # What a field was and is, for each field that changed.
            return str(_("; ")).join(
                f"{self.words.get(name, name)} {_plain(before)} → {_plain(after)}"
                for name, (before, after) in value.items()
            )
        return str(self.words.get(value, value))


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return str(_("Yes") if value else _("No"))
    return str(value or "–")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of an audit row: a label with its value, or a field with what it was and is."""

    label: object
    value: str = ""
    before: str = ""
    after: str = ""
    is_change: bool = False


_LONGEST = 300
Details = Mapping[str, Detail | object]
"""Key → its label, or a Detail where the value needs words too."""

_names: dict[str, object] = {}
_subjects: dict[str, object] = {}
_pages: dict[str, tuple[str, StrEnum]] = {}
_details: dict[str, dict[str, Detail]] = {}
_common: dict[str, Detail] = {
    "name": Detail(_l("Name")),
    "reason": Detail(_l("Reason")),
    "remark": Detail(_l("Remark")),
    "count": Detail(_l("How many")),
    "channel": Detail(_l("Channel")),
    "item": Detail(_l("Order item"), internal=True),
    "item_id": Detail(_l("Order item"), internal=True),
}


def describe(
    names: Mapping[str, object],
    *,
    details: Details | None = None,
    subjects: Mapping[str, object] | None = None,
) -> None:
    """Give events, the keys of their details and kinds of records the words that people read.

    `details` hold for the events of this call; keys that mean the same everywhere need none.
    """
    given = {
        key: one if isinstance(one, Detail) else Detail(one) for key, one in (details or {}).items()
    }
    _names.update(names)
    _subjects.update(subjects or {})
    for name in names:
        _details.setdefault(name, {}).update(given)


def link_records(pages: Mapping[str, tuple[str, StrEnum]]) -> None:
    """Say on which page a kind of record is shown, by its public id, and who may open it."""
    _pages.update(pages)


def page_of(kind: str) -> tuple[str, StrEnum] | None:
    """Return the endpoint that shows a kind of record and what it asks for; None without one."""
    return _pages.get(kind)


def named_subjects() -> list[tuple[str, object]]:
    """Return code and words of every kind of record, for a filter."""
    return sorted(_subjects.items())


def subject_name(kind: str) -> object:
    """Return the words of a kind of record; its code when nobody named it."""
    return _subjects.get(kind, kind)


def name_of(event: str) -> object:
    """Return the words of an event; its code when nobody named it."""
    return _names.get(event, event)


def named_events() -> list[tuple[str, object]]:
    """Return code and words of every named event, for a filter."""
    return sorted(_names.items())


def find_detail(event: str, key: str) -> Detail | None:
    """Return how a key of an event reads, None when nobody said."""
    return _details.get(event, {}).get(key) or _common.get(key)


def as_text(entry: AuditEntry, *, internal: bool = False) -> str:
    """Return the details of an audit row on one line; ids of records only where asked for."""
    parts = []
    for key, value in entry.details.items():
        detail = find_detail(entry.event, key) or Detail(key)
        if value in ("", None, [], {}) or (detail.internal and not internal):
            continue
        text = detail.value(value)[:_LONGEST]
        parts.append(_("%(label)s: %(value)s", label=detail.label, value=text))
    return " · ".join(parts)


def as_lines(entry: AuditEntry) -> list[Line]:
    """Return the details of an audit row one by one, changes field by field."""
    lines: list[Line] = []
    details = dict(entry.details)
    if {"before", "after"} <= details.keys():
        before, after = details.pop("before"), details.pop("after")
        detail = find_detail(entry.event, "after") or Detail(_("Value"))
        lines.append(_change(_("Value"), detail, before, after))
    for key, value in details.items():
        detail = find_detail(entry.event, key) or Detail(key)
        if isinstance(value, dict) and detail.show is None:
            lines += [
                _change(detail.words.get(name, name), Detail(""), *pair)
                for name, pair in value.items()
                if isinstance(pair, list) and len(pair) == 2
            ]
        elif value not in ("", None, [], {}):
            lines.append(Line(detail.label, detail.value(value)))
    return lines


def _change(label: object, detail: Detail, before: object, after: object) -> Line:
    def shown(value: object) -> str:
        return "" if value is None else detail.value(value)

    return Line(label, before=shown(before), after=shown(after), is_change=True)
