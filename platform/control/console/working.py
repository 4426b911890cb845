"""Verbs of operators on background work: retry, discard, cancel, pause, and set shares."""

import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, func, update
from sqlalchemy.dialects.postgresql import insert as upsert

from kit import audit, clock
from kit.db import apart, control_transaction
from kit.errors import Refused
from kit.i18n import gettext as _
from kit.jobs import wishes
from kit.jobs.bell import ring
from kit.jobs.tables import Place

RETRIED = audit.Event.named("job:retried", "kind", "cell")
DISCARDED = audit.Event.named("job:discarded", "kind", "cell")
CANCELLED = audit.Event.named("job:cancelled", "kind", "cell")
CAUSE_RETRIED = audit.Event.named("jobs:retried", "kind", "cell", "error", "count")
CAUSE_DISCARDED = audit.Event.named("jobs:discarded", "kind", "cell", "error", "count")
PAUSED = audit.Event.named("jobs:paused", "kind", "cell")
RESUMED = audit.Event.named("jobs:resumed", "kind", "cell")
SHARED = audit.Event.named("jobs:shared", "cell", "weight", "in_flight", "per_minute", "reason")


@dataclass(frozen=True, slots=True)
class PieceOfWork:
    """A row of an outbox, in the audit log."""

    public_id: str


@dataclass(frozen=True, slots=True)
class WorkOf:
    """All work of a workspace, or of a kind, in the audit log."""

    public_id: str


def retry_job(place: Place, *, workspace: str, job_id: uuid.UUID, by: audit.Actor) -> None:
    """Have a dead piece of background work tried again from its first attempt.

    Refused when it is not dead. Its effects remain, so steps that were done are not done twice.
    """
    kind = _kind_of(place, workspace, job_id)
    if not wishes.revive(place, _one(place, workspace, job_id)):
        raise Refused(_("This piece of work is not dead; perhaps it was tried again already."))
    _record(RETRIED, PieceOfWork(str(job_id)), place, by, kind=kind)


def discard_job(place: Place, *, workspace: str, job_id: uuid.UUID, by: audit.Actor) -> None:
    """Give a dead piece of work up; Refused when it is not dead."""
    kind = _kind_of(place, workspace, job_id)
    if not wishes.discard(place, _one(place, workspace, job_id)):
        raise Refused(_("This piece of work is not dead; perhaps it was tried again already."))
    _record(DISCARDED, PieceOfWork(str(job_id)), place, by, kind=kind)


def cancel_job(place: Place, *, workspace: str, job_id: uuid.UUID, by: audit.Actor) -> None:
    """Cancel a piece of work: at once when it waits, else at its next step."""
    kind = _kind_of(place, workspace, job_id)
    if not wishes.cancel(place, _one(place, workspace, job_id)):
        raise Refused(_("This piece of work has ended."))
    _record(CANCELLED, PieceOfWork(str(job_id)), place, by, kind=kind)


def retry_cause(place: Place, *, kind: str, error: str, by: audit.Actor) -> int:
    """Have all that died of a cause tried again; return how many pieces."""
    count = wishes.revive(place, _of_cause(place, kind, error))
    if not count:
        raise Refused(_("Nothing of this kind and cause is dead any more."))
    _record(CAUSE_RETRIED, WorkOf(kind), place, by, kind=kind, error=error, count=count)
    return count


def discard_cause(place: Place, *, kind: str, error: str, by: audit.Actor) -> int:
    """Give all up that died of a cause; return how many pieces."""
    count = wishes.discard(place, _of_cause(place, kind, error))
    if not count:
        raise Refused(_("Nothing of this kind and cause is dead any more."))
    _record(CAUSE_DISCARDED, WorkOf(kind), place, by, kind=kind, error=error, count=count)
    return count


def pause(place: Place, *, workspace: str, kind: str, by: audit.Actor) -> None:
    """Send no more work of a workspace, or of a kind; what is under way goes on."""
    _set(place, workspace, kind, paused_at=clock.now())
    _record(PAUSED, WorkOf(workspace or kind), place, by, kind=kind)


def resume(place: Place, *, workspace: str, kind: str, by: audit.Actor) -> None:
    """Send work again; Refused when it was not paused."""
    shares = place.shares
    with apart(place.cell) as own:
        resumed = own.scalar(
            update(shares)
            .where(
                shares.c.workspace == workspace,
                shares.c.kind == kind,
                shares.c.paused_at.is_not(None),
            )
            .values(paused_at=None)
            .returning(shares.c.kind)
        )
    if resumed is None:
        raise Refused(_("It is not paused."))
    _record(RESUMED, WorkOf(workspace or kind), place, by, kind=kind)
    ring()


def set_share(
    place: Place,
    workspace: str,
    *,
    weight: int | None,
    in_flight: int | None,
    per_minute: int | None,
    reason: str,
    by: audit.Actor,
) -> None:
    """Set what a workspace may have of the workers; None is as usual."""
    values = {"weight": weight, "in_flight": in_flight, "per_minute": per_minute, "reason": reason}
    _set(place, workspace, "", **values)
    _record(SHARED, WorkOf(workspace), place, by, **values)
    ring()


def _set(place: Place, workspace: str, kind: str, **values: Any) -> None:
    shares = place.shares
    with apart(place.cell) as own:
        own.execute(
            upsert(shares)
            .values(workspace=workspace, kind=kind, **values)
            .on_conflict_do_update(index_elements=[shares.c.workspace, shares.c.kind], set_=values)
        )


def _one(place: Place, workspace: str, job_id: uuid.UUID) -> ColumnElement[bool]:
    outbox = place.outbox
    return and_(outbox.c.workspace == workspace, outbox.c.id == job_id)


def _of_cause(place: Place, kind: str, error: str) -> ColumnElement[bool]:
    outbox = place.outbox
    return and_(outbox.c.kind == kind, func.coalesce(outbox.c.error, "") == error)


def _kind_of(place: Place, workspace: str, job_id: uuid.UUID) -> str:
    outbox = place.outbox
    with apart(place.cell) as own:
        kind: str | None = own.scalar(
            outbox.select().with_only_columns(outbox.c.kind).where(_one(place, workspace, job_id))
        )
    return kind or ""


def _record(
    event: audit.Event, subject: audit.Subject, place: Place, by: audit.Actor, **details: Any
) -> None:
    with control_transaction():
        audit.record_control(event, subject, by=by, cell=place.cell or "", **details)
