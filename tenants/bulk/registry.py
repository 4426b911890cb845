"""Which kinds of rows can be imported: their columns, their checks and their verbs."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from kit import audit


class CellKind(StrEnum):
    """What a column holds. Digits are names, not amounts: they must not be Excel numbers."""

    TEXT = "text"
    DIGITS = "digits"
    DATE = "date"
    MONEY = "money"
    CHOICE = "choice"


class Mode(StrEnum):
    """What an import does with rows: only new records, only changes, or whichever fits."""

    CREATE = "create"
    UPDATE = "update"
    UPSERT = "upsert"


class ErrorPolicy(StrEnum):
    """What becomes of an import that has wrong rows."""

    ALL = "all"
    GOOD = "good"
    STOP = "stop"


Choices = Mapping[str, object]
Options = Mapping[str, Any]


@dataclass(frozen=True)
class ImportColumn:
    """A column of a file. Its header may be the label in any language, the key or an alias.

    Digits stored as an Excel number are taken while they have at most `numeric_up_to` digits
    (phones), and refused beyond it (documents, ICCIDs): Excel has bent those. A `unique` column
    must not hold the same twice in one file, compared after `normalise`. `shape` and `default` are
    rules of a workspace's own template.
    """

    key: str
    label: object
    required: bool = False
    kind: CellKind = CellKind.TEXT
    aliases: tuple[str, ...] = ()
    choices: Choices = field(default_factory=dict)
    length: int = 200
    numeric_up_to: int = 0
    unique: bool = False
    normalise: Callable[[str], str] | None = None
    example: str = ""
    note: object = ""
    shape: str = ""
    default: str = ""


@dataclass(frozen=True)
class ImportOption:
    """Something to choose for the whole file, such as the pool that numbers go into."""

    key: str
    label: object
    choices: Callable[[], Sequence[tuple[str, object]]]
    required: bool = True


@dataclass(slots=True)  # Not frozen: an import makes them by the hundred thousand.
class Row:
    """A line of the file with its parsed values by column key; empty cells have none.

    `target` is the id of the record that the row changes.
    """

    line: int
    values: Mapping[str, Any]
    target: int | None = None

    def text(self, key: str) -> str:
        """Return a text, "" for an empty cell."""
        value = self.values.get(key)
        return "" if value is None else str(value)


def _no_headers(options: Options) -> Mapping[str, str]:
    del options
    return {}


@dataclass(frozen=True)
class Changes:
    """How rows of a kind change records that are there.

    `keys` are the columns by one of which a row names its record. `find` returns the ids of the
    records within the person's reach by line, `check` what is wrong by line, `apply` changes all
    rows or none. An empty cell leaves what is there.
    """

    keys: Sequence[str]
    find: Callable[[Sequence[Row], str, audit.Actor], Mapping[int, int]]
    check: Callable[[Sequence[Row], Options], Mapping[int, str]]
    apply: Callable[[Sequence[Row], Options, audit.Actor], int]


@dataclass(frozen=True)
class ImportKind:
    """A kind of row. `check` returns what is wrong by line; `apply` takes rows in, all or none.

    Both get at most ten thousand rows at a time and may use the database; `apply` runs inside a
    transaction of the import and returns the ids of the records it made, in the rows' order, or
    how many where they cannot be undone. `undo` takes away records of which nothing has been made
    since, and returns a sentence for each id that has to stay. A `personal` kind has its staged
    cells encrypted. `headers` renames headers for one file, by key, from what was chosen for it.
    """

    name: str
    label: object
    columns: Sequence[ImportColumn]
    check: Callable[[Sequence[Row], Options], Mapping[int, str]]
    apply: Callable[[Sequence[Row], Options, audit.Actor], Sequence[int] | int]
    permission: StrEnum
    options: Sequence[ImportOption] = ()
    is_personal: bool = False
    template: str = ""
    headers: Callable[[Options], Mapping[str, str]] = _no_headers
    changes: Changes | None = None
    undo: Callable[[Sequence[int], audit.Actor], Mapping[int, str]] | None = None

    @property
    def template_name(self) -> str:
        """The file name of the template, without its ending."""
        return self.template or str(self.label)

    @property
    def modes(self) -> Sequence[Mode]:
        """What an import of this kind may do with its rows."""
        return tuple(Mode) if self.changes else (Mode.CREATE,)

    def column(self, key: str) -> ImportColumn:
        """Return a column by key; StopIteration for none."""
        return next(one for one in self.columns if one.key == key)


_kinds: dict[str, ImportKind] = {}


def register_kind(kind: ImportKind) -> ImportKind:
    """Offer a kind of row for import."""
    if kind.name in _kinds:
        raise ValueError(f"{kind.name} is registered twice")
    if kind.changes and not set(kind.changes.keys) <= {one.key for one in kind.columns}:
        raise ValueError(f"{kind.name} has keys that are no columns")
    _kinds[kind.name] = kind
    return kind


def kinds() -> Mapping[str, ImportKind]:
    """Return every kind by name."""
    return dict(_kinds)


def find_kind(name: str) -> ImportKind | None:
    """Return a kind by name, or None."""
    return _kinds.get(name)
