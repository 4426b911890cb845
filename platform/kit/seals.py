"""Seals over the audit log: a job chains batches of rows into the cell, where no workspace writes.

A seal holds the id and the SHA-256 of each row of its batch, and a digest of all that and of the
seal before it. Whoever changes, removes or slips in a row afterwards, even as a superuser, is found
by `verify`, unless he also makes every later seal anew; the head that the log of each run names,
kept elsewhere, gives that away, too.
"""

import hashlib
import json
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Column,
    DateTime,
    LargeBinary,
    PrimaryKeyConstraint,
    Row,
    Table,
    Text,
    func,
    literal,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import insert as upsert

from kit import clock, tenancy
from kit.audit import AuditEntry
from kit.db import session
from kit.db.session import apart
from kit.jobs.tables import cell_metadata

BATCH = 2_000
"""Rows of one seal."""
GRACE = timedelta(hours=1)
"""How much later than its time a row may appear: no verb's transaction is open for longer."""
NAMED = 50
"""Findings of a kind that a report names; the rest are counted."""
_SIZE = hashlib.sha256().digest_size
_FIRST = bytes(_SIZE)
_log = structlog.get_logger("kit.seals")

cell_seals = Table(
    "seals",
    cell_metadata,
    Column("workspace", Text, nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("sealed_at", DateTime(timezone=True), nullable=False),
    Column("newest_at", DateTime(timezone=True), nullable=False),
    Column("first_id", BigInteger, nullable=False),
    Column("last_id", BigInteger, nullable=False),
    Column("row_ids", ARRAY(BigInteger), nullable=False),
    Column("row_digests", LargeBinary, nullable=False),
    Column("previous", LargeBinary, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    PrimaryKeyConstraint("workspace", "number"),
)

# What a row said, all of it. A column that comes later is added at the end and left out of the
# digest where it is empty, so that old rows keep theirs.
_FIELDS = (
    *("id", "public_id", "created_at", "event", "subject_kind", "subject_id"),
    *("actor_kind", "actor_id", "actor_name", "details", "address"),
)
_LATER = ("device",)
_ROW = select(*(getattr(AuditEntry, name) for name in (*_FIELDS, *_LATER))).order_by(AuditEntry.id)


@dataclass(frozen=True, slots=True)
class Sealed:
    """How far the open workspace's log is sealed."""

    number: int
    at: datetime
    head: str


@dataclass(slots=True)
class Findings:
    """Rows of one kind of finding: how many, and the ids of the first."""

    count: int = 0
    ids: list[int] = field(default_factory=list)

    def add(self, *found: int) -> None:
        """Count rows, and name them while there is room."""
        self.count += len(found)
        self.ids += found[: max(0, NAMED - len(self.ids))]


@dataclass(slots=True)
class Report:
    """What comparing a log with its seals found.

    `waiting` rows came after the last seal; `inserted` ones are older than it and in no seal;
    `broken` are numbers of seals that do not fit the one before, or their own digest.
    """

    proven: int = 0
    waiting: Findings = field(default_factory=Findings)
    altered: Findings = field(default_factory=Findings)
    missing: Findings = field(default_factory=Findings)
    inserted: Findings = field(default_factory=Findings)
    broken: Findings = field(default_factory=Findings)
    sealed: Sealed | None = None

    @property
    def is_whole(self) -> bool:
        """Whether the log says what it said when it was sealed."""
        return not any(
            one.count for one in (self.altered, self.missing, self.inserted, self.broken)
        )


def row_digest(row: Row[Any]) -> bytes:
    """Return the SHA-256 of an audit row in its canonical form."""
    values = row._asdict()
    values["created_at"] = values["created_at"].astimezone(UTC).isoformat()
    kept: list[object] = [values[name] for name in _FIELDS]
    kept += [[name, values[name]] for name in _LATER if values[name] is not None]
    return hashlib.sha256(_canonical(kept)).digest()


def _canonical(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _seal_digest(values: dict[str, Any]) -> bytes:
    head = [values["workspace"], values["number"]]
    head += [values[name].astimezone(UTC).isoformat() for name in ("sealed_at", "newest_at")]
    digest = hashlib.sha256(values["previous"])
    digest.update(_canonical([*head, list(values["row_ids"])]))
    digest.update(values["row_digests"])
    return digest.digest()


def last_seal() -> Sealed | None:
    """Return how far the open workspace's log is sealed; None before the first seal."""
    row = (
        session()
        .execute(
            select(cell_seals.c.number, cell_seals.c.sealed_at, cell_seals.c.digest)
            .where(cell_seals.c.workspace == tenancy.current().schema)
            .order_by(cell_seals.c.number.desc())
            .limit(1)
        )
        .first()
    )
    return Sealed(row.number, row.sealed_at, bytes(row.digest).hex()) if row else None


def seal() -> int:
    """Seal what the open workspace's log has more than its seals; return how many rows.

    Two at once do no harm: one of them finds the number taken. A row that claims to be much older
    than what is sealed is left out for good, so that `verify` names it.
    """
    workspace = tenancy.current()
    last, open_ids, floor = _last(workspace)
    count = 0
    if last is not None and floor is not None:
        late = _late(floor, last["last_id"], open_ids)
        if late:
            last = _write(workspace, last, late)
            count += len(late) if last is not None else 0
    cursor = last["last_id"] if last is not None else 0
    while rows := session().execute(_ROW.where(AuditEntry.id > cursor).limit(BATCH)).all():
        session().rollback()
        cursor = rows[-1].id
        bound = last["newest_at"] - GRACE if last is not None else None
        fit = [row for row in rows if bound is None or row.created_at >= bound]
        if fit:
            written = _write(workspace, last, fit)
            if written is None:
                break
            last = written
            count += len(fit)
        if len(rows) < BATCH:
            break
    session().rollback()
    return count


def _last(workspace: tenancy.Workspace) -> tuple[dict[str, Any] | None, set[int], int | None]:
    """Return the last seal, and the ids in those seals that a row may still be late for."""
    own = cell_seals.c.workspace == workspace.schema
    with apart(workspace.cell) as jobs:
        row = jobs.execute(
            select(cell_seals).where(own).order_by(cell_seals.c.number.desc()).limit(1)
        ).one_or_none()
        recent = jobs.execute(
            select(cell_seals.c.first_id, cell_seals.c.row_ids).where(
                own, cell_seals.c.newest_at > clock.now() - GRACE
            )
        ).all()
    ids = {one for seal in recent for one in seal.row_ids}
    floor = min((seal.first_id for seal in recent), default=None)
    return (row._asdict() if row is not None else None), ids, floor


def _late(floor: int, last_id: int, known: set[int]) -> list[Row[Any]]:
    """Return rows whose transaction was under way when their neighbours were sealed."""
    rows = session().execute(
        _ROW.where(
            AuditEntry.id.between(floor, last_id), AuditEntry.created_at > clock.now() - GRACE
        )
    )
    late = [row for row in rows if row.id not in known][:BATCH]
    session().rollback()
    return late


def _write(
    workspace: tenancy.Workspace, last: dict[str, Any] | None, rows: Sequence[Row[Any]]
) -> dict[str, Any] | None:
    """Write a seal over rows as the jobs' role; None when another took the number."""
    newest = max(row.created_at for row in rows)
    values: dict[str, Any] = {
        "workspace": workspace.schema,
        "number": last["number"] + 1 if last else 1,
        "sealed_at": clock.now(),
        "newest_at": max(newest, last["newest_at"]) if last else newest,
        "first_id": rows[0].id,
        # What came late does not draw the end back.
        "last_id": max(rows[-1].id, last["last_id"] if last else 0),
        "row_ids": [row.id for row in rows],
        "row_digests": b"".join(map(row_digest, rows)),
        "previous": last["digest"] if last else _FIRST,
    }
    values["digest"] = _seal_digest(values)
    # Not while the workspace moves: the copy of its seals may have been taken.
    at_home = text("SELECT 1 FROM workspaces WHERE workspace = :schema AND state = 'live'")
    with apart(workspace.cell) as jobs:
        if jobs.scalar(at_home, {"schema": workspace.schema}) is None:
            return None
        made = jobs.execute(
            upsert(cell_seals)
            .values(**values)
            .on_conflict_do_nothing()
            .returning(cell_seals.c.number)
        ).one_or_none()
    if made is None:
        return None
    _log.info(
        "audit.sealed",
        workspace=workspace.schema,
        number=values["number"],
        rows=len(rows),
        head=values["digest"].hex(),
    )
    return values


def verify() -> Report:
    """Compare the open workspace's log with its seals, row by row."""
    report = Report()
    known = array("q")
    newest: datetime | None = None
    previous, number = _FIRST, 0
    for seal in _seals():
        number += 1
        fits = (
            seal["number"] == number
            and bytes(seal["previous"]) == previous
            and bytes(seal["digest"]) == _seal_digest(seal)
        )
        if not fits:
            report.broken.add(seal["number"])
            number = seal["number"]
        previous = bytes(seal["digest"])
        newest = seal["newest_at"]
        report.sealed = Sealed(seal["number"], seal["sealed_at"], previous.hex())
        known.extend(seal["row_ids"])
        _compare(seal, report)
    _unknown(array("q", sorted(known)), newest, report)
    session().rollback()
    return report


def _seals() -> Iterator[dict[str, Any]]:
    workspace = tenancy.current()
    number = 0
    while True:
        row = (
            session()
            .execute(
                select(cell_seals)
                .where(cell_seals.c.workspace == workspace.schema, cell_seals.c.number > number)
                .order_by(cell_seals.c.number)
                .limit(1)
            )
            .one_or_none()
        )
        if row is None:
            return
        number = row.number
        yield row._asdict()


def _compare(seal: dict[str, Any], report: Report) -> None:
    ids, digests = seal["row_ids"], bytes(seal["row_digests"])
    wanted = {one: digests[place * _SIZE : (place + 1) * _SIZE] for place, one in enumerate(ids)}
    rows = session().execute(
        _ROW.where(AuditEntry.id == func.any(literal(list(ids), ARRAY(BigInteger))))
    )
    for row in rows:
        if row_digest(row) == wanted.pop(row.id):
            report.proven += 1
        else:
            report.altered.add(row.id)
    report.missing.add(*sorted(wanted))


def _unknown(known: "array[int]", newest: datetime | None, report: Report) -> None:
    """Sort the rows that are in no seal: into those that wait, and those that were slipped in."""
    cursor = -(2**63)
    place = select(AuditEntry.id, AuditEntry.created_at).order_by(AuditEntry.id)
    while rows := session().execute(place.where(AuditEntry.id > cursor).limit(10_000)).all():
        cursor = rows[-1].id
        sealed = set(known[bisect_left(known, rows[0].id) : bisect_right(known, cursor)])
        for row in rows:
            if row.id in sealed:
                continue
            is_old = newest is not None and row.created_at < newest - GRACE
            (report.inserted if is_old else report.waiting).add(row.id)
