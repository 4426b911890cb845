"""Verbs on workspaces: register one, suspend, resume, note activity, measure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import delete, or_, text, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from control.billing import accounts as billing
from control.billing.plans import trial_version, usual_currency
from control.cells.services import choose_cell
from control.workspaces import queries
from control.workspaces.jobs import copy_access
from control.workspaces.models import MOVES, Workspace, WorkspaceKey, WorkspaceState
from kit import audit, clock, crypto, ids, jobs
from kit.db import apart, control_transaction, lock_row
from kit.errors import Refused
from kit.i18n import gettext as _
from kit.settings import get_settings
from kit.tenancy import Workspace as Tenant
from kit.zones import zone_names

_log = structlog.get_logger("control.workspaces")
ACTIVE_EVERY = timedelta(minutes=5)
_BATCH = 50
_touched: dict[str, datetime] = {}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a workspace is: its cell, and its schema, which is its opaque id too."""

    cell: str
    schema: str


REGISTERED = audit.Event.named("workspace:registered", "address")
OPENED = audit.Event.named("workspace:opened", "revision")
SUSPENDED = audit.Event.named("workspace:suspended", "reason")
CLOSING = audit.Event.named("workspace:closing", "reason")
KEPT = audit.Event.named("workspace:kept", "state")
GIVEN_UP = audit.Event.named("workspace:given_up", "reason")
STANDING = audit.Event.named("workspace:standing", "state", "cause")
ZONE = audit.Event.named("workspace:timezone", "before", "after")
RESUMED = audit.Event.named("workspace:resumed", "state", "reason")


def register_workspace(
    *,
    name: str,
    address: str,
    locale: str,
    by: audit.Actor,
    timezone: str = "Asia/Shanghai",
    currency: str = "",
    plan: str = "",
    place: Place | None = None,
    cell: str = "",
    sandbox_of: Workspace | None = None,
    is_verified: bool = False,
) -> Workspace:
    """Enter a workspace that is still to be opened, with its keys.

    Without a place of its own (a schema that stands ready), it gets one that is still to be built,
    in the cell with most room unless one is named. `is_verified` spares a demonstration the
    verification of its company. It tries the plan of that code where it is offered. Refused when
    every cell is full; the address must have been validated.
    """
    with control_transaction() as control:
        version = trial_version(plan)
        chosen = place or Place(cell or choose_cell(), f"t_{ids.new()}")
        workspace = Workspace(
            public_id=chosen.schema.removeprefix("t_"),
            schema=chosen.schema,
            cell=chosen.cell,
            name=name,
            address=address,
            state=WorkspaceState.PROVISIONING,
            timezone=timezone,
            currency=currency or usual_currency(version),
            sandbox_of_id=sandbox_of.id if sandbox_of else None,
            locale=locale,
            trial_ends_at=clock.now() + timedelta(days=version.trial_days),
            # A sandbox holds nobody's company: what its original may do can be tried there, too.
            is_verified=sandbox_of.is_verified if sandbox_of else is_verified,
        )
        wrapped = crypto.new_wrapped_key(chosen.schema)
        workspace.keys.append(WorkspaceKey(key_version=1, wrapped=wrapped))
        control.add(workspace)
        control.flush()
        billing.open_account(workspace, version)
        audit.record_control(REGISTERED, workspace, by=by, address=address)
        return workspace


def open_workspace(workspace: Workspace, *, revision: str, by: audit.Actor) -> None:
    """Let people in once the schema stands; nothing happens the second time."""
    with control_transaction():
        workspace = lock_row(workspace)
        if workspace.state != WorkspaceState.PROVISIONING:
            return
        _move(workspace, WorkspaceState.TRIAL)
        audit.record_control(OPENED, workspace, by=by, revision=revision)


def suspend_workspace(workspace: Workspace, *, reason: str, by: audit.Actor) -> None:
    """Shut a workspace's doors, keeping everything in it; the reason is shown to its people.

    One that billing has suspended is shut, too: paying does not open it any more.
    """
    with control_transaction():
        workspace = lock_row(workspace)
        was = workspace.state
        if not may_be_shut(workspace):
            raise Refused(_("The workspace's state does not allow this."))
        if was != WorkspaceState.SUSPENDED:
            _move(workspace, WorkspaceState.SUSPENDED)
        workspace.suspended_from = was
        workspace.suspended_reason = reason
        audit.record_control(SUSPENDED, workspace, by=by, reason=reason)
        jobs.enqueue_control(copy_access, workspace_id=workspace.id)


def may_be_shut(workspace: Workspace) -> bool:
    """Tell whether an operator can shut a workspace: it is open, or only waits to be paid."""
    if workspace.state == WorkspaceState.SUSPENDED:
        return workspace.suspended_from is None
    return WorkspaceState.SUSPENDED in MOVES[WorkspaceState(workspace.state)]


def resume_workspace(workspace: Workspace, *, reason: str, by: audit.Actor) -> None:
    """Open a suspended workspace again, in the state it was suspended from."""
    with control_transaction():
        workspace = lock_row(workspace)
        if workspace.state != WorkspaceState.SUSPENDED or not workspace.suspended_from:
            raise Refused(_("This workspace is not suspended."))
        to = WorkspaceState(workspace.suspended_from)
        if to != WorkspaceState.SUSPENDED:
            _move(workspace, to)
        workspace.suspended_from = None
        workspace.suspended_reason = None
        audit.record_control(RESUMED, workspace, by=by, state=workspace.state, reason=reason)
        jobs.enqueue_control(copy_access, workspace_id=workspace.id)


def follow_standing(
    workspace: Workspace,
    to: WorkspaceState,
    *,
    cause: str,
    falls_at: datetime | None,
    by: audit.Actor,
) -> None:
    """Bring a workspace to where billing says it stands; nothing happens when it stands there.

    One that is shut by an operator, or waits to be deleted, stays so and returns to it later.
    `falls_at` is when it takes the next step down if nothing is paid.
    """
    with control_transaction():
        workspace = lock_row(workspace)
        workspace.falls_at = falls_at
        if workspace.state == WorkspaceState.CLOSING:
            if workspace.closing_from == to or workspace.suspended_from:
                return
            workspace.closing_from = to
        elif workspace.suspended_from:
            if workspace.suspended_from == to:
                return
            workspace.suspended_from = to
        elif workspace.state in {to, WorkspaceState.PROVISIONING, WorkspaceState.CLOSED}:
            return
        else:
            _move(workspace, to)
        audit.record_control(STANDING, workspace, by=by, state=to.value, cause=cause)
        jobs.enqueue_control(copy_access, workspace_id=workspace.id)


def choose_zone(workspace: Workspace, zone: str, *, by: audit.Actor) -> str:
    """Have a workspace live by another time zone from now on; return the one before.

    What is over stays in the months and days it was counted in. Refused for what is no zone.
    """
    with control_transaction():
        workspace = lock_row(workspace)
        before = workspace.timezone
        if zone not in zone_names():
            raise Refused(_("This choice does not exist any more."), field="timezone")
        if zone != before:
            workspace.timezone = zone
            workspace.version += 1
            audit.record_control(ZONE, workspace, by=by, before=before, after=zone)
        return before


def give_up_workspace(workspace: Workspace, *, reason: str, by: audit.Actor) -> None:
    """Close a workspace that could not be built, and free its address; it has nothing in it."""
    with control_transaction():
        workspace = lock_row(workspace)
        if workspace.state == WorkspaceState.PROVISIONING:
            audit.record_control(GIVEN_UP, workspace, by=by, reason=reason)
            bury(workspace)


def bury(workspace: Workspace) -> None:
    """Leave only a tombstone of a locked workspace: no keys, no address; part of other verbs."""
    with control_transaction() as control:
        _move(workspace, WorkspaceState.CLOSED)
        workspace.address = workspace.public_id
        workspace.closing_from = None
        workspace.suspended_from = None
        workspace.size_bytes = 0
        control.execute(delete(WorkspaceKey).where(WorkspaceKey.workspace_id == workspace.id))
        # Who stood behind it is told by the certificate; its papers and people are forgotten.
        control.execute(
            text("DELETE FROM verifications WHERE workspace_id = :id"), {"id": workspace.id}
        )
        control.execute(
            text(
                "UPDATE billing_details SET address_cipher = NULL WHERE account_id IN"
                " (SELECT id FROM billing_accounts WHERE workspace_id = :id)"
            ),
            {"id": workspace.id},
        )
        # What was sold to whom is kept as the law asks; phones and bank accounts need not be.
        control.execute(
            text(
                "UPDATE fapiao_titles SET address_cipher = NULL, phone_cipher = NULL,"
                " bank_account_cipher = NULL, is_remembered = false WHERE account_id IN"
                " (SELECT id FROM billing_accounts WHERE workspace_id = :id)"
            ),
            {"id": workspace.id},
        )


def ask_closing(workspace: Workspace, *, reason: str, by: audit.Actor) -> None:
    """Begin the grace at whose end a workspace is deleted; its owner is told by mail.

    It can be read and exported until then, and what shut it before still does. Its plan is not
    renewed any more.
    """
    from control.billing import grace
    from control.closing.jobs import send_notice

    with control_transaction() as control:
        grace.hold(workspace)
        workspace = lock_row(workspace)
        was = workspace.state
        _move(workspace, WorkspaceState.CLOSING)
        workspace.closing_from = was
        workspace.closing_reason = reason
        workspace.closing_asked_at = now = clock.now()
        workspace.closes_at = now + timedelta(days=get_settings().closing_days)
        workspace.reminded_days = None
        audit.record_control(CLOSING, workspace, by=by, reason=reason)
        control.flush()
        grace.follow(workspace, by=by)
        jobs.enqueue_control(copy_access, workspace_id=workspace.id)
        jobs.enqueue_control(send_notice, workspace_id=workspace.id, about="asked")


def take_back_closing(workspace: Workspace, *, by: audit.Actor) -> None:
    """Return a workspace to the state before its closing; Refused once it is too late.

    A plan that was to end with it, and has not yet, goes on.
    """
    from control.billing import grace
    from control.closing.jobs import send_notice

    with control_transaction() as control:
        grace.hold(workspace)
        workspace = lock_row(workspace)
        begun = control.scalar(
            text(
                "SELECT 1 FROM operations WHERE workspace_id = :id AND kind = 'workspace.delete'"
                " AND state IN ('queued', 'running')"
            ),
            {"id": workspace.id},
        )
        if workspace.state != WorkspaceState.CLOSING or not workspace.closing_from or begun:
            raise Refused(_("This workspace is not waiting to be deleted any more."))
        _move(workspace, WorkspaceState(workspace.closing_from))
        workspace.closing_from = None
        workspace.closing_reason = None
        workspace.closes_at = None
        # What its owner was not told meanwhile.
        billing.look_again(workspace.id)
        audit.record_control(KEPT, workspace, by=by, state=workspace.state)
        control.flush()
        grace.follow(workspace, by=by)
        jobs.enqueue_control(copy_access, workspace_id=workspace.id)
        jobs.enqueue_control(send_notice, workspace_id=workspace.id, about="kept")


def _move(workspace: Workspace, to: WorkspaceState) -> None:
    if to not in MOVES[WorkspaceState(workspace.state)]:
        raise Refused(_("The workspace's state does not allow this."))
    workspace.state = to
    workspace.version += 1


def touch(workspace: Tenant) -> None:
    """Note that people are at work in a workspace, at most every five minutes.

    Cheap enough for every request: this process remembers when it last wrote. A control plane
    that does not answer costs nothing but the note.
    """
    now = clock.now()
    last = _touched.get(workspace.schema)
    if last is not None and last <= now < last + ACTIVE_EVERY:
        return
    try:
        with apart(None) as control:
            control.execute(
                update(Workspace)
                .where(
                    Workspace.id == workspace.id,
                    or_(
                        Workspace.last_active_at.is_(None),
                        Workspace.last_active_at <= now - ACTIVE_EVERY,
                    ),
                )
                .values(last_active_at=now)
            )
    except (OperationalError, PoolTimeout) as error:
        _log.warning("activity.not_noted", error=type(error).__name__)
    _touched[workspace.schema] = now


def measure_sizes() -> int:
    """Write down how much room each workspace takes in its cell; return how many were measured.

    A cell that does not answer is left for the next time.
    """
    measured = 0
    for cell in get_settings().cell_urls():
        for schemas in queries.schemas_in(cell, batch=_BATCH):
            try:
                sizes = queries.sizes(cell, schemas)
            except (OperationalError, PoolTimeout) as error:
                _log.warning("size.not_measured", cell=cell, error=type(error).__name__)
                break
            with control_transaction() as control:
                for schema, size in sizes.items():
                    control.execute(
                        update(Workspace)
                        .where(Workspace.schema == schema)
                        .values(size_bytes=size, size_measured_at=clock.now())
                    )
            measured += len(sizes)
    return measured
