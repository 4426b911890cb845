"""Taking checked rows in, by the import's policy, and taking away again what they made."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from flask_babel import force_locale
from sqlalchemy import delete, func, select, update

from kit import audit, clock
from kit.crash import crash_point
from kit.db import session, transaction
from kit.errors import Refused
from kit.i18n import gettext as _
from kit.jobs import JobRun, Stopped
from tenants.bulk import acting, events, layouts, services, telling
from tenants.bulk.models import Import, ImportResult, ImportRow, ImportState
from tenants.bulk.options import LOCALE, POLICY, UNDO_BY
from tenants.bulk.registry import ErrorPolicy, ImportKind, Options, find_kind
from tenants.bulk.staging import (
    Line,
    Twice,
    count_rows,
    find_import,
    judge,
    staged_lines,
)

_TIMES = 5
"""How often a part is judged again whose rows others have spoilt meanwhile."""


def apply_rows(run: JobRun, import_id: str) -> None:
    """Take an import's good rows in: all in one transaction, or thousand after thousand."""
    brought = find_import(import_id)
    if brought is None or brought.state != ImportState.APPLYING:
        return
    kind = find_kind(brought.kind)
    if kind is None:
        raise LookupError(brought.kind)
    options = dict(brought.options)
    number = brought.id
    kind = layouts.shaped(kind, options)
    with force_locale(options[LOCALE]):
        try:
            run.once("begin", lambda: _begin(number))
            if options.get(POLICY, ErrorPolicy.ALL) == ErrorPolicy.ALL:
                _apply_whole(run, number, kind, options)
            else:
                _apply_parts(run, number, kind, options)
        except Stopped as stopped:
            if stopped.state is not None:
                _stop(number, kind)
            raise


def _stop(number: int, kind: ImportKind) -> None:
    """Leave an import that was stopped as it stands: ended with what it took in, or to be decided.

    What was taken in can be undone like any import's rows.
    """
    with transaction(even_read_only=True):
        brought = _locked(number)
        if brought.state != ImportState.APPLYING:
            return
        if brought.created_count or brought.changed_count:
            services.drop_rows(brought)
            _end(brought, kind)
            brought.problem = _("It was stopped; the rows that were taken in stay.")
        else:
            brought.state = ImportState.CHECKED
            brought.problem = _("It was stopped before a row was taken in.")


def _begin(number: int) -> None:
    session().get_one(Import, number).begun_at = clock.now()


def _apply_whole(run: JobRun, number: int, kind: ImportKind, options: Options) -> None:
    try:
        run.once("apply", lambda: _apply_all(run, number, kind, options))
    except Refused as refusal:
        sentence = str(refusal)
        run.once("check again", lambda: _check_again(number, kind, options, sentence))


def _apply_all(run: JobRun, number: int, kind: ImportKind, options: Options) -> None:
    brought = _locked(number)
    total, done = brought.good_count, 0
    for part in staged_lines(number, kind):
        _take_in(brought, kind, options, part)
        crash_point("import.taking_in")
        done += len(part)
        run.progress(done, total)
    services.drop_rows(brought)
    _end(brought, kind)


def _apply_parts(run: JobRun, number: int, kind: ImportKind, options: Options) -> None:
    """Take rows in part by part; a part that is refused is judged again and loses its wrong rows.

    A part's rows leave the staging table in the transaction that takes them in: a job that was
    killed and runs again finds only what is left.
    """
    is_stopping = options[POLICY] == ErrorPolicy.STOP
    below = _first_wrong(number) if is_stopping else None
    total = session().get_one(Import, number).good_count
    done = total - _left(number)
    for part in staged_lines(number, kind, below=below):
        for attempt in range(_TIMES):
            good = [line for line in part if not line.problems]
            if not good:
                break
            try:
                run.once(
                    f"apply {part[0].line} {attempt}",
                    partial(_apply_part, number, kind, options, good),
                )
            except Refused as refusal:
                run.once(
                    f"judge {part[0].line} {attempt}",
                    partial(_judge_again, number, kind, options, good, str(refusal)),
                )
                if is_stopping:
                    first = next(line.line for line in good if line.problems)
                    for line in good:
                        if line.line > first:
                            line.problems.append("")
                    below = first
                continue
            break
        crash_point("import.part_taken_in")
        done += len(part)
        run.progress(done, max(done, total))
        if is_stopping and any(line.problems for line in part):
            break
    run.once("end", lambda: _end(_locked(number), kind))


def _first_wrong(number: int) -> int | None:
    return session().scalar(
        select(func.min(ImportRow.line)).where(
            ImportRow.import_id == number, ImportRow.problem != ""
        )
    )


def _left(number: int) -> int:
    return (
        session().scalar(
            select(func.count()).where(ImportRow.import_id == number, ImportRow.problem == "")
        )
        or 0
    )


def _apply_part(number: int, kind: ImportKind, options: Options, part: Sequence[Line]) -> None:
    brought = _locked(number)
    # Only what is still staged: of two runs of one job that cut the rows into other parts, the
    # second must not take in again what the first has.
    left = set(
        session().scalars(
            delete(ImportRow)
            .where(
                ImportRow.import_id == number,
                ImportRow.line.between(part[0].line, part[-1].line),
                ImportRow.problem == "",
            )
            .returning(ImportRow.line)
            .execution_options(synchronize_session=False)
        )
    )
    _take_in(brought, kind, options, [line for line in part if line.line in left])
    crash_point("import.taking_in")


def _take_in(brought: Import, kind: ImportKind, options: Options, part: Sequence[Line]) -> None:
    by = acting.person(brought)
    new = [line.row for line in part if line.target is None]
    old = [line.row for line in part if line.target is not None]
    if new:
        made = kind.apply(new, options, by)
        brought.created_count += made if isinstance(made, int) else len(made)
        if not isinstance(made, int):
            session().add(
                ImportResult(
                    import_id=brought.id,
                    lines=[row.line for row in new],
                    record_ids=list(made),
                    kept={},
                )
            )
    if old:
        assert kind.changes is not None
        brought.changed_count += kind.changes.apply(old, options, by)


def _end(brought: Import, kind: ImportKind) -> None:
    brought.good_count = brought.created_count + brought.changed_count
    brought.bad_count = brought.row_count - brought.good_count
    services.end(brought, ImportState.APPLIED)
    audit.record(
        events.APPLIED,
        brought,
        by=acting.person(brought),
        kind=kind.name,
        count=brought.good_count,
        created=brought.created_count,
        changed=brought.changed_count,
    )
    telling.tell(telling.APPLIED, brought, good=f"{brought.good_count:,}")


def _check_again(number: int, kind: ImportKind, options: Options, sentence: str) -> None:
    """Note what is wrong meanwhile: nothing was saved, and the person decides anew."""
    with transaction() as current:
        brought = current.get_one(Import, number, populate_existing=True)
        twice = Twice(kind)
        for part in staged_lines(number, kind):
            for line in part:
                line.problems += twice.problems(line.line, line.values)
            _judge(brought, kind, options, part)
            _write_problems(number, part)
        count_rows(brought)
        brought.state = ImportState.CHECKED
        brought.problem = sentence


def _judge_again(
    number: int, kind: ImportKind, options: Options, part: Sequence[Line], sentence: str
) -> None:
    """Mark the rows of a part that have become wrong; all of it when none can be told apart."""
    brought = _locked(number)
    _judge(brought, kind, options, part)
    if not any(line.problems for line in part):
        for line in part:
            line.problems = [sentence]
    _write_problems(number, part)


def _judge(brought: Import, kind: ImportKind, options: Options, part: Sequence[Line]) -> None:
    try:
        by = acting.person(brought)
    except Refused as refusal:
        for line in part:
            line.problems.append(str(refusal))
        return
    judge(kind, options, part, by)


def _write_problems(number: int, part: Sequence[Line]) -> None:
    for line in part:
        if line.problems:
            session().execute(
                update(ImportRow)
                .where(ImportRow.import_id == number, ImportRow.line == line.line)
                .values(problem=" ".join(line.problems))
            )


def _locked(number: int) -> Import:
    return session().get_one(Import, number, with_for_update=True, populate_existing=True)


def undo_rows(run: JobRun, import_id: str) -> None:
    """Take away the records that an import made, part by part; what was used since stays."""
    brought = find_import(import_id)
    if brought is None or not services.is_undoing(brought):
        return
    kind = find_kind(brought.kind)
    if kind is None or kind.undo is None:
        raise LookupError(brought.kind)
    number, total = brought.id, brought.created_count
    parts = session().scalars(
        select(ImportResult.id).where(ImportResult.import_id == number).order_by(ImportResult.id)
    )
    done = 0
    with force_locale(brought.options[LOCALE]):
        for part in parts.all():
            run.once(f"undo {part}", partial(_undo_part, number, kind, part))
            crash_point("import.part_undone")
            done += len(session().get_one(ImportResult, part).lines)
            run.progress(done, max(done, total))
        run.once("end", lambda: _end_undo(number))


def _undo_part(number: int, kind: ImportKind, part: int) -> None:
    assert kind.undo is not None
    brought = _locked(number)
    result = session().get_one(ImportResult, part)
    kept: Mapping[int, Any] = kind.undo(result.record_ids, _undoer(brought))
    lines = dict(zip(result.record_ids, result.lines, strict=True))
    result.kept = {str(lines[record]): sentence for record, sentence in kept.items()}
    brought.undone_count += len(result.record_ids) - len(kept)


def _undoer(brought: Import) -> audit.Actor:
    asked = brought.options[UNDO_BY]
    if brought.actor_kind != "user" and asked == brought.actor_id:
        return acting.person(brought)
    return acting.entitled(brought, asked)


def _end_undo(number: int) -> None:
    brought = _locked(number)
    brought.undone_at = clock.now()
    audit.record(
        events.UNDONE,
        brought,
        by=_undoer(brought),
        kind=brought.kind,
        count=brought.undone_count,
        kept=brought.created_count - brought.undone_count,
    )
