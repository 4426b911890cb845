"""The dictionary: types that modules declare, each with values of ours and of the workspace.

A module says `INDUSTRY = dictionary.declare(Type("customer_industry", ...))`; a form offers
`INDUSTRY.options()`, a list shows `INDUSTRY.tag`. Records hold the code, so a value is switched off
and never deleted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kit.i18n import current_locale
from kit.registry import Registry
from tenants.setup.memory import Settled, settled

COLOURS = (
    *("azure", "blue", "cyan", "gray", "green", "indigo", "lime", "orange", "pink"),
    *("purple", "red", "teal", "yellow"),
)


@dataclass(frozen=True, slots=True)
class Value:
    """A value of ours: its code, its words, its colour."""

    code: str
    label: object
    colour: str = "gray"


@dataclass(frozen=True, slots=True)
class Entry:
    """A value as the workspace has it now; `changed` tells an own one or one of ours that differs.

    `zh` and `en` are the workspace's own words, empty where ours hold.
    """

    code: str
    label: str
    colour: str
    position: int
    is_active: bool
    is_ours: bool
    changed: bool
    zh: str = ""
    en: str = ""


@dataclass(frozen=True)
class Type:
    """A list of words that people choose from, declared by the module that stores its codes."""

    code: str
    label: object
    group: object
    values: Sequence[Value] = ()
    help: object = ""
    _by_code: dict[str, Value] = field(default_factory=dict, repr=False, compare=False)

    _memo: dict[str, tuple[Settled, dict[str, str]]] = field(
        default_factory=dict, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        self._by_code.update({one.code: one for one in self.values})
        if len(self._by_code) != len(self.values):
            raise ValueError(f"{self.code} has a value twice")

    def entries(self) -> list[Entry]:
        """Return all values in the workspace's order, those that are switched off included."""
        own = settled().values.get(self.code, {})
        places = {one.code: place * 10 for place, one in enumerate(self.values, 1)}
        entries = []
        for code in {**places, **own}:
            ours, row = self._by_code.get(code), own.get(code, {})
            entries.append(
                Entry(
                    code=code,
                    label=_label(row, str(ours.label) if ours else "") or code,
                    colour=row.get("colour") or (ours.colour if ours else "gray"),
                    position=row.get("position", places.get(code, 0)),
                    is_active=row.get("is_active", True),
                    is_ours=ours is not None,
                    changed=bool(row),
                    zh=row.get("zh", ""),
                    en=row.get("en", ""),
                )
            )
        return sorted(entries, key=lambda one: (one.position, one.code))

    def options(self, *, keep: str | None = None) -> list[tuple[str, str]]:
        """Return what a form offers: the values in use, and the one that a record has already."""
        found = self.entries()
        offered = [(one.code, one.label) for one in found if one.is_active or one.code == keep]
        if keep and keep not in {code for code, _label in offered}:
            # Text from before there was a list.
            offered.append((keep, keep))
        return offered

    def find(self, code: str) -> Entry | None:
        """Return a value by its code, None when there is none."""
        return next((one for one in self.entries() if one.code == code), None)

    def words(self, code: str | None) -> str:
        """Return a stored code as people read it; text that is no code as it stands."""
        found = self.find(code) if code else None
        return found.label if found else code or ""

    def match(self, text: str) -> str | None:
        """Return the code of what somebody typed: a code, or a label in either language."""
        now, locale = settled(), current_locale()
        memo = self._memo.get(locale)
        if memo is None or memo[0] is not now:
            known: dict[str, str] = {}
            for one in self.entries():
                for label in (one.code, one.label, one.zh, one.en) if one.is_active else ():
                    known.setdefault(label.casefold(), one.code)
            # An import asks this 100,000 times.
            self._memo[locale] = memo = (now, known)
        return memo[1].get(text.strip().casefold() or "-")


def _label(row: Mapping[str, Any], ours: str) -> str:
    first, second = ("en", "zh") if current_locale() == "en" else ("zh", "en")
    # Ours is there in both languages; an own value's words may be there in one.
    return row.get(first) or ours or row.get(second) or ""


_types: Registry[Type] = Registry("type")
declare, every_type, find_type = _types.add, _types.every, _types.find
