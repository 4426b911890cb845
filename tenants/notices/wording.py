"""The words of a notice: the workspace's template, or the kind's own, with its values filled in.

A template is text with names in braces and nothing else: no expression is ever evaluated, and what
is filled in stays text wherever it is shown.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kit.errors import Refused
from kit.i18n import current_locale
from kit.i18n import gettext as _
from tenants.notices.kinds import Kind, find_kind, kind_label
from tenants.notices.models import Notice, NoticeTemplate

MISSING = "–"
_HOLE = re.compile(r"\{([a-z_]+)\}")
Templates = Mapping[tuple[str, str], NoticeTemplate]
"""Kind and language → the workspace's own words."""


@dataclass(frozen=True, slots=True)
class Words:
    """A notice as it is read: a line, and what more there is to say."""

    title: str
    body: str


def fill(text: str, values: Mapping[str, object]) -> str:
    """Return a template with its placeholders filled; what is not known reads as a dash."""
    return _HOLE.sub(lambda hole: str(values.get(hole[1], MISSING)), text)


def refuse_unknown(kind: Kind, text: str, *, field: str) -> None:
    """Refuse a template that names what the kind does not offer, or has a brace too many."""
    for name in _HOLE.findall(text):
        if name not in kind.placeholders:
            known = "、".join(f"{{{one}}}" for one in kind.placeholders)
            raise Refused(
                _("{%(name)s} is not known here; there are: %(known)s.", name=name, known=known),
                field=field,
            )
    left = _HOLE.sub("", text)
    if "{" in left or "}" in left:
        raise Refused(_("A brace stands alone; write placeholders as {name}."), field=field)


def words_of(notice: Notice, templates: Templates) -> Words:
    """Return the words of a notice in the language that is spoken now."""
    kind = find_kind(notice.kind)
    if kind is None:
        return Words(str(kind_label(notice.kind)), "")
    return words_for(kind, notice.values, templates.get((kind.code, current_locale())))


def words_for(kind: Kind, values: Mapping[str, Any], template: NoticeTemplate | None) -> Words:
    """Return the words of a kind with these values: the template's, or the kind's own."""
    shown = {
        name: _shown(kind, name, value) for name, value in values.items() if value not in ("", None)
    }
    if template is not None:
        return Words(fill(template.title, shown), fill(template.body, shown).strip())
    body = fill(str(kind.body), shown).strip()
    return Words(fill(str(kind.title), shown), "" if body == MISSING else body)


def preview(kind: Kind, title: str, body: str) -> Words:
    """Return a template as it would read, filled with the kind's examples."""
    examples = {name: one.example for name, one in kind.placeholders.items()}
    return Words(fill(title, examples), fill(body, examples).strip())


def _shown(kind: Kind, name: str, value: object) -> object:
    known = kind.placeholders.get(name)
    return known.show(value) if known else value
