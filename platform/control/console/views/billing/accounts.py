"""Customers: who stands where and owes what, and the billing of one workspace."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from flask import Response, request, url_for
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.wrappers import Response as BaseResponse

from control.billing import queries, trials
from control.billing.accounts import live_subscription
from control.billing.labels import (
    COUNTED,
    EVENT_STATES,
    PROVIDERS,
    SUBSCRIPTION_STATES,
    amount_of_limit,
    explain_charge,
    intervals,
)
from control.billing.limits import Counted
from control.billing.models import BillingAccount, BillingPlan, EventState, Provider
from control.billing.online.doubles import doubles_of
from control.billing.schedule import schedule_now
from control.billing.usage.reading import preview, terms_of
from control.console import access
from control.console.labels import WORKSPACE_STATES
from control.console.realm import blueprint
from control.console.views.archives import operator
from control.console.views.billing.exporting import noted
from control.console.views.billing.forms import TrialForm
from control.console.views.billing.invoices import INVOICES_OF_ONE
from control.console.views.workspaces import event_of
from control.plane import current_plane
from control.workspaces.directory import as_tenant
from control.workspaces.models import Workspace, WorkspaceState
from kit.db import control_session, workspace_scope
from kit.errors import Refused
from kit.i18n import current_locale
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from kit.security import signed_in
from kit.web import Column, Event, Filter, Listing, StatusTabs, done, go, page
from kit.web.filters import money

STANDINGS = (
    WorkspaceState.TRIAL,
    WorkspaceState.ACTIVE,
    WorkspaceState.PAST_DUE,
    WorkspaceState.READ_ONLY,
    WorkspaceState.SUSPENDED,
)


KEPT = "kept"
"""The tab of those who were suspended so long ago that an operator may delete them."""


def _plans() -> list[tuple[str, object]]:
    return [(one.public_id, one.name(current_locale())) for one in queries.plan_choices()]


def _kept_until(row: Any) -> datetime | None:
    if row.standing != WorkspaceState.SUSPENDED:
        return None
    since: datetime = row.standing_since
    return since + timedelta(days=schedule_now().keep_days)


ACCOUNTS = Listing(
    "billing_accounts",
    [
        Column("name", _l("Workspace"), second="address"),
        Column("standing", _l("Stands"), kind="tag", tags=WORKSPACE_STATES),
        Column("standing_since", _l("Since"), kind="datetime"),
        Column(
            "plan",
            _l("Billing plan"),
            value=lambda row: row.name_en if current_locale() == "en" else row.name_zh,
            second=lambda row: _("Version %(number)s", number=row.number),
        ),
        Column("owed", _l("Owes"), kind="money", currency=lambda row: row.currency),
        Column(
            "credit_amount",
            _l("Paid too much"),
            kind="money",
            currency=lambda row: row.currency,
            hidden=True,
        ),
        Column("currency", _l("Currency"), hidden=True),
        Column("provider", _l("Pays by"), kind="tag", tags=PROVIDERS),
        Column("trial_ends_at", _l("Trial ends"), kind="datetime"),
        Column("kept_until", _l("Nothing deleted before"), value=_kept_until, kind="datetime"),
        Column("review_at", _l("Next look"), kind="datetime", hidden=True),
        Column("stripe_customer_id", _l("Customer at Stripe"), copy=True, hidden=True),
    ],
    filters=[
        Filter.search(queries.accounts_matching, label=_l("Name, address or Stripe's customer")),
        Filter.choice("plan", _l("Billing plan"), _plans, column=BillingPlan.public_id),
        Filter.choice(
            "provider",
            _l("Pays by"),
            [(one.value, words) for one, words in PROVIDERS.items()],
            column=BillingAccount.provider,
        ),
        Filter.flag(
            "owed",
            _l("Owes something"),
            apply=lambda statement, value: statement.where(
                queries.is_owing() if value == "yes" else ~queries.is_owing()
            ),
        ),
        Filter.flag(
            "credit",
            _l("Paid too much"),
            apply=lambda statement, value: statement.where(
                BillingAccount.credit_amount > 0
                if value == "yes"
                else BillingAccount.credit_amount == 0
            ),
        ),
    ],
    tabs=StatusTabs(
        [
            *((state.value, WORKSPACE_STATES[state].label) for state in STANDINGS),
            (KEPT, _l("Kept long enough")),
        ],
        column=BillingAccount.standing,
        name="standing",
        custom={KEPT: lambda statement: statement.where(queries.is_kept_long_enough())},
    ),
    identity=BillingAccount.id,
    key_column=BillingAccount.public_id,
    row_url=lambda row: url_for("console.billing_account", public_id=row.workspace_public_id),
    drawer=False,
    empty_title=_l("No customer yet"),
    empty_hint=_l("Every workspace becomes one when it is made."),
    empty_icon="users",
)


@blueprint.get("/billing/accounts")
@signed_in
def billing_accounts() -> BaseResponse:
    return ACCOUNTS.respond(
        queries.accounts(),
        control_session(),
        "console/billing/accounts.html",
        on_export=noted(ACCOUNTS),
    )


@blueprint.get("/workspaces/<public_id>/billing")
@signed_in
def billing_account(public_id: str) -> BaseResponse:
    found = access.billing_account(public_id)
    bought = live_subscription(found)
    happened, further = queries.timeline(found, until=_until())
    return INVOICES_OF_ONE.respond(
        queries.invoices(found),
        control_session(),
        "console/billing/account.html",
        on_export=noted(INVOICES_OF_ONE),
        account=found,
        workspace=found.workspace,
        standing=WORKSPACE_STATES[WorkspaceState(found.standing)],
        plan=found.plan_version.plan.name(current_locale()),
        provider=PROVIDERS[Provider(found.provider)],
        kept_until=_kept_until(found),
        owed=[money(amount, currency) for currency, amount in queries.owed_by(found)],
        doubles=doubles_of(found),
        subscriptions=queries.subscriptions_of(found),
        subscription_states=SUBSCRIPTION_STATES,
        intervals=intervals(),
        locale=current_locale(),
        may_extend=bought is None
        and found.workspace.state != WorkspaceState.CLOSED
        and found.workspace.sandbox_of_id is None,
        happened=[_shown(one) for one in happened],
        further=further.isoformat() if further else None,
    )


@blueprint.get("/workspaces/<public_id>/billing/usage")
@signed_in
def account_usage(public_id: str) -> Response:
    """Answer the page that asks how much of its plan a workspace uses: numbers, no records."""
    found = access.billing_account(public_id)
    limits = terms_of(found).limits
    used = _used(found.workspace)
    return page(
        "console/billing/usage.html",
        workspace=found.workspace,
        lines=preview(found, used) if used is not None else (),
        explain=explain_charge,
        currency=terms_of(found).currency,
        counted=COUNTED,
        rows=[
            (
                COUNTED[counted],
                None if used is None else used.get(counted, 0),
                amount_of_limit(counted, limit),
                None if used is None else limit.share(used.get(counted, 0)),
            )
            for counted, limit in limits.items()
        ],
    )


def _used(workspace: Workspace) -> Mapping[Counted, int] | None:
    """Return what is in use in a workspace; None of one that is not there to be asked."""
    if workspace.state in {WorkspaceState.PROVISIONING, WorkspaceState.CLOSED}:
        return None
    tenant = as_tenant(workspace)
    # The planes never stand open together.
    control_session().rollback()
    try:
        with workspace_scope(tenant):
            return current_plane().used()
    except (OperationalError, PoolTimeout):
        # Its cell is down: the rest of the page does not need it.
        return None


def _until() -> datetime | None:
    """Return the moment before which the timeline is asked for; None for all of it."""
    asked = request.args.get("until", "").replace(" ", "+")
    try:
        found = datetime.fromisoformat(asked)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


def _shown(one: queries.Happening) -> Event:
    if one.entry is not None:
        return event_of(one.entry)
    if one.event is not None:
        state = EVENT_STATES[EventState(one.event.state)]
        return Event(
            at=one.at,
            who=_("Stripe"),
            title=_("Stripe told something"),
            remark=str(state),
            raw=f"{one.event.kind} {one.event.object_id}",
            colour="azure",
            icon="bell",
        )
    assert one.invoice is not None
    return Event(
        at=one.at,
        who=str(PROVIDERS[Provider(one.invoice.provider)]),
        title=_("Invoice %(number)s issued", number=one.invoice.number or "–"),
        remark=money(one.invoice.total_amount, one.invoice.currency),
        colour="green",
        icon="receipt",
    )


@blueprint.post("/workspaces/<public_id>/billing/review")
@signed_in
def review_account(public_id: str) -> BaseResponse:
    trials.review_by_hand(access.billing_account(public_id), by=operator())
    return done(
        _("Looked at: it stands where it belongs."),
        url=url_for("console.billing_account", public_id=public_id),
    )


@blueprint.route("/workspaces/<public_id>/billing/trial", methods=["GET", "POST"])
@signed_in
def extend_trial(public_id: str) -> BaseResponse:
    found = access.billing_account(public_id)
    if live_subscription(found) is not None:
        raise Refused(_("A plan has been bought: there is no trial to extend any more."))
    form = TrialForm()
    if form.validate_on_submit():
        form.attempt(
            lambda: trials.extend_trial(
                found, days=form.days.value, reason=form.reason.data or "", by=operator()
            )
        )
        if not form.refused:
            return go(
                url_for("console.billing_account", public_id=public_id),
                _("The trial ends later now."),
            )
    return page(
        "console/billing/extend_trial.html",
        workspace=found.workspace,
        form=form,
        http_status=form.status,
    )
