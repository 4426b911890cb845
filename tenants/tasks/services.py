"""Verbs on tasks: stop one, have one tried again."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row

from kit import audit
from kit.db import transaction
from kit.errors import Refused
from kit.i18n import gettext as _
from kit.jobs.wishes import CANCEL, RETRY, ask
from tenants.tasks import events, queries


@dataclass(frozen=True, slots=True)
class Task:
    """A task in the audit log."""

    public_id: str


def cancel_task(task: Row[Any], *, by: audit.Actor) -> None:
    """Stop a task: at once when it waits, at its next step when it is under way.

    Refused when it has ended, was stopped already, or is not for people to stop.
    """
    if not queries.is_cancellable(task):
        raise Refused(_("This task cannot be stopped any more."))
    with transaction(even_read_only=True):
        ask(str(task.id), CANCEL)
        audit.record(events.CANCEL_ASKED, Task(str(task.id)), by=by, kind=task.kind)


def retry_task(task: Row[Any], *, by: audit.Actor) -> None:
    """Have a task that died tried again; what of it was done is not done twice."""
    if not queries.is_retriable(task):
        raise Refused(_("Only a task that has failed for good can be tried again."))
    with transaction(even_read_only=True):
        ask(str(task.id), RETRY)
        audit.record(events.RETRY_ASKED, Task(str(task.id)), by=by, kind=task.kind)
