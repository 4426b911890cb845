"""Tax rates: how much of a price is tax, for each currency."""

from flask import Response, url_for
from werkzeug.wrappers import Response as BaseResponse

from control.billing.online.taxes import rates_now, set_rate
from control.billing.planning import CURRENCIES
from control.billing.queries import setting_log
from control.console.realm import blueprint
from control.console.views.archives import operator
from control.console.views.workspaces import event_of
from kit.errors import Missing
from kit.forms import Form, PercentField, TextField
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from kit.security import signed_in
from kit.web import go, page


class TaxRateForm(Form):
    """A rate and what it is called; none where it is left empty."""

    points = PercentField(
        _l("Tax rate"),
        required=False,
        at_most=5_000,
        help=_l("Such as 6. Empty: no tax is shown on invoices in this currency."),
    )
    name = TextField(
        _l("What the tax is called"), length=50, required=False, help=_l("Such as VAT.")
    )


@blueprint.get("/billing/taxes")
@signed_in
def tax_rates() -> Response:
    rates = rates_now()
    return page(
        "console/billing/taxes.html",
        rows=[(currency, rates.get(currency)) for currency in CURRENCIES],
        log=[event_of(entry) for entry in setting_log("tax")],
    )


@blueprint.route("/billing/taxes/<currency>", methods=["GET", "POST"])
@signed_in
def edit_tax_rate(currency: str) -> BaseResponse:
    if currency not in CURRENCIES:
        raise Missing(currency)
    known = rates_now().get(currency)
    form = TaxRateForm(data={"points": known.points, "name": known.name} if known else {})
    if form.validate_on_submit():
        form.attempt(
            lambda: set_rate(
                currency, points=form.points.data, name=form.name.data or "", by=operator()
            )
        )
        if not form.refused:
            return go(
                url_for("console.tax_rates"),
                _("Saved. Plans that run take the rate from their next invoice on."),
            )
    return page(
        "console/billing/edit_tax_rate.html",
        currency=currency,
        form=form,
        http_status=form.status,
    )
