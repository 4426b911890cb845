"""Give a workspace more time to try it."""

from datetime import timedelta

from sqlalchemy import delete

from control.billing.accounts import live_subscription, refuse_sandbox, review
from control.billing.models import BillingAccount, BillingNotice
from control.billing.telling import TRIAL_DAYS
from control.workspaces.models import WorkspaceState
from kit import audit, clock
from kit.db import control_transaction, lock_row
from kit.errors import Refused
from kit.i18n import gettext as _

EXTENDED = audit.Event.named("billing:trial_extended", "days", "reason", "before", "after")
REVIEWED = audit.Event.named("billing:reviewed", "before", "after")
MOST_DAYS = 365


def extend_trial(account: BillingAccount, *, days: int, reason: str, by: audit.Actor) -> None:
    """Let a trial end some days later, from now where it is over; what it may do follows at once.

    Refused when a plan has been bought: the end of its trial stands at Stripe.
    """
    if not 1 <= days <= MOST_DAYS:
        raise Refused(_("Days are a number from 1 to %(most)s.", most=MOST_DAYS), field="days")
    with control_transaction() as control:
        account = lock_row(account)
        refuse_sandbox(account)
        workspace = lock_row(account.workspace)
        if live_subscription(account) is not None:
            raise Refused(_("A plan has been bought: there is no trial to extend any more."))
        if workspace.state in {WorkspaceState.CLOSED, WorkspaceState.PROVISIONING}:
            raise Refused(_("This workspace has no trial that could be extended."))
        before = workspace.trial_ends_at
        workspace.trial_ends_at = max(before, clock.now()) + timedelta(days=days)
        left = workspace.trial_ends_at - clock.now()
        # Its owner is reminded of the new end as of the first one, on the days that are to come.
        control.execute(
            delete(BillingNotice).where(
                BillingNotice.account_id == account.id,
                BillingNotice.about.in_(
                    [f"trial-{one}" for one in TRIAL_DAYS if left > timedelta(days=one)]
                ),
            )
        )
        audit.record_control(
            EXTENDED,
            account,
            by=by,
            days=days,
            reason=reason,
            before=f"{before:%Y-%m-%d %H:%M}",
            after=f"{workspace.trial_ends_at:%Y-%m-%d %H:%M}",
        )
        control.flush()
        review(account, by=by)


def review_by_hand(account: BillingAccount, *, by: audit.Actor) -> None:
    """Look at an account now, as the clock does when its day comes."""
    with control_transaction():
        account = lock_row(account)
        before = account.standing
        standing = review(account, by=by)
        audit.record_control(REVIEWED, account, by=by, before=before, after=standing.state.value)
