"""Accounts: open one with its workspace, and bring its standing up to what is known."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select, update

from control.billing.limits import read_limits, with_seats, write_limits
from control.billing.models import (
    OFFERS,
    BillingAccount,
    BillingPlan,
    Invoice,
    InvoiceState,
    PlanVersion,
    Provider,
    Subscription,
    SubscriptionState,
)
from control.billing.schedule import schedule_now
from control.billing.standing import LIVE, Bought, Cause, Facts, Standing, standing_of
from control.billing.telling import note, tell_back, tell_of
from control.workspaces.models import Workspace, WorkspaceState
from kit import audit, clock, jobs
from kit.db import control_session, control_transaction, lock_row
from kit.errors import Refused
from kit.i18n import LANGUAGES
from kit.i18n import gettext as _

TOLD_FORM = 1
"""Which form has what cells are told: with the next one, every cell is told anew."""

_SOON = timedelta(hours=1)


def open_account(workspace: Workspace, version: PlanVersion) -> BillingAccount:
    """Enter a new workspace as a customer on trial; part of its registration."""
    with control_transaction() as control:
        account = BillingAccount(
            workspace_id=workspace.id,
            plan_version_id=version.id,
            currency=workspace.currency,
            standing=WorkspaceState.TRIAL,
            standing_since=clock.now(),
            # Its first review finds out when there is something to tell.
            review_at=clock.now(),
        )
        control.add(account)
        return account


def account_of(workspace_id: int) -> BillingAccount:
    """Return the account of a workspace."""
    return (
        control_session()
        .scalars(select(BillingAccount).where(BillingAccount.workspace_id == workspace_id))
        .one()
    )


def plans_of(workspace_ids: Collection[int]) -> dict[int, BillingPlan]:
    """Return the plan that each of some workspaces has now."""
    found = control_session().execute(
        select(BillingAccount.workspace_id, BillingPlan)
        .join(PlanVersion, PlanVersion.id == BillingAccount.plan_version_id)
        .join(BillingPlan, BillingPlan.id == PlanVersion.plan_id)
        .where(BillingAccount.workspace_id.in_(workspace_ids))
    )
    return {row.workspace_id: row.BillingPlan for row in found}


def told_of(workspace_id: int) -> dict[str, Any]:
    """Return what the cell of a workspace is told of what it has: limits, features, the name.

    Seats that were bought beyond the plan are among its limits.
    """
    account = account_of(workspace_id)
    live, version = live_subscription(customer_of(account)), account.plan_version
    limits = with_seats(read_limits(version.limits), live.extra_seats if live else 0)
    return {
        "plan": write_limits(limits),
        "features": {
            "codes": list(version.features),
            "plan": {language: version.plan.name(language) for language in LANGUAGES},
        },
    }


def customer_of(account: BillingAccount) -> BillingAccount:
    """Return the account that pays for a workspace: of a sandbox, the one of its original."""
    original = account.workspace.sandbox_of_id
    if original is None:
        return account
    return customer_of(account_of(original))


def refuse_sandbox(account: BillingAccount) -> None:
    """Refuse what only a workspace can have that pays for itself."""
    if account.workspace.sandbox_of_id is not None:
        raise Refused(
            _(
                "This is a sandbox: it has the plan and the trial of the workspace it was made "
                "of, and nothing is bought for it."
            )
        )


def look_again(workspace_id: int) -> None:
    """Have the account of a workspace reviewed soon."""
    with control_transaction() as control:
        control.execute(
            update(BillingAccount)
            .where(BillingAccount.workspace_id == workspace_id)
            .values(review_at=clock.now())
        )


def facts_of(account: BillingAccount) -> Facts:
    """Return all that decides what the workspace of an account may do."""
    account = customer_of(account)
    bought = control_session().scalars(
        select(Subscription).where(Subscription.account_id == account.id).order_by(Subscription.id)
    )
    return Facts(
        trial_ends_at=account.workspace.trial_ends_at,
        bought=tuple(
            Bought(
                _stated(one),
                one.period_ends_at,
                one.trial_ends_at,
                one.ended_at,
                one.period_began_at,
            )
            for one in bought
        ),
        owed_since=owed_since(account),
    )


def _stated(subscription: Subscription) -> SubscriptionState:
    """Return a subscription's state as a fact: that of ours follows from what is owed."""
    state = SubscriptionState(subscription.state)
    is_ours = subscription.provider == Provider.TRANSFER
    return SubscriptionState.ACTIVE if is_ours and state in LIVE else state


def owed_since(account: BillingAccount) -> datetime | None:
    """Return when the oldest amount that is owed became due; None when nothing is.

    An invoice whose card was not charged yet is not owed: Stripe tries within the hour. Nor is
    one of ours that only gives something once it is paid.
    """
    return control_session().scalar(
        select(Invoice.due_at)
        .where(Invoice.account_id == account.id, is_collected(), Invoice.due_at <= clock.now())
        .order_by(Invoice.due_at)
        .limit(1)
    )


def owed_invoices(account: BillingAccount) -> Sequence[Invoice]:
    """Return what an account has to pay now, the longest due first."""
    return (
        control_session()
        .scalars(
            select(Invoice)
            .where(Invoice.account_id == account.id, is_collected(), Invoice.due_at <= clock.now())
            .order_by(Invoice.due_at, Invoice.id)
        )
        .all()
    )


def is_collected() -> ColumnElement[bool]:
    """Return whether an invoice is one that has to be paid, at once or when it is due."""
    return and_(
        Invoice.state.in_([InvoiceState.OPEN, InvoiceState.UNCOLLECTIBLE]),
        Invoice.remaining_amount > 0,
        or_(
            Invoice.attempts > 0,
            and_(Invoice.provider == Provider.TRANSFER, Invoice.reason.not_in(OFFERS)),
        ),
    )


def next_due(account: BillingAccount) -> datetime | None:
    """Return when the next invoice becomes due; None when none is to come."""
    return control_session().scalar(
        select(Invoice.due_at)
        .where(Invoice.account_id == account.id, is_collected(), Invoice.due_at > clock.now())
        .order_by(Invoice.due_at)
        .limit(1)
    )


def standing_now(account: BillingAccount) -> Standing:
    """Return where an account stands at this moment; nothing is written."""
    return standing_of(facts_of(account), clock.now(), schedule_now())


def live_subscription(account: BillingAccount) -> Subscription | None:
    """Return what an account has bought and not given up: the newest if there are several.

    One that begins later counts only where there is no other.
    """
    return (
        control_session()
        .scalars(
            select(Subscription)
            .where(
                Subscription.account_id == account.id,
                Subscription.state.in_([state.value for state in LIVE]),
            )
            .order_by(
                # Stripe's clock may be a little ahead of ours.
                Subscription.started_at > clock.now() + timedelta(minutes=10),
                Subscription.started_at.desc(),
                Subscription.id.desc(),
            )
            .limit(1)
        )
        .one_or_none()
    )


def refuse_closing(account: BillingAccount) -> None:
    """Refuse to buy or renew anything for a workspace that waits to be deleted."""
    if account.workspace.state == WorkspaceState.CLOSING:
        raise Refused(
            _("The workspace is to be deleted. Keep it first; then its plan goes on or is chosen.")
        )


def review(account: BillingAccount, *, by: audit.Actor = audit.SYSTEM) -> Standing:
    """Bring an account and its workspace to what is known now; doing it again changes nothing."""
    from control.billing.transfer.effect import begin_next
    from control.workspaces.services import follow_standing

    with control_transaction():
        account = lock_row(account)
        schedule = schedule_now()
        facts = facts_of(account)
        standing = standing_of(facts, clock.now(), schedule)
        customer = customer_of(account)
        live = live_subscription(customer)
        if customer is not account:
            account.plan_version_id = customer.plan_version_id
        elif live is not None:
            if live.next_begins_at is not None and live.next_begins_at <= clock.now():
                begin_next(live, by=by)
            account.plan_version_id = live.plan_version_id or account.plan_version_id
            account.provider = live.provider
            if live.provider == Provider.TRANSFER:
                live.state = _collected_state(standing)
        is_other = _tell_cell(account, live.extra_seats if live else 0)
        was = account.standing
        if was != standing.state:
            account.standing = standing.state
            account.standing_since = standing.since or clock.now()
            account.version += 1
        follow_standing(
            account.workspace,
            standing.state,
            cause=standing.cause,
            falls_at=standing.next_change_at,
            by=by,
        )
        begins_again = customer is account and live is not None and _begins_again(live, facts)
        if live is not None and begins_again and _asks_first(account, live):
            # It is charged within the minute: nobody is told meanwhile that he owes it.
            account.review_at = clock.now() + _SOON
        else:
            tell_of(account, standing, schedule)
        if is_other or was != standing.state:
            _look_at_sandboxes(account)
        coming = (account.review_at, next_due(customer), live.next_begins_at if live else None)
        account.review_at = min((one for one in coming if one is not None), default=None)
        if account.workspace.state == WorkspaceState.CLOSED:
            account.review_at = None
        if was != standing.state == WorkspaceState.ACTIVE:
            tell_back(account, was)
        return standing


def _tell_cell(account: BillingAccount, seats: int) -> bool:
    """Have a workspace's cell told what it has now; False when that is what it was told last."""
    from control.workspaces.jobs import copy_access

    has = (account.plan_version_id, seats, TOLD_FORM)
    if has == (account.told_version_id, account.told_seats, account.told_form):
        return False
    account.told_version_id, account.told_seats, account.told_form = has
    if account.workspace.state != WorkspaceState.CLOSED:
        jobs.enqueue_control(copy_access, workspace_id=account.workspace_id)
    return True


def _look_at_sandboxes(account: BillingAccount) -> None:
    """Have the sandboxes of a workspace follow it."""
    sandboxes = select(Workspace.id).where(Workspace.sandbox_of_id == account.workspace_id)
    control_session().execute(
        update(BillingAccount)
        .where(BillingAccount.workspace_id.in_(sandboxes))
        .values(review_at=clock.now())
    )


def _begins_again(live: Subscription, facts: Facts) -> bool:
    """Tell whether Stripe has stopped charging a plan of which nothing is open any more."""
    return (
        live.provider == Provider.STRIPE
        and live.state == SubscriptionState.UNPAID
        and facts.owed_since is None
    )


def _asks_first(account: BillingAccount, live: Subscription) -> bool:
    """Have the period that runs charged; tell whether that is asked for the first time."""
    from control.billing.online.resuming import ask_resume

    ask_resume(live)
    return note(account, f"resumed-{live.stripe_id}-{live.period_began_at}")


def _collected_state(standing: Standing) -> SubscriptionState:
    """Return how a subscription stands that is paid by transfer, in Stripe's words."""
    if standing.cause != Cause.OWED:
        return SubscriptionState.ACTIVE
    if standing.state == WorkspaceState.SUSPENDED:
        return SubscriptionState.UNPAID
    return SubscriptionState.PAST_DUE
