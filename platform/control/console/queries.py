"""Questions of the console: lists of workspaces and builds, and how background work stands."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, literal, or_, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import joinedload

from control.console.models import Operator, OperatorSession
from control.operations.models import Operation
from control.provisioning.models import Build
from control.workspaces.models import Workspace
from kit import clock
from kit.audit import ControlAuditEntry
from kit.db import apart, control_session
from kit.jobs.tables import JobState, Place
from kit.settings import get_settings

CONTROL = "control"
SHOWN = 100


def workspaces() -> Select[Workspace]:
    """Return the list of all workspaces, to be filtered and paged."""
    return select(Workspace)


def matching(statement: Select[Workspace], word: str) -> Select[Workspace]:
    """Return the workspaces whose name or address has a word in it."""
    return statement.where(
        or_(
            Workspace.name.icontains(word, autoescape=True),
            Workspace.address.icontains(word, autoescape=True),
            Workspace.schema == word,
        )
    )


def builds() -> Select[Build]:
    """Return the list of all builds, to be filtered and paged."""
    return (
        select(Build)
        .join(Workspace, Workspace.id == Build.workspace_id)
        .options(joinedload(Build.workspace))
    )


def builds_of(workspace: Workspace) -> Sequence[Build]:
    """Return the builds of a workspace, newest first."""
    return (
        control_session()
        .scalars(select(Build).where(Build.workspace_id == workspace.id).order_by(Build.id.desc()))
        .all()
    )


def operations_of(workspace: Workspace) -> Sequence[Operation]:
    """Return what was asked to be done with a workspace as a whole, newest first."""
    return (
        control_session()
        .scalars(
            select(Operation)
            .where(Operation.workspace_id == workspace.id)
            .order_by(Operation.id.desc())
            .limit(SHOWN)
        )
        .all()
    )


def find_build(public_id: str) -> Build | None:
    """Return a build by its public id, or None."""
    return (
        control_session().scalars(select(Build).where(Build.public_id == public_id)).one_or_none()
    )


def log_of(subject_ids: Sequence[str]) -> Sequence[ControlAuditEntry]:
    """Return what happened to some things, newest first, at most a hundred entries."""
    return (
        control_session()
        .scalars(
            select(ControlAuditEntry)
            .where(ControlAuditEntry.subject_id.in_(subject_ids))
            .order_by(ControlAuditEntry.id.desc())
            .limit(SHOWN)
        )
        .all()
    )


def open_sessions(operator: Operator) -> Sequence[OperatorSession]:
    """Return an operator's sessions that are still open, newest first."""
    return (
        control_session()
        .scalars(
            select(OperatorSession)
            .where(
                OperatorSession.operator_id == operator.id,
                OperatorSession.ended_at.is_(None),
                OperatorSession.expires_at > clock.now(),
            )
            .order_by(OperatorSession.id.desc())
        )
        .all()
    )


@dataclass(frozen=True, slots=True)
class PlaceCounts:
    """How many pieces of background work of one place are in each state; None: no answer."""

    name: str
    counts: dict[JobState, int] | None


def place_names() -> list[str]:
    """Return where background work is kept: control and every cell."""
    return [CONTROL, *get_settings().cell_urls()]


def place_of(name: str) -> Place | None:
    """Return the place with a name, or None."""
    if name not in place_names():
        return None
    return Place(None if name == CONTROL else name)


def job_counts() -> list[PlaceCounts]:
    """Return the counts of each place; ended well is not counted."""
    return [
        PlaceCounts(name, _counts(Place(None if name == CONTROL else name)))
        for name in place_names()
    ]


def _counts(place: Place) -> dict[JobState, int] | None:
    outbox = place.outbox
    try:
        with apart(place.cell) as own:
            rows = own.execute(
                select(outbox.c.state, func.count())
                .where(outbox.c.state != JobState.DONE)
                .group_by(outbox.c.state)
            ).all()
    except (OperationalError, PoolTimeout):
        return None
    return {JobState(state): count for state, count in rows}


def unfinished_work(name: str, place: Place) -> Select[Any]:
    """Return the list of a place's work that is not done, without bodies: they are theirs."""
    outbox = place.outbox
    return select(
        literal(name).label("place"),
        outbox.c.workspace,
        outbox.c.id,
        outbox.c.kind,
        outbox.c.state,
        outbox.c.attempts,
        outbox.c.error,
        outbox.c.created_at,
        outbox.c.run_at,
        outbox.c.cancel_asked_at,
    ).where(outbox.c.state != JobState.DONE)


def schemas_matching(word: str) -> Sequence[str]:
    """Return the opaque ids of at most a hundred workspaces whose name or address has a word."""
    found = matching(select(Workspace), word).with_only_columns(Workspace.schema).limit(SHOWN)
    return control_session().scalars(found).all()


def workspace_names(schemas: set[str]) -> dict[str, str]:
    """Return the names of workspaces by opaque id."""
    rows = control_session().execute(
        select(Workspace.schema, Workspace.name).where(Workspace.schema.in_(schemas))
    )
    return {row.schema: row.name for row in rows}
