"""Verbs on the end of workspaces: remind of it, begin it, certify it.

Asking for it and taking it back are verbs of the workspace itself (`control.workspaces`).
"""

from datetime import timedelta
from typing import Any

from control.backups import keys_expire_on
from control.billing.online.stopping import ask_stop
from control.closing import queries
from control.closing.models import Certificate
from control.operations import services as operations
from control.workspaces import services as workspaces
from control.workspaces.models import Workspace, WorkspaceState
from kit import audit, clock, jobs
from kit.db import control_transaction, lock_row
from kit.errors import Refused

DELETE = "workspace.delete"
REMIND_AT = (7, 1)
DELETED = audit.Event.named("workspace:deleted", "certificate")


def remind() -> int:
    """Mail owners a week and a day before their workspace goes; return how many mails."""
    from control.closing.jobs import send_notice

    sent = 0
    with control_transaction():
        for waiting in queries.closing():
            workspace = lock_row(waiting)
            if workspace.state != WorkspaceState.CLOSING or workspace.closes_at is None:
                continue
            left = workspace.closes_at - clock.now()
            reached = [days for days in REMIND_AT if left <= timedelta(days=days)]
            if not reached or left <= timedelta():
                continue
            if workspace.reminded_days is None or workspace.reminded_days > min(reached):
                workspace.reminded_days = min(reached)
                jobs.enqueue_control(send_notice, workspace_id=workspace.id, about="soon")
                sent += 1
    return sent


def delete_due() -> int:
    """Have workspaces deleted whose grace is over; return how many were asked for."""
    asked = 0
    for workspace in queries.due():
        try:
            operations.ask(DELETE, workspace=workspace, by=audit.SYSTEM)
        except Refused:
            # Something else works on it, its own deletion perhaps.
            continue
        asked += 1
    return asked


def draft(workspace: Workspace, *, removed: dict[str, Any]) -> Certificate:
    """Write down what will be removed, before it goes; what stands already is kept."""
    with control_transaction() as control:
        lock_row(workspace)
        found = queries.certificate_of(workspace)
        if found is not None:
            return found
        made = Certificate(
            workspace_id=workspace.id,
            name=workspace.name,
            address=workspace.address,
            reason=workspace.closing_reason or "",
            asked_at=workspace.closing_asked_at or clock.now(),
            removed=removed,
        )
        control.add(made)
        control.flush()
        return made


def issue(workspace: Workspace, *, role_kept: bool, by: audit.Actor) -> Certificate:
    """Leave a tombstone of a workspace of which nothing is left, and issue its certificate."""
    from control.closing.jobs import send_notice

    with control_transaction() as control:
        locked = lock_row(workspace)
        certificate = queries.certificate_of(locked)
        assert certificate is not None
        if certificate.issued_at is not None:
            return certificate
        keys = len(locked.keys)
        workspaces.bury(locked)
        today = clock.now().date()
        certificate.issued_at = clock.now()
        certificate.keys_expire_on = keys_expire_on(today)
        certificate.removed = {**certificate.removed, "keys": keys, "role_kept": role_kept}
        control.flush()
        audit.record_control(DELETED, locked, by=by, certificate=certificate.public_id)
        jobs.enqueue_control(send_notice, workspace_id=locked.id, about="deleted")
        ask_stop(locked.id)
        return certificate
