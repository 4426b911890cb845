"""What is bought for a workspace that waits to be deleted: it ends with what is paid, or goes on.

Nobody has to be told twice or in order: whoever looks brings what is bought to what the workspace's
state says. What is owed for a period that has begun stays owed.
"""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, or_, select

from control.billing.accounts import live_subscription, review, standing_now
from control.billing.models import BillingAccount, Provider, Subscription
from control.billing.standing import LIVE, Cause
from control.billing.transfer.renewing import follow_change, renew
from control.workspaces.models import LEAVING, Workspace, WorkspaceState
from kit import audit, clock, jobs
from kit.db import control_session, control_transaction, lock_row
from kit.payments import has_stripe

STOPPED = audit.Event.named("billing:renewal_stopped", "until")
GOES_ON = audit.Event.named("billing:renewal_goes_on")


def hold(workspace: Workspace) -> None:
    """Lock the account of a workspace before the workspace, as all of billing does."""
    account = _account_of(workspace.id)
    if account is not None:
        lock_row(account)


def follow(workspace: Workspace, *, by: audit.Actor) -> None:
    """Bring what a workspace has bought to whether it waits to be deleted; twice is once.

    What is paid by transfer follows at once, what Stripe renews by a job. The account is held.
    """
    with control_transaction():
        if Provider.STRIPE in {_follow(one, by=by) for one in out_of_step(workspace.id)}:
            _ask_stripe(workspace.id)


def follow_all() -> int:
    """Look at all workspaces; return how many were out of step.

    Where Stripe did not answer for days, where a plan was bought or an invoice paid meanwhile.
    """
    with control_transaction() as control:
        found = list(
            control.scalars(
                select(Workspace)
                .join(BillingAccount, BillingAccount.workspace_id == Workspace.id)
                .join(Subscription, Subscription.account_id == BillingAccount.id)
                .where(_is_out_of_step())
                .distinct()
            )
        )
    for workspace in found:
        with control_transaction():
            hold(workspace)
            follow(workspace, by=audit.SYSTEM)
    return len(found)


def renewing_of(workspace_id: int) -> Subscription | None:
    """Return what is bought for a workspace and would be renewed, or None."""
    account = _account_of(workspace_id)
    bought = live_subscription(account) if account is not None else None
    return bought if bought is not None and bought.cancels_at is None else None


def ends_with(workspace_id: int) -> bool:
    """Tell whether a plan ends with its workspace, or is about to be told so at Stripe."""
    account = _account_of(workspace_id)
    bought = live_subscription(account) if account is not None else None
    return bought is not None and (bought.ends_with_workspace or bought.cancels_at is None)


def has_lost_plan(workspace_id: int) -> bool:
    """Tell whether a workspace had a plan that has ended, so that it has to choose one again."""
    account = _account_of(workspace_id)
    return account is not None and standing_now(account).cause == Cause.GIVEN_UP


def out_of_step(workspace_id: int) -> Sequence[Subscription]:
    """Return what is to end with a workspace and does not yet, or the other way round."""
    return (
        control_session()
        .scalars(
            select(Subscription)
            .join(BillingAccount, BillingAccount.id == Subscription.account_id)
            .join(Workspace, Workspace.id == BillingAccount.workspace_id)
            .where(Workspace.id == workspace_id, _is_out_of_step())
            .order_by(Subscription.id)
            .execution_options(populate_existing=True)
        )
        .all()
    )


def note(subscription: Subscription, *, ends: bool, by: audit.Actor) -> None:
    """Write that something ends with its workspace, or does not any more."""
    subscription.ends_with_workspace = ends
    until = subscription.period_ends_at
    control_session().flush()
    if ends:
        said = f"{until:%Y-%m-%d %H:%M}" if until else ""
        audit.record_control(STOPPED, subscription.account, by=by, until=said)
    else:
        audit.record_control(GOES_ON, subscription.account, by=by)


def _is_out_of_step() -> ColumnElement[bool]:
    is_live = Subscription.state.in_([state.value for state in LIVE])
    renews = Subscription.cancels_at.is_(None)
    # For a period of ours that has begun the invoice is there, and owed.
    may_end = or_(
        Subscription.provider == Provider.STRIPE, Subscription.period_ends_at > clock.now()
    )
    must_end = and_(Workspace.state == WorkspaceState.CLOSING, renews, may_end)
    goes_on = and_(
        Workspace.state.not_in(LEAVING),
        Subscription.ends_with_workspace,
        Subscription.cancels_at > clock.now(),
    )
    return and_(is_live, or_(must_end, goes_on))


def _follow(subscription: Subscription, *, by: audit.Actor) -> str:
    """Bring one that is paid by transfer in step; return who collects."""
    if subscription.provider == Provider.TRANSFER:
        account = subscription.account
        subscription = lock_row(subscription)
        ends = subscription.cancels_at is None
        subscription.cancels_at = subscription.period_ends_at if ends else None
        note(subscription, ends=ends, by=by)
        if ends:
            follow_change(subscription, by=by)
        else:
            renew(subscription, by=by)
        review(account, by=by)
    return subscription.provider


def _ask_stripe(workspace_id: int) -> None:
    from control.billing.jobs import follow_closing

    if has_stripe():
        jobs.enqueue_control(follow_closing, workspace_id=workspace_id)


def _account_of(workspace_id: int) -> BillingAccount | None:
    return (
        control_session()
        .scalars(select(BillingAccount).where(BillingAccount.workspace_id == workspace_id))
        .one_or_none()
    )
