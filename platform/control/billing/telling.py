"""What owners are told of their account by mail, each thing once: reminders, dunning, thanks."""

from datetime import datetime, timedelta

from sqlalchemy.dialects.postgresql import insert as upsert

from control.billing.models import BillingAccount, BillingNotice
from control.billing.standing import Cause, DunningSchedule, Standing
from control.workspaces.models import LEAVING, WorkspaceState
from kit import clock, ids, jobs
from kit.db import control_session

TRIAL_DAYS = (7, 3, 1)
"""Days before a trial's end on which its owner is reminded."""


def hears(account: BillingAccount) -> bool:
    """Tell whether anybody is told of an account: not of a sandbox, nor of one that is leaving."""
    workspace = account.workspace
    return workspace.sandbox_of_id is None and workspace.state not in LEAVING


def tell_of(account: BillingAccount, standing: Standing, schedule: DunningSchedule) -> None:
    """Have the owner told what has become true and was not told yet; part of a review.

    Sets when the account is to be looked at again.
    """
    now = clock.now()
    moments = moments_of(standing, schedule, account.workspace.created_at) if hears(account) else {}
    past = [about for about, at in moments.items() if at <= now]
    if past:
        # Who was away for a week is told how it stands, not every step of how it came to it.
        for about in past[:-1]:
            note(account, about)
        tell(account, past[-1])
    coming = [at for at in moments.values() if at > now]
    if standing.next_change_at is not None:
        coming.append(standing.next_change_at)
    account.review_at = min(coming, default=None)


def moments_of(
    standing: Standing, schedule: DunningSchedule, began: datetime
) -> dict[str, datetime]:
    """Return what is to be told of a standing and when, in the order of time.

    A trial that has only begun is not reminded of its end.
    """
    if standing.cause == Cause.TRIAL and standing.next_change_at is not None:
        steps = {days: standing.next_change_at - timedelta(days=days) for days in TRIAL_DAYS}
        first = began + timedelta(days=1)
        return {f"trial-{days}": at for days, at in steps.items() if at >= first}
    if standing.declining_since is None:
        return {}
    since = standing.declining_since
    key = f"{standing.cause}-{since:%Y%m%dT%H%M%S}"
    stairs = {
        "past_due": timedelta(),
        "notice": timedelta(days=schedule.notice_days),
        "read_only": timedelta(days=schedule.read_only_days),
        "suspended": timedelta(days=schedule.suspend_days),
    }
    if standing.cause == Cause.GIVEN_UP:
        stairs = {"read_only": timedelta(), "suspended": stairs["suspended"]}
    return {f"{step}-{key}": since + after for step, after in stairs.items()}


def tell(account: BillingAccount, about: str) -> None:
    """Have the owner told one thing by mail, unless he was told it before."""
    from control.billing.jobs import send_notice

    if hears(account) and note(account, about):
        jobs.enqueue_control(send_notice, account_id=account.id, about=about)


def tell_back(account: BillingAccount, was: str) -> None:
    """Have the owner told that everything is open again, each time it is."""
    from control.billing.jobs import send_notice

    shut = {WorkspaceState.READ_ONLY, WorkspaceState.SUSPENDED, WorkspaceState.PAST_DUE}
    if was in shut and hears(account):
        jobs.enqueue_control(send_notice, account_id=account.id, about="back")


def note(account: BillingAccount, about: str) -> bool:
    """Note that an owner is told something; False when that was noted before."""
    inserted = control_session().scalar(
        upsert(BillingNotice)
        .values(public_id=ids.new(), created_at=clock.now(), account_id=account.id, about=about)
        .on_conflict_do_nothing()
        .returning(BillingNotice.id)
    )
    return inserted is not None
