"""What Stripe told us, and where our mirror had drifted from it."""

from datetime import timedelta

from flask import Response, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from control.billing import queries
from control.billing.labels import EVENT_STATES, event_error
from control.billing.models import Drift, EventState, StripeEvent
from control.billing.online import reconcile
from control.billing.online.connected import is_read
from control.billing.online.inbox import at_work, kept_count, replay, waiting_count
from control.billing.online.mirror import account_of_customer
from control.billing.online.reconciling import COMPARING, ask_reconcile, under_way
from control.console import access
from control.console.queries import log_of
from control.console.realm import blueprint
from control.console.views.archives import operator
from control.console.views.billing.exporting import noted
from control.console.views.workspaces import event_of
from kit import clock
from kit.db import control_session
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from kit.payments import has_stripe
from kit.security import signed_in
from kit.web import (
    BulkAction,
    Column,
    Filter,
    Listing,
    RowAction,
    StatusTabs,
    done,
    for_each,
    go,
    page,
    show_results,
)

WAYS = {"webhook": _l("By webhook"), "reconcile": _l("Fetched by comparing")}
OBJECTS = (
    "subscription",
    "invoice",
    "checkout.session",
    "charge",
    "refund",
    "dispute",
    "credit_note",
)

EVENTS = Listing(
    "stripe_events",
    [
        Column("kind", _l("Event"), second="stripe_id"),
        Column("state", _l("State"), kind="tag", tags=EVENT_STATES),
        Column("object_id", _l("About"), second="object_kind", copy=True),
        Column("customer_id", _l("Customer at Stripe"), copy=True),
        Column("account", _l("Connected account"), copy=True, hidden=True),
        Column("deliveries", _l("Times told"), kind="number", hidden=True),
        Column("way", _l("Came"), kind="tag", tags=WAYS, hidden=True),
        Column("error", _l("Error"), value=lambda row: event_error(row.error), wrap=True),
        Column("happened_at", _l("Happened"), kind="datetime"),
        Column("created_at", _l("Told to us"), kind="datetime", sort=StripeEvent.id),
        Column("tried_at", _l("Last tried"), kind="datetime", hidden=True),
        Column("done_at", _l("Applied at"), kind="datetime", hidden=True),
    ],
    filters=[
        Filter.text("kind", _l("Event"), column=StripeEvent.kind, match="prefix"),
        Filter.choice(
            "about",
            _l("Kind of object"),
            [(one, one) for one in OBJECTS],
            column=StripeEvent.object_kind,
        ),
        Filter.text("object", _l("Object's id"), column=StripeEvent.object_id),
        Filter.text("customer", _l("Customer at Stripe"), column=StripeEvent.customer_id),
        Filter.text("account", _l("Connected account"), column=StripeEvent.account),
    ],
    tabs=StatusTabs(
        [(state.value, EVENT_STATES[state].label) for state in EventState],
        column=StripeEvent.state,
        name="state",
    ),
    default_sort="-created_at",
    identity=StripeEvent.id,
    key_column=StripeEvent.public_id,
    row_url=lambda row: url_for("console.stripe_event", public_id=row.public_id),
    actions=[
        RowAction(
            _l("Apply again"),
            lambda row: url_for("console.replay_event", public_id=row.public_id),
            post=True,
            visible=lambda row: not row.is_at_work and (not row.account or is_read()),
        )
    ],
    bulk=[
        BulkAction(
            _l("Apply again"),
            lambda: url_for("console.replay_events"),
            icon="rotate",
            confirm=_l("Apply the selected events again? What is true now is asked for anew."),
        )
    ],
    empty_title=_l("Stripe has told nothing yet"),
    empty_hint=_l("Events appear when Stripe's webhook leads here and somebody buys."),
    empty_icon="bell",
)


def _differences(row: object) -> str:
    found = row.differences  # type: ignore[attr-defined] # a row of the statement
    return "; ".join(
        f"{name}: {_plain(before)} → {_plain(after)}" for name, (before, after) in found.items()
    )


def _plain(value: object) -> str:
    return "–" if value is None else str(value)


DRIFTS = Listing(
    "billing_drifts",
    [
        Column("object_id", _l("About"), second="object_kind", copy=True),
        Column("name", _l("Workspace")),
        Column("differences", _l("Difference"), value=_differences, wrap=True),
        Column("created_at", _l("Found"), kind="datetime", sort=Drift.id),
    ],
    filters=[
        Filter.text("object", _l("Object's id"), column=Drift.object_id),
        Filter.date_range("found", _l("Found"), column=Drift.created_at),
    ],
    tabs=StatusTabs(
        (("subscription", _l("Subscriptions")), ("invoice", _l("Invoices"))),
        column=Drift.object_kind,
        name="kind",
    ),
    default_sort="-created_at",
    identity=Drift.id,
    key_column=Drift.public_id,
    row_url=lambda row: (
        url_for("console.billing_account", public_id=row.workspace_public_id)
        if row.workspace_public_id
        else ""
    ),
    drawer=False,
    empty_title=_l("Nothing differed"),
    empty_hint=_l("Each difference is an event that was lost; the comparison mends it."),
    empty_icon="circle-check",
)


@blueprint.get("/billing/events")
@signed_in
def stripe_events() -> BaseResponse:
    return EVENTS.respond(
        queries.events(),
        control_session(),
        "console/billing/events.html",
        on_export=noted(EVENTS),
        waiting=waiting_count(),
        kept=kept_count(),
        has_stripe=has_stripe(),
    )


@blueprint.get("/billing/events/<public_id>")
@signed_in
def stripe_event(public_id: str) -> Response:
    found = access.stripe_event(public_id)
    account = account_of_customer(found.customer_id) if found.customer_id else None
    return page(
        "console/billing/event.html",
        event=found,
        state=EVENT_STATES[EventState(found.state)],
        way=WAYS.get(found.way, found.way),
        why=event_error(found.error),
        workspace=account.workspace if account else None,
        may_replay=not at_work(found.stripe_id) and (not found.account or is_read()),
        log=[event_of(entry) for entry in log_of([found.public_id])],
    )


@blueprint.post("/billing/events/<public_id>/replay")
@signed_in
def replay_event(public_id: str) -> BaseResponse:
    replay(access.stripe_event(public_id), by=operator())
    return done(_("It is applied again in a moment."), url=url_for("console.stripe_events"))


@blueprint.post("/billing/events/replay")
@signed_in
def replay_events() -> BaseResponse:
    keys = EVENTS.selected(queries.events(), control_session(), request.form)
    by = operator()
    results = for_each(
        keys,
        access.stripe_event,
        lambda event: replay(event, by=by),
        name=lambda event: f"{event.kind} {event.object_id}",
    )
    return show_results(
        results, title=_("Events applied again"), back=url_for("console.stripe_events")
    )


@blueprint.get("/billing/drift")
@signed_in
def drift() -> BaseResponse:
    return DRIFTS.respond(
        queries.drifts(),
        control_session(),
        "console/billing/drift.html",
        on_export=noted(DRIFTS),
        running=under_way(),
        customers=reconcile.customers(),
        compared=reconcile.compared_since(clock.now() - timedelta(days=1)),
        first=reconcile.compared_first(),
        has_stripe=has_stripe(),
        log=[event_of(entry) for entry in log_of([COMPARING.public_id])[:10]],
    )


@blueprint.post("/billing/drift/compare")
@signed_in
def compare_now() -> BaseResponse:
    ask_reconcile(by=operator())
    return go(
        url_for("console.drift"),
        _("The comparison has begun; what it finds will stand here."),
    )
