"""The days of dunning in force: what operators set, the default until they do."""

from dataclasses import asdict

from sqlalchemy import update

from control.billing.models import BillingAccount
from control.billing.settings import find_setting, locked_setting
from control.billing.standing import DunningSchedule
from control.workspaces.models import WorkspaceState
from kit import audit, clock, jobs
from kit.db import control_transaction
from kit.errors import Refused
from kit.i18n import gettext as _

CODE = "dunning"
ON_THE_STAIR = (WorkspaceState.PAST_DUE, WorkspaceState.READ_ONLY, WorkspaceState.SUSPENDED)
CHANGED = audit.Event.named("billing:schedule", "before", "after")
LONGEST = 365


def schedule_now() -> DunningSchedule:
    """Return the schedule in force."""
    stored = find_setting(CODE)
    if stored is None:
        return DunningSchedule()
    values = dict(stored.value)
    return DunningSchedule(**values | {"retry_days": tuple(values["retry_days"])})


def set_schedule(schedule: DunningSchedule, *, by: audit.Actor) -> None:
    """Put a schedule in force; Refused names the field whose day does not come after the last.

    The days between charges are Stripe's: an operator sets them there, too.
    """
    from control.billing.jobs import set_retries

    _refuse_disorder(schedule)
    value = asdict(schedule) | {"retry_days": list(schedule.retry_days)}
    with control_transaction() as control:
        before = asdict(schedule_now())
        stored = locked_setting(CODE)
        stored.value = value
        stored.version += 1
        # Who is on the stair stands on another step now.
        control.execute(
            update(BillingAccount)
            .where(BillingAccount.standing.in_(ON_THE_STAIR))
            .values(review_at=clock.now())
        )
        audit.record_control(CHANGED, stored, by=by, before=before, after=value)
        jobs.enqueue_control(set_retries)


def _refuse_disorder(schedule: DunningSchedule) -> None:
    steps = {
        "notice_days": schedule.notice_days,
        "read_only_days": schedule.read_only_days,
        "suspend_days": schedule.suspend_days,
    }
    before = 0
    for field, days in steps.items():
        if not before < days <= LONGEST:
            raise Refused(
                _("Each step comes after the one before it, within %(most)s days.", most=LONGEST),
                field=field,
            )
        before = days
    if any(not 1 <= gap <= 30 for gap in schedule.retry_days) or not schedule.retry_days:
        raise Refused(
            _("Days between charges are numbers from 1 to 30, such as 1, 1, 8, 6."),
            field="retry_days",
        )
