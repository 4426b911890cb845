"""Verbs of roll-outs: begin one, say how far it is, end it; have one workspace tried again."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from time import monotonic

import structlog
from sqlalchemy import Engine, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from control.migrating.models import Rollout, RolloutState
from control.migrating.plan import Budget, Plan
from control.migrating.rollout import Account, Policy, roll_out
from control.operations.models import Operation
from control.operations.services import ask
from control.plane import TenantPlane
from control.workspaces.models import Workspace
from kit import audit, clock
from kit.db import apart, control_transaction, lock_row
from kit.settings import get_settings

_log = structlog.get_logger("control.migrating")
ASKED = audit.Event.named("rollout:asked", "revision", "total")
ENDED = audit.Event.named("rollout:ended", "revision", "state", "done", "failed", "left_out")
SILENT_FOR = timedelta(seconds=30)
_TOLD_EVERY = 0.5
RETRY = "workspace.migrate"
MIGRATOR = audit.System("migrator")


def usual_policy(budget: str | None = None, threads: int | None = None) -> Policy:
    """Return the policy of the settings; ValueError for a budget that cannot be read."""
    settings = get_settings()
    return Policy(
        threads=threads or settings.migrate_threads,
        budget=Budget.parse(budget or settings.migrate_budget),
    )


def begin(plan: Plan, *, by: audit.Actor) -> Rollout:
    """Enter a roll-out; one whose process has been silent for long is noted as broken off."""
    with control_transaction() as control:
        now = clock.now()
        control.execute(
            update(Rollout)
            .where(Rollout.state == RolloutState.RUNNING, Rollout.touched_at < now - SILENT_FOR)
            .values(state=RolloutState.BROKEN_OFF, ended_at=now)
        )
        begun = Rollout(
            revision=plan.head, total=plan.total, left_out=len(plan.moving), touched_at=now
        )
        control.add(begun)
        audit.record_control(ASKED, begun, by=by, revision=plan.head, total=plan.total)
        return begun


def end(rollout: Rollout, account: Account, *, by: audit.Actor) -> None:
    """Note how a roll-out ended."""
    with control_transaction():
        ended = lock_row(rollout)
        ended.state = RolloutState.STOPPED if account.is_stopped else RolloutState.DONE
        ended.done = account.done
        ended.failed = len(account.failed)
        ended.left_out += len(account.left_out) + len(account.busy)
        ended.touched_at = ended.ended_at = clock.now()
        audit.record_control(
            ENDED,
            ended,
            by=by,
            revision=ended.revision,
            state=ended.state,
            done=ended.done,
            failed=ended.failed,
            left_out=ended.left_out,
        )


class Told:
    """Says in the control plane how far a roll-out is, at most twice a second."""

    def __init__(self, rollout: Rollout) -> None:
        self._id = rollout.id
        self._at = 0.0

    def __call__(self, account: Account) -> None:
        """Write it down; a control plane that does not answer stops no roll-out."""
        if monotonic() - self._at < _TOLD_EVERY:
            return
        try:
            with apart(None) as control:
                control.execute(
                    update(Rollout)
                    .where(Rollout.id == self._id)
                    .values(
                        ring=account.ring or "",
                        done=account.done,
                        failed=len(account.failed),
                        touched_at=clock.now(),
                    )
                )
        except (OperationalError, PoolTimeout) as error:
            _log.warning("rollout.not_noted", error=type(error).__name__)
        self._at = monotonic()


def carry_out(
    plan: Plan,
    plane: TenantPlane,
    engines: Mapping[str, Engine],
    *,
    policy: Policy,
    by: audit.Actor,
    also: Callable[[Account], None] = lambda _account: None,
) -> Account:
    """Roll out a plan from its entry in the control plane to its end."""
    begun = begin(plan, by=by)
    tell = Told(begun)
    account = Account(plan.total)

    def heard(now: Account) -> None:
        nonlocal account
        account = now
        tell(now)
        also(now)

    try:
        return roll_out(plan, plane, engines, policy=policy, heard=heard)
    except BaseException:
        account.is_stopped = True
        raise
    finally:
        end(begun, account, by=by)


def retry_workspace(
    schema: str, *, cell: str, workspace: Workspace | None, by: audit.Actor
) -> Operation:
    """Ask the provisioner to migrate one workspace, or one member of the pool, once more."""
    return ask(RETRY, workspace=workspace, by=by, cell=cell, schema=schema)
