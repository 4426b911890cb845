"""Finding any record by what is written of it, and finding again what was opened before.

Each kind of record that people look for has a `Finder`. A surface asks them all: each answers from
one statement, within what the person of the request may see.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

EACH = 5
"""How many of one kind are shown among the others."""


@dataclass(frozen=True, slots=True)
class Found:
    """A record that was found: its public id, what it is called, and where its page is."""

    key: str
    name: str
    url: str
    detail: str = ""


class Finder(Protocol):
    """How one kind of record is found; asked only for whom `view` is given.

    `endpoint` is the record's page, whose argument is `public_id`.
    """

    @property
    def code(self) -> str: ...
    @property
    def label(self) -> object: ...
    @property
    def icon(self) -> str: ...
    @property
    def view(self) -> StrEnum: ...
    @property
    def endpoint(self) -> str: ...

    def find(self, text: str, limit: int, /) -> Iterable[Found]:
        """Look for what was typed, the likeliest first."""

    def recall(self, keys: Collection[str], /) -> Iterable[Found]:
        """Find records whose public ids are known."""
