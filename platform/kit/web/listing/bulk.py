"""Things done with many rows: which were selected, each done by itself, a result for each.

Up to `MOST_SELECTED` are done while the person waits. A `BulkVerb` or `SetVerb` may be done with
more: then by a job, which knows it by its code, with progress and a result for each row.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from flask import Response
from werkzeug.wrappers import Response as BaseResponse

from kit.errors import Forbidden, Missing, Refused
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from kit.web import answers

MOST_SELECTED = 500
MOST_IN_BACKGROUND = 10_000
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


@dataclass(frozen=True, kw_only=True)
class BulkVerb:
    """One thing that can be done with many rows, also by a job that starts hours later.

    `fetch(key, person, values)` asks for the right to the row, as its page does (alone, without a
    `permission`); `act(row, person, values)` is a verb, a transaction of its own; `values` is what
    a form asked for, plain texts.
    """

    code: str
    title: object
    permission: StrEnum | None
    fetch: Callable[[str, Any, Mapping[str, str]], Any]
    act: Callable[[Any, Any, Mapping[str, str]], object]
    name: Callable[[Any], object]


@dataclass(frozen=True, kw_only=True)
class SetVerb:
    """One thing that is done with many rows together, such as a delivery that has one note.

    `act(keys, person, values)` is one transaction for at most `MOST_SELECTED` rows: it asks for
    the right to each and returns what became of them, in their order; or refuses all.
    """

    code: str
    title: object
    permission: StrEnum
    act: Callable[[Sequence[str], Any, Mapping[str, str]], Sequence[RowResult]]


Verb = BulkVerb | SetVerb
_Verb = TypeVar("_Verb", BulkVerb, SetVerb)
Begin = Callable[[Verb, Sequence[str], Mapping[str, str], str], BaseResponse]
_verbs: dict[str, Verb] = {}
_background: list[Begin] = []


def register_verb(verb: _Verb) -> _Verb:
    """Let a verb be done with more rows than a request can."""
    if _verbs.setdefault(verb.code, verb) is not verb:
        raise ValueError(f"the verb {verb.code} is registered twice")
    return verb


def find_verb(code: str) -> Verb | None:
    """Return a registered verb by its code, or None."""
    return _verbs.get(code)


def use_background(begin: Begin) -> None:
    """Say who does verbs with many rows in the background; it answers with where that is seen."""
    _background[:] = [begin]


def do_with_each(
    verb: Verb,
    keys: Sequence[str],
    *,
    person: Any,
    values: Mapping[str, str] | None = None,
    back: str,
) -> BaseResponse:
    """Do a verb with each row, now or in the background, and answer with what became of each."""
    values = values or {}
    if len(keys) > MOST_SELECTED and _background:
        return _background[0](verb, keys, values, back)
    refuse_too_many(len(keys))
    return show_results(results_of(verb, keys, person, values), title=verb.title, back=back)


def results_of(
    verb: Verb, keys: Sequence[str], person: Any, values: Mapping[str, str]
) -> Sequence[RowResult]:
    """Do a verb with each row now, and return what became of each; a `SetVerb` may refuse all."""
    if isinstance(verb, SetVerb):
        return verb.act(keys, person, values)
    return for_each(
        keys,
        lambda key: verb.fetch(key, person, values),
        lambda row: verb.act(row, person, values),
        name=verb.name,
    )


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


def refuse_too_many(count: int, *, most: int = MOST_SELECTED) -> None:
    """Refuse a selection that cannot be worked through."""
    if count > most:
        raise Refused(
            _(
                "At most %(count)s records can be handled at once. Choose fewer.",
                count=f"{most:,}",
            )
        )


def selected_keys(form: Any, *, most: int = MOST_SELECTED) -> list[str]:
    """Return the keys that a form names one by one, each once."""
    keys = list(dict.fromkeys(key for key in form.getlist("ids") if key))
    refuse_too_many(len(keys), most=most)
    return [key for key in keys if len(key) <= 64 and key.isprintable()]
