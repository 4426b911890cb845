"""End what Stripe still charges for a workspace that is gone."""

from functools import partial

import stripe
from sqlalchemy import select

from control.billing.models import BillingAccount, Provider, Subscription
from control.billing.online import mirror
from control.billing.online.fetching import FetchedSubscription, fetch_subscription
from control.billing.standing import LIVE
from control.workspaces.models import Workspace, WorkspaceState
from kit import audit, jobs
from kit.db import control_session, control_transaction
from kit.i18n import lazy_gettext as _l
from kit.jobs import JobRun, job
from kit.payments import calling_stripe, has_stripe, stripe_client

STOPPED = audit.Event.named("billing:charging_stopped", "stripe_id")


_TRIES = 16
"""Attempts: with the usual rests between them some six hours go by."""


def ask_stop(workspace_id: int) -> None:
    """Have whatever Stripe renews for a workspace ended; asked twice, it is one piece of work."""
    jobs.enqueue_control(stop_charging, unique_key=str(workspace_id), workspace_id=workspace_id)


def stop_forgotten() -> int:
    """Ask again for closed workspaces for which Stripe still renews something; return how many.

    What was asked at the closing may have come to nothing, or something was bought afterwards.
    """
    with control_transaction() as control:
        forgotten = control.scalars(
            select(Workspace.id)
            .join(BillingAccount, BillingAccount.workspace_id == Workspace.id)
            .join(Subscription, Subscription.account_id == BillingAccount.id)
            .where(
                Workspace.state == WorkspaceState.CLOSED,
                Subscription.provider == Provider.STRIPE,
                Subscription.stripe_id.is_not(None),
                Subscription.state.in_([state.value for state in LIVE]),
            )
            .distinct()
        ).all()
        for workspace_id in forgotten:
            ask_stop(workspace_id)
        return len(forgotten)


@job(
    "billing.stop_charging",
    title=_l("End a closed workspace's subscription"),
    stepped=True,
    tries=_TRIES,
)
def stop_charging(run: JobRun, *, workspace_id: int) -> None:
    """Cancel at once whatever Stripe renews for a workspace; what has ended already stays so."""
    if not has_stripe():
        return
    renewing = control_session().scalars(
        select(Subscription.stripe_id)
        .join(BillingAccount, BillingAccount.id == Subscription.account_id)
        .where(
            BillingAccount.workspace_id == workspace_id,
            Subscription.provider == Provider.STRIPE,
            Subscription.stripe_id.is_not(None),
            Subscription.state.in_([state.value for state in LIVE]),
        )
    )
    for stripe_id in [one for one in renewing if one is not None]:
        step = f"stopped {stripe_id}"
        if run.is_done(step):
            continue
        control_session().rollback()
        cancel_at_once(stripe_id)
        ticket = mirror.take_ticket()
        found = fetch_subscription(stripe_id)
        run.once(step, partial(_note, found, ticket))


def _note(found: FetchedSubscription, ticket: int) -> None:
    account = mirror.account_of_customer(found.customer_id)
    if account is not None:
        audit.record_control(STOPPED, account, by=audit.SYSTEM, stripe_id=found.stripe_id)
    mirror.show_subscription(found, ticket=ticket)


def cancel_at_once(stripe_id: str) -> None:
    """End a subscription at Stripe now; one that has ended already stays so."""
    with calling_stripe():
        try:
            stripe_client().v1.subscriptions.cancel(stripe_id)
        except stripe.InvalidRequestError as error:
            # Cancelled before, by us or by its owner: the mirror is told below.
            if error.code != "resource_missing":
                raise
