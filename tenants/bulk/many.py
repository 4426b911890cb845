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
from kit.web.listing.bulk import BulkVerb, Outcome, find_verb
from tenants.accounts.models import User
from tenants.bulk import telling
from tenants.bulk.exporting.writing import as_person
from tenants.bulk.models import BulkRow, BulkRun

_AT_ONCE = 200


def begin(
    verb: BulkVerb, keys: Sequence[str], values: Mapping[str, str], *, back: str, by: User
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
        made.job_id = jobs.enqueue(do_with_each, run_id=made.public_id)
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
    """Do the rows that wait, each in a transaction of its own; tell the person at the end."""
    made = find_run(run_id)
    verb = find_verb(made.verb) if made is not None else None
    if made is None or verb is None or made.finished_at is not None:
        return
    number, total, values = made.id, made.row_count, made.values
    with force_locale(made.locale), as_person(made.user, verb.permission):
        last = 0
        while waiting := _waiting(number, after=last):
            for place in waiting:
                _settle(number, place, verb, values)
                crash_point("bulk.row_done")
                last = place
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


def _settle(number: int, place: int, verb: BulkVerb, values: Mapping[str, str]) -> None:
    """Do the verb with one row and write down what became of it, both or neither."""
    called = ""
    try:
        with transaction() as work:
            row = _locked(number, place)
            if row is None:
                return
            person = work.get_one(BulkRun, number).user
            if not person.is_active or not person.can(verb.permission):
                raise Forbidden(row.record_id)  # noqa: TRY301 - what follows is the same
            found = verb.fetch(row.record_id, person)
            called = str(verb.name(found))[:200]
            verb.act(found, person, values)
            row.name, row.outcome = called, Outcome.DONE
            crash_point("bulk.row_open")
        return
    except Missing:
        outcome, sentence = Outcome.GONE, ""
    except Forbidden:
        outcome, sentence = Outcome.DENIED, ""
    except Refused as refusal:
        outcome, sentence = Outcome.REFUSED, str(refusal)
    with transaction():
        row = _locked(number, place)
        if row is not None:
            row.name, row.outcome, row.sentence = called, outcome, sentence


def _locked(number: int, place: int) -> BulkRow | None:
    """Return a row that waits, locked; None when it is settled or in another worker's hand."""
    return (
        session()
        .scalars(
            select(BulkRow)
            .where(BulkRow.run_id == number, BulkRow.place == place, BulkRow.outcome.is_(None))
            .with_for_update(skip_locked=True)
        )
        .one_or_none()
    )


def forget_names(public_id: str) -> None:
    """Take the name of an erased person's record out of what was done with it."""
    with transaction() as work:
        work.execute(
            update(BulkRow).where(BulkRow.record_id == public_id).values(name="", sentence="")
        )
