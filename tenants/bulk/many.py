"""Something done with thousands of rows of a list: asked for, worked through, told of."""

from collections.abc import Mapping, Sequence

from flask_babel import force_locale
from sqlalchemy import func, insert, select, update

from kit import clock, ids, jobs
from kit.crash import crash_point
from kit.db import session, transaction
from kit.errors import Forbidden, Missing, Refused
from kit.i18n import current_locale
from kit.jobs import JobRun
from kit.web.listing.bulk import (
    MOST_SELECTED,
    Outcome,
    RowResult,
    SetVerb,
    Verb,
    find_verb,
)
from tenants.accounts.models import User
from tenants.bulk import telling
from tenants.bulk.exporting.writing import as_person
from tenants.bulk.models import BulkRow, BulkRun

_AT_ONCE = MOST_SELECTED


def begin(
    verb: Verb, keys: Sequence[str], values: Mapping[str, str], *, back: str, by: User
) -> BulkRun:
    """Have something done with each of these rows in the background."""
    from tenants.bulk.jobs import do_with_each

    with transaction() as work:
        made = BulkRun(
            verb=verb.code,
            values=dict(values),
            user_id=by.id,
            row_count=len(keys),
            back=back,
            locale=current_locale(),
        )
        work.add(made)
        work.flush()
        work.execute(
            insert(BulkRow),
            [
                {
                    "public_id": public_id,
                    "created_at": clock.now(),
                    "run_id": made.id,
                    "place": place,
                    "record_id": key,
                    "name": "",
                    "sentence": "",
                }
                for place, (key, public_id) in enumerate(
                    zip(keys, ids.many(len(keys)), strict=True), 1
                )
            ],
        )
        made.job_id = jobs.enqueue(do_with_each, asked_by=by.public_id, run_id=made.public_id)
        return made


def find_run(public_id: str) -> BulkRun | None:
    """Return a run by its public id, or None."""
    return session().scalars(select(BulkRun).where(BulkRun.public_id == public_id)).one_or_none()


def counts(made: BulkRun) -> tuple[int, int]:
    """Return how many rows are settled, and how many of these were done."""
    settled, done = (
        session()
        .execute(
            select(
                func.count(BulkRow.outcome),
                func.count().filter(BulkRow.outcome == Outcome.DONE),
            ).where(BulkRow.run_id == made.id)
        )
        .one()
    )
    return settled, done


def work_through(run: JobRun, run_id: str) -> None:
    """Do the rows that wait, each for itself or a set at a time; tell the person at the end."""
    made = find_run(run_id)
    verb = find_verb(made.verb) if made is not None else None
    if made is None or verb is None or made.finished_at is not None:
        return
    number, total, values = made.id, made.row_count, made.values
    with force_locale(made.locale), as_person(made.user, verb.permission):
        last = 0
        while waiting := _waiting(number, after=last):
            for places in [waiting] if isinstance(verb, SetVerb) else [[one] for one in waiting]:
                _settle(number, places, verb, values)
                crash_point("bulk.row_done")
            last = waiting[-1]
            session().rollback()
            settled, _done = counts(session().get_one(BulkRun, number))
            run.progress(settled, total)
    with transaction() as work:
        made = work.get_one(BulkRun, number, with_for_update=True, populate_existing=True)
        settled, done = counts(made)
        # Another worker, who was thought dead, may still have a row in hand: he ends it.
        if settled == total and made.finished_at is None:
            made.finished_at = clock.now()
            telling.tell_of_run(made, done=done, rest=total - done)
    run.progress(settled, total)


def _waiting(number: int, *, after: int) -> Sequence[int]:
    return (
        session()
        .scalars(
            select(BulkRow.place)
            .where(BulkRow.run_id == number, BulkRow.place > after, BulkRow.outcome.is_(None))
            .order_by(BulkRow.place)
            .limit(_AT_ONCE)
        )
        .all()
    )


def _settle(number: int, places: Sequence[int], verb: Verb, values: Mapping[str, str]) -> None:
    """Do the verb with rows and write down what became of each, both or neither."""
    called = ""
    try:
        with transaction() as work:
            rows = _locked(number, places)
            if not rows:
                return
            person = work.get_one(BulkRun, number).user
            refused = verb.permission is not None and not person.can(verb.permission)
            if not person.is_active or refused:
                raise Forbidden(rows[0].record_id)  # noqa: TRY301 - what follows is the same
            if isinstance(verb, SetVerb):
                _note(rows, verb.act([row.record_id for row in rows], person, values))
            else:
                found = verb.fetch(rows[0].record_id, person, values)
                called = str(verb.name(found))
                verb.act(found, person, values)
                _note(rows, [RowResult(called, Outcome.DONE)])
            crash_point("bulk.row_open")
        return
    except Missing:
        outcome, sentence = Outcome.GONE, ""
    except Forbidden:
        outcome, sentence = Outcome.DENIED, ""
    except Refused as refusal:
        outcome, sentence = Outcome.REFUSED, str(refusal)
    with transaction():
        rows = _locked(number, places)
        _note(rows, [RowResult(called, outcome, sentence)] * len(rows))


def _note(rows: Sequence[BulkRow], results: Sequence[RowResult]) -> None:
    for row, result in zip(rows, results, strict=True):
        row.name, row.outcome, row.sentence = result.name[:200], result.outcome, result.sentence


def _locked(number: int, places: Sequence[int]) -> Sequence[BulkRow]:
    """Return the rows of these that wait, locked; without those in another worker's hand."""
    return (
        session()
        .scalars(
            select(BulkRow)
            .where(BulkRow.run_id == number, BulkRow.place.in_(places), BulkRow.outcome.is_(None))
            .order_by(BulkRow.place)
            .with_for_update(skip_locked=True)
        )
        .all()
    )


def forget_names(public_id: str) -> None:
    """Take the name of an erased person's record out of what was done with it."""
    with transaction() as work:
        work.execute(
            update(BulkRow).where(BulkRow.record_id == public_id).values(name="", sentence="")
        )
