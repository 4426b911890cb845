"""The kinds of happenings that people can be told of.

Other modules register theirs here and call `services.notify` inside their transaction; who may see
a record is asked of its kind (`tenants.accounts.kinds`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from kit.registry import Registry
from tenants.notices.models import Way

WAYS_BY_DEFAULT = frozenset({Way.INBOX})


def always(_record_id: str, _values: Mapping[str, Any]) -> bool:
    """Say that a notice stays of interest."""
    return True


@dataclass(frozen=True, slots=True)
class Placeholder:
    """A word that a template may use: what it stands for, an example, and how its value reads."""

    label: object
    example: object = ""
    show: Callable[[Any], object] = str


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of happening.

    `title` and `body` are its own words, with placeholders in braces; `whom` says who is told.
    `ways` are on until somebody chooses otherwise, `forced` cannot be switched off. `path` is the
    record's page with {id} for its public id. `still` tells whether a notice that has waited is of
    any interest yet.
    """

    code: str
    group: object
    label: object
    title: object
    whom: object
    body: object = ""
    placeholders: Mapping[str, Placeholder] = field(default_factory=dict)
    ways: frozenset[Way] = WAYS_BY_DEFAULT
    forced: frozenset[Way] = frozenset()
    path: str = ""
    icon: str = "bell"
    still: Callable[[str, Mapping[str, Any]], bool] = always


_kinds: Registry[Kind] = Registry("kind of notice")
register, every_kind = _kinds.add, _kinds.every
find_kind, kind_label = _kinds.find, _kinds.label


def path_of(template: str, record_id: str) -> str:
    """Return the path of a record's page, "" where there is none."""
    return template.replace("{id}", record_id)
