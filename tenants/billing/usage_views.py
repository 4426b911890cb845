"""Usage: meters, what this month costs beyond the plan so far, and what past months cost."""

from flask import Response
from werkzeug.wrappers import Response as BaseResponse

from control.billing.labels import (
    CHARGE_STATES,
    COUNTED,
    amount_of_limit,
    amount_used,
    explain_charge,
    quantity,
)
from control.billing.limits import Counted, Meter
from control.billing.models import ChargeState, UsageCharge
from control.billing.usage.queries import charges_of
from control.billing.usage.reading import preview, terms_of, zone_of
from control.billing.usage.reckoning import month_at
from kit import clock
from kit.db import control_session
from kit.i18n import lazy_gettext as _l
from kit.security import RealmBlueprint, for_payers, requires
from kit.web import Column, Filter, Listing, StatusTabs, page
from tenants.accounts.permissions import Permission
from tenants.accounts.realm import OFFICE
from tenants.billing import services
from tenants.billing.usage import used

blueprint = RealmBlueprint(
    "billing_usage",
    __name__,
    realm=OFFICE,
    url_prefix="/settings/billing/usage",
    template_folder="templates",
)
blueprints = (blueprint,)


def _invoice(row: UsageCharge) -> str:
    return (row.invoice.number or "") if row.invoice else ""


CHARGES = Listing(
    "billing-charges",
    [
        Column("month", _l("Month"), value=lambda row: f"{row.month:%Y-%m}", sort=UsageCharge.id),
        Column("counted", _l("What is counted"), kind="tag", tags=COUNTED),
        Column(
            "how",
            _l("How it comes about"),
            value=lambda row: explain_charge(row, row.currency),
            wrap=True,
        ),
        Column("amount", _l("Amount"), kind="money", currency="currency"),
        Column("state", _l("State"), kind="tag", tags=CHARGE_STATES),
        Column("invoice", _l("Invoice"), value=_invoice, text=True),
    ],
    filters=[
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
    empty_title=_l("Nothing was charged beyond the plan"),
    empty_hint=_l("What is used beyond the plan stands here after the end of each month."),
    empty_icon="gauge",
)


@blueprint.get("/")
@for_payers
@requires(Permission.Billing.VIEW)
def show() -> Response:
    account = services.own_account()
    terms, now = terms_of(account), used()
    lines, month = preview(account, now), month_at(clock.now(), zone_of(account))
    return page(
        "billing/usage.html",
        meters=[Meter(counted, now[counted], terms.limits[counted]) for counted in Counted],
        counted=COUNTED,
        amount_of_limit=amount_of_limit,
        amount_used=amount_used,
        quantity=quantity,
        currency=terms.currency,
        lines=lines,
        explain=explain_charge,
        total=sum(one.amount for one in lines),
        is_free=terms.paid_since is None,
        is_first_month=terms.paid_since is not None and terms.paid_since > month.begins_at,
        ends_at=month.ends_at,
    )


@blueprint.get("/charges")
@for_payers
@requires(Permission.Billing.VIEW)
def charges() -> BaseResponse:
    return CHARGES.respond(
        charges_of(services.own_account()), control_session(), "billing/charges.html"
    )
