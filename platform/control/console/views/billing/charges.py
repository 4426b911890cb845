"""Charges beyond plans: all, one workspace's, one with how it came about; letting one off."""

from dataclasses import replace

from flask import Response, url_for
from werkzeug.wrappers import Response as BaseResponse

from control.billing.labels import CHARGE_STATES, COUNTED, explain_charge
from control.billing.limits import Counted
from control.billing.models import ChargeState, UsageCharge
from control.billing.usage import queries
from control.billing.usage.waiving import waive
from control.console import access
from control.console.realm import blueprint
from control.console.services import refuse_wrong_password
from control.console.views.archives import operator
from control.console.views.billing.exporting import noted
from control.console.views.billing.forms import WaiveForm
from kit.db import control_session
from kit.errors import Refused
from kit.i18n import current_locale
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from kit.security import signed_in
from kit.web import Column, Filter, Listing, StatusTabs, go, page

CHARGES = Listing(
    "usage_charges",
    [
        Column("month", _l("Month"), value=lambda row: f"{row.month:%Y-%m}", sort=UsageCharge.id),
        Column(
            "workspace",
            _l("Workspace"),
            value="account.workspace.name",
            second="account.workspace.address",
        ),
        Column("counted", _l("What is counted"), kind="tag", tags=COUNTED),
        Column(
            "how",
            _l("How it comes about"),
            value=lambda row: explain_charge(row, row.currency),
            wrap=True,
        ),
        Column("amount", _l("Amount"), kind="money", currency=lambda row: row.currency),
        Column("currency", _l("Currency"), hidden=True),
        Column("state", _l("State"), kind="tag", tags=CHARGE_STATES),
        Column("invoice", _l("Invoice"), value=lambda row: row.invoice and row.invoice.number),
        Column("stripe_id", _l("At Stripe"), copy=True, hidden=True),
        Column("waived_reason", _l("Why it was let off"), wrap=True, hidden=True),
    ],
    filters=[
        Filter.search(queries.charges_matching, label=_l("Workspace or Stripe's id")),
        Filter.choice(
            "counted",
            _l("What is counted"),
            [(one.value, COUNTED[one]) for one in Counted],
            column=UsageCharge.counted,
        ),
    ],
    tabs=StatusTabs(
        [(state.value, CHARGE_STATES[state].label) for state in ChargeState],
        column=UsageCharge.state,
        name="state",
    ),
    row_url=lambda row: url_for("console.usage_charge", public_id=row.public_id),
    drawer=False,
    empty_title=_l("Nothing was charged beyond the plans"),
    empty_hint=_l("What is used beyond a soft limit stands here after the end of each month."),
    empty_icon="gauge",
)
CHARGES_OF_ONE = replace(
    CHARGES,
    name="usage_charges_of_one",
    columns=[one for one in CHARGES.columns if one.name != "workspace"],
    filters=CHARGES.filters[1:],
)


@blueprint.get("/billing/charges")
@signed_in
def usage_charges() -> BaseResponse:
    return CHARGES.respond(
        queries.charges(),
        control_session(),
        "console/billing/charges.html",
        on_export=noted(CHARGES),
    )


@blueprint.get("/workspaces/<public_id>/billing/charges")
@signed_in
def account_charges(public_id: str) -> BaseResponse:
    found = access.billing_account(public_id)
    return CHARGES_OF_ONE.respond(
        queries.charges_of(found),
        control_session(),
        "console/billing/account_charges.html",
        on_export=noted(CHARGES_OF_ONE),
        workspace=found.workspace,
    )


@blueprint.get("/billing/charges/<public_id>")
@signed_in
def usage_charge(public_id: str) -> Response:
    found = access.usage_charge(public_id)
    return page(
        "console/billing/charge.html",
        charge=found,
        workspace=found.account.workspace,
        what=COUNTED[Counted(found.counted)],
        how=explain_charge(found, found.currency),
        state=CHARGE_STATES[ChargeState(found.state)],
        plan=found.plan_version.plan.name(current_locale()),
        may_waive=found.state in {ChargeState.RECKONED, ChargeState.SENT},
    )


@blueprint.route("/billing/charges/<public_id>/waive", methods=["GET", "POST"])
@signed_in
def waive_charge(public_id: str) -> BaseResponse:
    found = access.usage_charge(public_id)
    amount, currency = found.amount, found.currency
    workspace = found.account.workspace.name
    form = WaiveForm()
    if form.validate_on_submit():
        form.attempt(lambda: _waive(found, form))
        if not form.refused:
            return go(
                url_for("console.usage_charge", public_id=public_id),
                _("The charge is let off; it is never billed."),
            )
    elif not form.is_submitted() and found.state in {ChargeState.INVOICED, ChargeState.WAIVED}:
        raise Refused(_("Only a charge that is on no invoice yet can be let off."))
    return page(
        "console/billing/waive_charge.html",
        public_id=public_id,
        workspace_name=workspace,
        amount=amount,
        currency=currency,
        form=form,
        http_status=form.status,
    )


def _waive(found: UsageCharge, form: WaiveForm) -> None:
    refuse_wrong_password(operator(), form.own.data or "")
    waive(found, reason=form.reason.data or "", by=operator())
