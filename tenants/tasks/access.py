"""Fetch tasks with the right to them: Missing (404) when not there, Forbidden (403) if not his."""

from typing import Any
from uuid import UUID

from sqlalchemy import Row

from kit.errors import Forbidden, Missing
from tenants.accounts.models import User
from tenants.accounts.permissions import Permission
from tenants.tasks import queries


def task(task_id: str, person: User) -> Row[Any]:
    """Return a task that a person may see."""
    try:
        found: Row[Any] | None = queries.find_task(UUID(task_id))
    except ValueError:
        raise Missing(task_id) from None
    if found is None:
        raise Missing(task_id)
    if found.person != person.public_id and not person.can(Permission.Task.VIEW):
        raise Forbidden(task_id)
    return found


def task_to_change(task_id: str, person: User) -> Row[Any]:
    """Return a task that a person may stop or have tried again."""
    found = task(task_id, person)
    if not may_change(found, person):
        raise Forbidden(task_id)
    return found


def may_change(found: Row[Any], person: User) -> bool:
    """Tell whether a task is the person's own, or he looks after everybody's."""
    return found.person == person.public_id or person.can(Permission.Task.EDIT)
