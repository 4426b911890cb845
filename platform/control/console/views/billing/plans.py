"""Billing plans: names, versions with limits and prices, published and then never changed."""

from typing import Any

from flask import Response, url_for
from werkzeug.wrappers import Response as BaseResponse

from control.billing import planning, queries
from control.billing.features import FEATURES, Feature
from control.billing.labels import COUNTED, amount_of_limit, intervals
from control.billing.limits import read_limits
from control.billing.models import BillingPlan, PlanVersion
from control.console import access
from control.console.queries import log_of
from control.console.realm import blueprint
from control.console.views.archives import operator
from control.console.views.billing.exporting import noted
from control.console.views.billing.forms import NewPlanForm, PlanForm, VersionForm, as_lines
from control.console.views.workspaces import event_of
from kit.db import control_session
from kit.i18n import current_locale
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from kit.security import signed_in
from kit.web import Column, Filter, Listing, StatusTabs, Tag, go, page
from kit.web.filters import money

VERSION_STATES = {
    "draft": Tag(_l("Draft"), "orange"),
    "sold": Tag(_l("Sold now"), "green"),
    "before": Tag(_l("Sold before"), "gray"),
    "not_offered": Tag(_l("Not offered"), "gray"),
}


def _newest_published(plan: BillingPlan) -> PlanVersion | None:
    return next((one for one in plan.versions if one.published_at is not None), None)


def _version(plan: BillingPlan) -> str | None:
    found = _newest_published(plan)
    return None if found is None else str(found.number)


def _draft(plan: BillingPlan) -> str | None:
    newest = plan.versions[0] if plan.versions else None
    return (
        None
        if newest is None or newest.published_at
        else _("Draft %(number)s", number=newest.number)
    )


PLANS = Listing(
    "billing_plans",
    [
        Column(
            "name",
            _l("Billing plan"),
            value=lambda row: row.name(current_locale()),
            second=lambda row: row.summary(current_locale()) or None,
        ),
        Column("code", _l("Code of the plan")),
        Column("is_offered", _l("Offered"), kind="bool"),
        Column("version", _l("Version sold"), value=_version, second=_draft),
        Column("position", _l("Place"), kind="number", sort=BillingPlan.position),
        Column("created_at", _l("Created"), kind="datetime", sort=BillingPlan.id),
    ],
    filters=[Filter.search(queries.plans_matching, label=_l("Name or code"))],
    tabs=StatusTabs(
        (("yes", _l("Offered")), ("no", _l("Not offered"))),
        name="offered",
        custom={
            "yes": lambda statement: statement.where(BillingPlan.is_offered),
            "no": lambda statement: statement.where(BillingPlan.is_offered.is_(False)),
        },
    ),
    default_sort="position",
    row_url=lambda row: url_for("console.billing_plan", public_id=row.public_id),
    drawer=False,
    empty_title=_l("No billing plan yet"),
    empty_hint=_l("Without a plan nobody can sign up."),
    empty_icon="packages",
)


@blueprint.get("/billing/plans")
@signed_in
def billing_plans() -> BaseResponse:
    return PLANS.respond(
        queries.plans(),
        control_session(),
        "console/billing/plans.html",
        on_export=noted(PLANS),
    )


@blueprint.route("/billing/plans/new", methods=["GET", "POST"])
@signed_in
def new_billing_plan() -> BaseResponse:
    form = NewPlanForm()
    if form.validate_on_submit():
        made = form.attempt(
            lambda: planning.add_plan(form.code.data or "", form.names(), by=operator())
        )
        if made is not None:
            return go(
                url_for("console.billing_plan", public_id=made.public_id),
                _("The plan is there. Fill its draft and publish it."),
            )
    return page("console/billing/new_plan.html", form=form, http_status=form.status)


@blueprint.get("/billing/plans/<public_id>")
@signed_in
def billing_plan(public_id: str) -> Response:
    found = access.billing_plan(public_id)
    versions = queries.versions_of(found)
    sold = next((one for one in versions if one.published_at is not None), None)
    return page(
        "console/billing/plan.html",
        plan=found,
        name=found.name(current_locale()),
        versions=versions,
        has_draft=bool(versions) and versions[0].published_at is None,
        states={one.id: _state(one, sold) for one in versions},
        prices={one.id: prices_in_words(one) for one in versions},
        used_by=queries.accounts_on([one.id for one in versions]),
        log=[event_of(entry) for entry in log_of([found.public_id])],
    )


def _state(version: PlanVersion, sold: PlanVersion | None) -> Tag:
    if version.published_at is None:
        return VERSION_STATES["draft"]
    if sold is None or version.id != sold.id:
        return VERSION_STATES["before"]
    return VERSION_STATES["sold" if version.plan.is_offered else "not_offered"]


def prices_in_words(version: PlanVersion) -> list[str]:
    """Return what a version costs, a text for each price."""
    words = intervals()
    return [
        f"{money(one.amount, one.currency)} {words[one.interval]}"  # type: ignore[index] # a StrEnum
        for one in version.prices
    ]


@blueprint.route("/billing/plans/<public_id>/edit", methods=["GET", "POST"])
@signed_in
def edit_billing_plan(public_id: str) -> BaseResponse:
    found = access.billing_plan(public_id)
    form = PlanForm(obj=found)
    if form.validate_on_submit():
        form.attempt(
            lambda: planning.edit_plan(
                found, form.names(), version=form.version.data, by=operator()
            )
        )
        if not form.refused:
            return go(url_for("console.billing_plan", public_id=public_id), _("Saved."))
    return page(
        "console/billing/edit_plan.html",
        plan=found,
        name=found.name(current_locale()),
        form=form,
        http_status=form.status,
    )


@blueprint.post("/billing/plans/<public_id>/draft")
@signed_in
def draft_plan_version(public_id: str) -> BaseResponse:
    draft = planning.draft_version(access.billing_plan(public_id), by=operator())
    return go(
        url_for("console.edit_plan_version", public_id=draft.public_id),
        _("The draft is a copy of the newest version."),
    )


@blueprint.route("/billing/versions/<public_id>/edit", methods=["GET", "POST"])
@signed_in
def edit_plan_version(public_id: str) -> BaseResponse:
    found = access.plan_version(public_id)
    planning.refuse_published(found)
    form = VersionForm(obj=found.plan, instead=as_lines(planning.content_of(found)))
    if form.validate_on_submit():
        form.attempt(
            lambda: planning.edit_draft(
                found, form.content(), version=form.version.data, by=operator()
            )
        )
        if not form.refused:
            return go(
                url_for("console.plan_version", public_id=public_id),
                _("Saved. So it will stand on the price page."),
            )
    return page(
        "console/billing/edit_version.html",
        plan=found.plan,
        version=found,
        name=found.plan.name(current_locale()),
        form=form,
        http_status=form.status,
    )


@blueprint.get("/billing/versions/<public_id>")
@signed_in
def plan_version(public_id: str) -> Response:
    """Show a version as the price page does, in each currency."""
    found = access.plan_version(public_id)
    return page(
        "console/billing/version.html",
        plan=found.plan,
        version=found,
        name=found.plan.name(current_locale()),
        used_by=queries.accounts_on([found.id]).get(found.id, 0),
        currencies=list(dict.fromkeys(one.currency for one in found.prices)),
        **price_page(found),
    )


def price_page(*versions: PlanVersion) -> dict[str, Any]:
    """Return what the price page's card of a plan needs besides its currency."""
    return {
        "limits": {one.id: read_limits(one.limits) for one in versions},
        "counted": COUNTED,
        "amount_of_limit": amount_of_limit,
        "features": FEATURES,
        "feature_codes": list(Feature),
        "intervals": intervals(),
        "is_preview": True,
    }


@blueprint.post("/billing/versions/<public_id>/publish")
@signed_in
def publish_plan_version(public_id: str) -> BaseResponse:
    found = access.plan_version(public_id)
    plan = found.plan.public_id
    planning.publish(found, by=operator())
    return go(
        url_for("console.billing_plan", public_id=plan),
        _("It is sold from now on. Who has bought keeps what was bought."),
    )


@blueprint.post("/billing/versions/<public_id>/discard")
@signed_in
def discard_plan_version(public_id: str) -> BaseResponse:
    found = access.plan_version(public_id)
    plan = found.plan.public_id
    planning.discard(found, by=operator())
    return go(url_for("console.billing_plan", public_id=plan), _("The draft is gone."))
