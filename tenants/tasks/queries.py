"""Questions about tasks: which a person sees, one of them, and those of a batch."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, func, or_, select

from kit import tenancy
from kit.db import session
from kit.jobs.registry import registered
from kit.jobs.tables import ENDED, JobState, cell_outbox, cell_wishes
from tenants.accounts.models import User
from tenants.accounts.permissions import Permission

TASKS = cell_outbox.c
# Bodies stay where they are: they hold what the work needs, some of it sealed.
_SHOWN = (
    TASKS.id,
    TASKS.kind,
    TASKS.state,
    TASKS.attempts,
    TASKS.error,
    TASKS.done,
    TASKS.total,
    TASKS.step,
    TASKS.person,
    TASKS.batch,
    TASKS.follows,
    TASKS.created_at,
    TASKS.run_at,
    TASKS.begun_at,
    TASKS.begun_done,
    TASKS.ended_at,
    TASKS.deadline_at,
    TASKS.cancel_asked_at,
)


def tasks_of(person: User) -> Select[Any]:
    """Return the statement of the tasks that a person sees: his own, or everybody's.

    Parts of a batch stand on the page of the batch.
    """
    statement = select(*_SHOWN).where(
        TASKS.workspace == tenancy.current().schema, TASKS.batch.is_(None)
    )
    if person.can(Permission.Task.VIEW):
        return statement
    return statement.where(TASKS.person == person.public_id)


def find_task(task_id: UUID) -> Any:
    """Return a task of the open workspace, or None."""
    return (
        session()
        .execute(
            select(*_SHOWN).where(TASKS.workspace == tenancy.current().schema, TASKS.id == task_id)
        )
        .one_or_none()
    )


def name_of(person: str) -> str:
    """Return the name of the person with a public id; empty when there is none.

    Asked apart: in a cluster people are on a node and tasks are not.
    """
    return session().scalar(select(User.name).where(User.public_id == person)) or ""


def wishes_for(task_id: UUID) -> Sequence[str]:
    """Return what was asked for a task and not done yet."""
    return (
        session()
        .scalars(
            select(cell_wishes.c.wish).where(
                cell_wishes.c.workspace == tenancy.current().schema,
                cell_wishes.c.outbox_id == task_id,
            )
        )
        .all()
    )


def parts_of(task_id: UUID) -> Mapping[JobState, int]:
    """Return how the parts of a batch stand, counted by state; empty for a single task."""
    rows = session().execute(
        select(TASKS.state, func.count())
        .where(TASKS.workspace == tenancy.current().schema, TASKS.batch == task_id)
        .group_by(TASKS.state)
    )
    return {JobState(state): count for state, count in rows}


def neighbours(task: Row[Any]) -> Sequence[Any]:
    """Return what a task follows and what follows it, in the order in which they are done."""
    near = [TASKS.follows == task.id]
    if task.follows is not None:
        near.append(TASKS.id == task.follows)
    return (
        session()
        .execute(
            select(TASKS.id, TASKS.kind, TASKS.state)
            .where(TASKS.workspace == tenancy.current().schema, or_(*near))
            .order_by(TASKS.created_at, TASKS.id)
            .limit(20)
        )
        .all()
    )


def is_cancellable(task: Row[Any]) -> bool:
    """Tell whether people may stop a task as it stands."""
    known = registered().get(task.kind)
    return bool(
        known and known.cancellable and task.state not in ENDED and task.cancel_asked_at is None
    )


def is_retriable(task: Row[Any]) -> bool:
    """Tell whether people may have a task that died tried again."""
    known = registered().get(task.kind)
    return bool(known and known.retriable and task.state == JobState.DEAD)
