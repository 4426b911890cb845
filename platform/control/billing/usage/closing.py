"""Close months: what was used beyond the plan becomes charges, once for each workspace and month.

Whatever the clock does: a reading waits to be closed until somebody closes it, under its lock, and
a charge is one of its account, month and counted thing by the database's own word.
"""

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import select

from control.billing.limits import Counted, read_limits, with_seats
from control.billing.models import BillingAccount, UsageCharge, UsageReading
from control.billing.usage.reading import zone_of
from control.billing.usage.reckoning import Beyond, month_from, reckon
from control.billing.usage.sending import ask_to_send
from control.plane import current_plane
from control.workspaces.directory import as_tenant
from control.workspaces.models import Workspace, WorkspaceState
from kit import audit, clock
from kit.db import control_session, control_transaction, lock_row, workspace_scope
from kit.tenancy import Access

SETTLES_IN = timedelta(hours=1)
"""So long after its end a month is left open: an order placed in its last second commits later."""
CHARGED = audit.Event.named("billing:usage_charged", "month", "charges")


def due_readings() -> list[int]:
    """Return the ids of the readings whose month is over, the oldest first."""
    return list(
        control_session().scalars(
            select(UsageReading.id)
            .join(BillingAccount, BillingAccount.id == UsageReading.account_id)
            .join(Workspace, Workspace.id == BillingAccount.workspace_id)
            .where(
                UsageReading.closed_at.is_(None),
                UsageReading.ends_at <= clock.now() - SETTLES_IN,
                Workspace.state.not_in([WorkspaceState.PROVISIONING, WorkspaceState.CLOSED]),
            )
            .order_by(UsageReading.ends_at, UsageReading.id)
        )
    )


def close_month(reading_id: int) -> bool:
    """Charge a month that is over; False when it was charged before or cannot be counted now.

    No transaction may be open.
    """
    control_session().rollback()
    reading = control_session().get_one(UsageReading, reading_id)
    workspace = reading.account.workspace
    if reading.closed_at is not None or workspace.access == Access.NONE:
        return False
    month, tenant = month_from(reading.month, zone_of(reading.account)), as_tenant(workspace)
    control_session().rollback()
    with workspace_scope(tenant):
        counted = current_plane().used_in(month.name)
    with control_transaction() as control:
        reading = lock_row(control.get_one(UsageReading, reading_id))
        if reading.closed_at is not None:
            return False
        reading.used = {**reading.used, **{one.value: amount for one, amount in counted.items()}}
        reading.closed_at = clock.now()
        charges = [_charge(reading, one) for one in beyond_in(reading)]
        control.add_all(charges)
        control.flush()
        audit.record_control(
            CHARGED,
            reading.account,
            by=audit.SYSTEM,
            month=month.name,
            charges=[f"{one.counted} {one.amount} {one.currency}" for one in charges],
        )
        for one in charges:
            ask_to_send(one)
    return True


def beyond_in(reading: UsageReading) -> tuple[Beyond, ...]:
    """Return what a reading costs beyond the plan that was had then."""
    limits = with_seats(read_limits(reading.plan_version.limits), reading.extra_seats)
    return reckon(
        limits,
        used_of(reading),
        currency=reading.currency,
        month=month_from(reading.month, zone_of(reading.account)),
        paid_since=reading.paid_since,
    )


def used_of(reading: UsageReading) -> Mapping[Counted, int]:
    """Return how much of each counted thing a reading says."""
    return {counted: int(reading.used.get(counted.value, 0)) for counted in Counted}


def _charge(reading: UsageReading, beyond: Beyond) -> UsageCharge:
    return UsageCharge(
        account_id=reading.account_id,
        month=reading.month,
        plan_version_id=reading.plan_version_id,
        currency=reading.currency,
        counted=beyond.counted.value,
        used=beyond.used,
        included=beyond.included,
        per=beyond.per,
        units=beyond.units,
        unit_amount=beyond.unit_amount,
        amount=beyond.amount,
    )
