"""What a file is once it is read: a header, and rows of cells with their line numbers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kit.errors import Refused
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l

MOST_ROWS = 200_000
# Invisible signs that come along with what is copied from web pages and chats.
_BLANK = " \t\r\n\x0b\x0c\u00a0\u200b\u200c\u200d\u2060\u3000\ufeff"

FAULTY, UNCOUNTED, MERGED = "#ERROR!", "#NO VALUE!", "#MERGED!"
FLAWS: dict[str, object] = {
    FAULTY: _l("the formula in this cell has an error; type the value."),
    UNCOUNTED: _l("the formula in this cell has no result; open the file in Excel and save it."),
    MERGED: _l("the cell is merged with another one; undo that and fill in every row."),
}
"""What stands for a cell whose value the spreadsheet does not hold, and what to say about it."""


@dataclass(slots=True)  # Not frozen: an import makes them by the hundred thousand.
class Cell:
    """A cell as text; `is_number` tells that the spreadsheet held a number."""

    text: str
    is_number: bool = False


EMPTY = Cell("")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file's first row, how many rows may follow, and those rows with their line numbers."""

    header: Sequence[str]
    total: int
    rows: Iterator[tuple[int, Sequence[Cell]]]


def bare(text: str) -> str:
    """Return a text without blanks and invisible signs around it."""
    return text.strip(_BLANK)


def damaged() -> Refused:
    """Return the refusal of what cannot be read at all."""
    return Refused(
        _("This is not a spreadsheet we can read. Save it as .xlsx or .csv and try again."),
        field="file",
    )


def empty() -> Refused:
    """Return the refusal of a file without rows."""
    return Refused(_("The file has no rows below its header."), field="file")


def too_many(rows: int) -> Refused:
    """Return the refusal of a file with more rows than an import takes."""
    return Refused(
        _(
            "The file has %(rows)s rows; at most %(most)s fit. Split it.",
            rows=f"{rows:,}",
            most=f"{MOST_ROWS:,}",
        ),
        field="file",
    )
