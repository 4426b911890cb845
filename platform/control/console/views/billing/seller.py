"""Who runs this installation, for the price page."""

from dataclasses import asdict

from flask import url_for
from werkzeug.wrappers import Response as BaseResponse

from control.billing.queries import setting_log
from control.billing.seller import CODE, FIRST_YEAR, Seller, name_seller, seller_now
from control.console.realm import blueprint
from control.console.views.archives import operator
from control.console.views.workspaces import event_of
from kit.forms import Form, IntegerField, TextAreaField, TextField
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from kit.security import signed_in
from kit.web import go, page


class SellerForm(Form):
    """The company behind the installation; what is empty is not shown."""

    name = TextField(_l("Company name"), length=120, required=False)
    since = IntegerField(_l("In business since"), required=False, at_least=FIRST_YEAR)
    registration = TextField(
        _l("Registration"),
        length=120,
        required=False,
        help=_l("Such as the unified social credit code and the ICP or telecom licence."),
    )
    contact = TextField(
        _l("Contact"), length=120, required=False, help=_l("A mail address or a telephone number.")
    )
    data_zh = TextAreaField(
        _l("Where data is kept, in Chinese"),
        length=500,
        required=False,
        help=_l("Data centre, backups, certificates: what can be shown when somebody asks."),
    )
    data_en = TextAreaField(_l("Where data is kept, in English"), length=500, required=False)

    def seller(self) -> Seller:
        """Return what was typed."""
        return Seller(
            name=self.name.data or "",
            since=self.since.data,
            registration=self.registration.data or "",
            contact=self.contact.data or "",
            data_zh=self.data_zh.data or "",
            data_en=self.data_en.data or "",
        )


@blueprint.route("/billing/seller", methods=["GET", "POST"])
@signed_in
def seller() -> BaseResponse:
    form = SellerForm(data=asdict(seller_now()))
    if form.validate_on_submit():
        form.attempt(lambda: name_seller(form.seller(), by=operator()))
        if not form.refused:
            return go(url_for("console.seller"), _("Saved. The price page says so at once."))
    return page(
        "console/billing/seller.html",
        form=form,
        log=[event_of(entry) for entry in setting_log(CODE)],
        http_status=form.status,
    )
