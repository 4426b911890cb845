"""Finding any record by what is written of it, and finding again what was opened before.

A module declares a `Finder` for each kind of record that people look for. A surface asks them all:
each answers from one statement, within what the person of the request may see.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum

EACH = 5
"""How many of one kind are shown among the others."""


@dataclass(frozen=True, slots=True)
class Found:
    """A record that was found: its public id, what it is called, and where its page is."""

    key: str
    name: str
    url: str
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finder:
    """How one kind of record is found.

    `find(text, limit)` looks for what was typed, `recall(keys)` for records whose public ids are
    known; both leave out what the person of the request may not see. It is asked only for whom
    `permission` is given.
    """

    kind: str
    label: object
    icon: str
    permission: StrEnum
    find: Callable[[str, int], Iterable[Found]]
    recall: Callable[[Collection[str]], Iterable[Found]]
    endpoint: str
    """The record's page; its argument is `public_id`."""
