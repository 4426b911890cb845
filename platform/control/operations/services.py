"""Verbs on operations: ask for one, take the next, end it, cancel one that has not begun."""

from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from control.operations.models import OPEN, Operation, OperationState
from control.operations.registry import LEASE, kind, kinds
from control.workspaces.models import Workspace
from kit import audit, clock
from kit.db import after_commit, control_transaction, lock_row
from kit.errors import Refused
from kit.i18n import gettext as _
from kit.jobs.bell import ring

_log = structlog.get_logger("control.operations")
ASKED = audit.Event.named("operation:asked", "kind")
CANCELLED = audit.Event.named("operation:cancelled", "kind")


def ask(
    key: str,
    *,
    workspace: Workspace | None,
    by: audit.Actor,
    after: timedelta | None = None,
    **body: Any,
) -> Operation:
    """Ask for an operation, to be done at once or after a time; KeyError for an unknown kind.

    Refused while another one works on the same workspace. `body` is JSON without secrets.
    """
    kind(key)
    with control_transaction() as control:
        asked = Operation(
            kind=key,
            workspace_id=workspace.id if workspace else None,
            body=body,
            state=OperationState.QUEUED,
            run_at=clock.now() + (after or timedelta()),
            actor_kind=by.actor_kind,
            actor_id=by.actor_id,
            actor_name=by.actor_name,
        )
        try:
            with control.begin_nested():
                control.add(asked)
        except IntegrityError:
            raise Refused(
                _("Something else is being done with this workspace; wait until it has ended.")
            ) from None
        audit.record_control(ASKED, asked, by=by, kind=key)
        after_commit(lambda: ring("provisioner"))
        return asked


def take() -> Operation | None:
    """Take the next operation that is due, or one that its taker left behind; None when idle."""
    with control_transaction() as control:
        taken = control.scalars(
            select(Operation)
            .where(
                Operation.state.in_(OPEN),
                Operation.run_at <= clock.now(),
                Operation.kind.in_(kinds()),
            )
            .order_by(Operation.run_at, Operation.id)
            .limit(1)
            .with_for_update(skip_locked=True, of=Operation)
        ).first()
        if taken is None:
            return None
        taken.state = OperationState.RUNNING
        taken.attempts += 1
        taken.run_at = clock.now() + LEASE
        return taken


def finish(operation: Operation, *, result: dict[str, Any]) -> None:
    """Note that an operation ended well, and what came of it."""
    with control_transaction():
        ended = lock_row(operation)
        ended.state = OperationState.DONE
        ended.result = result
        ended.error = None
        ended.finished_at = clock.now()


def fail(operation: Operation, *, error: str, is_final: bool = False) -> None:
    """Note a failed attempt: tried again after a pause, as often as its kind allows."""
    with control_transaction():
        failed = lock_row(operation)
        is_over = is_final or failed.attempts >= kind(failed.kind).tries
        failed.state = OperationState.FAILED if is_over else OperationState.QUEUED
        # Those that must come to an end are tried for ever, but at least every few minutes.
        failed.run_at = clock.now() + timedelta(seconds=2 ** min(failed.attempts, 8))
        failed.finished_at = clock.now() if is_over else None
        failed.error = error
    _log.warning("operation.failed", kind=operation.kind, error=error)


def give_back(operation: Operation) -> None:
    """Put an operation back whose process was told to stop; it costs no attempt."""
    with control_transaction():
        stopped = lock_row(operation)
        stopped.state = OperationState.QUEUED
        stopped.attempts -= 1
        stopped.run_at = clock.now()
    _log.info("operation.given_back", kind=operation.kind)


def cancel(operation: Operation, *, by: audit.Actor) -> None:
    """Take an operation back that has not begun; Refused for any other."""
    with control_transaction():
        queued = lock_row(operation)
        if queued.state != OperationState.QUEUED:
            raise Refused(_("This has begun already and cannot be taken back."))
        queued.state = OperationState.CANCELLED
        queued.finished_at = clock.now()
        audit.record_control(CANCELLED, queued, by=by, kind=queued.kind)


def stop(operation: Operation) -> None:
    """Note that a running operation was taken back, by who asked its handler to stop."""
    with control_transaction():
        stopped = lock_row(operation)
        stopped.state = OperationState.CANCELLED
        stopped.error = None
        stopped.finished_at = clock.now()
