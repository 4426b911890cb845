"""Things done with many rows: which were selected, each done by itself, a result for each."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from flask import Response

from kit.errors import Forbidden, Missing, Refused
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from kit.web import answers

MOST_SELECTED = 500
_Row = TypeVar("_Row")


class Outcome(StrEnum):
    """What became of one row."""

    DONE = "done"
    REFUSED = "refused"
    DENIED = "denied"
    GONE = "gone"


WORDS = {
    Outcome.DONE: _l("Done"),
    Outcome.REFUSED: _l("Refused"),
    Outcome.DENIED: _l("You have no right to this one."),
    Outcome.GONE: _l("It is not there any more."),
}


@dataclass(frozen=True, slots=True)
class RowResult:
    """The result of one row: its name, what became of it, and why not."""

    name: str
    outcome: Outcome
    sentence: str = ""

    @property
    def words(self) -> object:
        return self.sentence or WORDS[self.outcome]

    @property
    def is_done(self) -> bool:
        return self.outcome == Outcome.DONE


def for_each(
    keys: Iterable[str],
    fetch: Callable[[str], _Row],
    act: Callable[[_Row], object],
    *,
    name: Callable[[_Row], object],
) -> list[RowResult]:
    """Do one thing with each row by itself, and return what became of each: none stops the rest.

    `fetch` asks for the right to the row, as the page of that row does; `act` is a verb, which is
    a transaction of its own.
    """
    results = []
    for key in dict.fromkeys(keys):
        try:
            row = fetch(key)
        except Missing:
            results.append(RowResult("", Outcome.GONE))
            continue
        except Forbidden:
            results.append(RowResult("", Outcome.DENIED))
            continue
        called = str(name(row))
        try:
            act(row)
        except Missing:
            results.append(RowResult(called, Outcome.GONE))
        except Forbidden:
            results.append(RowResult(called, Outcome.DENIED))
        except Refused as refusal:
            results.append(RowResult(called, Outcome.REFUSED, str(refusal)))
        else:
            results.append(RowResult(called, Outcome.DONE))
    return results


def show_results(results: Sequence[RowResult], *, title: object, back: str) -> Response:
    """Answer with a page that says of each row what became of it."""
    done = sum(one.is_done for one in results)
    # What was not done comes first: it is what the person must look at.
    ordered: list[RowResult] = sorted(results, key=lambda one: one.is_done)
    return answers.page(
        "kit/bulk_results.html",
        results=ordered,
        title=title,
        back=back,
        done=done,
        not_done=len(results) - done,
    )


def refuse_too_many(count: int) -> None:
    """Refuse a selection that one request cannot work through."""
    if count > MOST_SELECTED:
        raise Refused(
            _(
                "At most %(count)s records can be handled at once. Choose fewer.",
                count=MOST_SELECTED,
            )
        )


def selected_keys(form: Any) -> list[str]:
    """Return the keys that a form names one by one, each once."""
    keys = list(dict.fromkeys(key for key in form.getlist("ids") if key))
    refuse_too_many(len(keys))
    return [key for key in keys if len(key) <= 64 and key.isprintable()]
