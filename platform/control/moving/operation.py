"""The operation `workspace.move`: the steps in order, forwards and back."""

from time import monotonic

import structlog
from sqlalchemy import select, text

from control.moving import replication, services
from control.moving.copying import copy_jobs, copy_sequences, copy_tables
from control.moving.fence import lower_fence, raise_fence, wait_for_writers
from control.moving.fingerprints import compare
from control.moving.plan import REPLICATION, Move, plan_of, state_in
from control.moving.schemas import build_empty, raze
from control.operations.models import Operation
from control.operations.registry import OperationRun, Stopped, operation
from control.workspaces.directory import directory
from kit.crash import crash_point
from kit.db import apart
from kit.db.fencing import is_down
from kit.errors import Refused
from kit.i18n import gettext as _

_log = structlog.get_logger("control.moving")
TRIES = 5
_LOOK_EVERY = 0.5


# A move must end: a cell that is down in the middle of it is waited for as long as it takes.
@operation("workspace.move", tries=1_000_000)
def move_workspace(run: OperationRun) -> None:
    """Move a workspace, or go on with a move that was killed."""
    move = plan_of(run)
    with apart(None) as guard:
        # A provisioner that was only slow, not dead, must not be joined by a second one.
        if not guard.scalar(
            text("SELECT pg_try_advisory_xact_lock(7461020, :id)"),
            {"id": run.operation.id % 2_000_000_000},
        ):
            raise RuntimeError("another provisioner is at it")
        if move.home() == move.source:
            _go_or_undo(move)
        _settle(move)


def _go_or_undo(move: Move) -> None:
    attempts = move.run.operation.attempts
    try:
        if attempts > TRIES:
            raise Refused(_("Given up. The workspace is where it was."))  # noqa: TRY301 - undone below
        _go(move)
    except (Stopped, Refused):
        _undo(move)
        raise
    except Exception as error:
        # A commit whose answer was lost may have flipped: control alone knows.
        if move.home() == move.target:
            raise
        _log.warning("move.failed", workspace=move.schema, error=type(error).__name__)
        _undo(move)
        if attempts >= TRIES:
            raise Refused(
                _(
                    "Given up after %(count)s attempts (%(error)s). The workspace is where it was.",
                    count=attempts,
                    error=type(error).__name__,
                )
            ) from error
        raise


def _go(move: Move) -> None:
    crash_point("move.begun")
    if move.method == REPLICATION:
        replication.mover_url(move.source)
        _follow(move)
    else:
        _start_anew(move)
    _check_stop(move)
    _enter_fence(move)
    move.run.step("fence")
    raise_fence(move)
    crash_point("move.fenced")
    lsn = wait_for_writers(move)
    crash_point("move.quiet")
    if move.method == REPLICATION:
        move.run.step("drain")
        replication.wait_until_at(
            move, lsn, within=replication.CAUGHT_UP_WITHIN, check=lambda: None
        )
        crash_point("move.drained")
    else:
        _copy_rows(move)
    with (
        move.here.connect() as source,
        move.there.connect() as target,
        source.begin(),
        target.begin(),
    ):
        copy_sequences(source, target, move.schema)
        copy_jobs(source, target, move.schema, alive=move.run.alive)
    crash_point("move.numbered")
    move.run.step("compare")
    prints = compare(move.here, move.there, move.schema)
    crash_point("move.compared")
    services.flip(move.run.operation, source=move.source, target=move.target, fingerprints=prints)
    crash_point("move.flipped")


def _start_anew(move: Move) -> None:
    """Clear away what a killed attempt left, and build the empty schema."""
    move.run.step("build")
    _untie(move)
    with move.there.connect() as target, target.begin():
        raze(target, move.schema)
    crash_point("move.wiped")
    build_empty(move)
    crash_point("move.built")


def _follow(move: Move) -> None:
    """Bring the target up to the source and keep it there; with a subscription that is done."""
    with move.there.connect() as target, target.begin():
        is_following = replication.is_following(target, move.name)
    if not is_following:
        _start_anew(move)
        replication.publish(move)
        crash_point("move.published")
        with replication.made_slot(move) as snapshot:
            crash_point("move.slot")
            _copy_rows(move, snapshot=snapshot)
        replication.subscribe(move)
        crash_point("move.subscribed")
    move.run.step("follow")
    with move.here.connect() as source:
        lsn = replication.position(source)
    replication.wait_until_at(move, lsn, within=None, check=lambda: _check_stop(move))
    crash_point("move.following")


def _copy_rows(move: Move, *, snapshot: str | None = None) -> None:
    move.run.step("copy")

    looked = monotonic()

    def told(done: int, total: int) -> None:
        nonlocal looked
        move.run.progress(done, total)
        # Behind the fence it is too late to stop.
        if snapshot and monotonic() - looked > _LOOK_EVERY:
            looked = monotonic()
            _check_stop(move)

    with (
        move.here.connect() as source,
        move.there.connect() as target,
        source.begin(),
        target.begin(),
    ):
        if snapshot:
            replication.use_snapshot(source, snapshot)
        else:
            source.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))
        copy_tables(source, target, move.schema, told=told, alive=move.run.alive)
    crash_point("move.copied")


def _check_stop(move: Move) -> None:
    """Stop if a person has asked for it."""
    with apart(None) as control:
        body = control.scalar(select(Operation.body).where(Operation.id == move.run.operation.id))
    if body and body.get("stop"):
        raise Stopped


def _enter_fence(move: Move) -> None:
    if not services.enter_fence(move.run.operation):
        raise Stopped


def _undo(move: Move) -> None:
    """Make it as it was before: the source first, for people wait for it."""
    move.run.step("undo")
    lower_fence(move)
    directory.forget()
    _untie(move)
    with move.there.connect() as target, target.begin():
        raze(target, move.schema)


def _untie(move: Move) -> None:
    with move.there.connect() as target, target.begin():
        replication.unsubscribe(target, move.name)
    replication.unpublish(move)


def _settle(move: Move) -> None:
    """After the flip: open the target, then clear away the source. Safe to repeat."""
    with move.there.connect() as target, target.begin():
        services.open_target(target, move.schema)
    directory.forget()
    crash_point("move.live")
    move.run.step("clean")
    try:
        _untie(move)
        crash_point("move.untied")
        with move.here.connect() as source, source.begin():
            if state_in(source, move.schema) is not None:
                raze(source, move.schema)
        crash_point("move.razed")
    except Exception as error:
        if is_down(error):
            _log.warning("move.source_down", workspace=move.schema, cell=move.source)
        raise
    move.run.result.update({"source": move.source, "target": move.target, "method": move.method})
