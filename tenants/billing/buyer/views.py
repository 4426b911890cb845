"""Who stands on invoices: entered by the owner, told to Stripe, printed from then on."""

from typing import Any

from flask import url_for
from werkzeug.wrappers import Response as BaseResponse

from control.billing.buyers import details_of
from control.verification.queries import verification_of
from kit import personal, tenancy
from kit.db import session
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from kit.security import RealmBlueprint, for_payers, requires
from kit.web import go, page
from tenants.accounts.permissions import Permission
from tenants.accounts.realm import OFFICE, signed_in_user
from tenants.accounts.wording import describe
from tenants.billing.buyer import events, services
from tenants.billing.buyer.forms import BuyerForm
from tenants.billing.services import own_account

blueprint = RealmBlueprint(
    "buyer",
    __name__,
    realm=OFFICE,
    url_prefix="/settings/billing/buyer",
    template_folder="../templates",
)
blueprints = (blueprint,)

describe(
    {events.CHANGED.name: _l("Company and tax number on invoices changed")},
    details={"country": _l("Country or region"), "tax_id": _l("Tax number")},
)


@blueprint.route("/", methods=["GET", "POST"])
@for_payers
@requires(Permission.Billing.MANAGE)
def edit() -> BaseResponse:
    account = own_account()
    found = details_of(account)
    form = BuyerForm(data=_known())
    if found is not None and found.address_cipher:
        form.address.render_kw = {"placeholder": personal.mask_address(found.address)}
        form.address.help = _l("Leave it empty to keep what is there.")
    if form.validate_on_submit():
        session().rollback()
        form.attempt(
            lambda: services.name_buyer(
                account,
                form.named(),
                email=form.email.data or "",
                version=form.version.data or 0,
                by=signed_in_user(),
            )
        )
        if not form.refused:
            return go(url_for("billing.show"), _("Saved. The next invoices say so."))
    return page("billing/buyer.html", form=form, found=found, http_status=form.status)


def _known() -> dict[str, Any]:
    """Return what the form begins with: what was entered, else what verification knows."""
    account = own_account()
    found = details_of(account)
    if found is not None:
        names = ("name", "country", "state", "city", "postal_code", "tax_kind", "tax_id", "version")
        return {name: getattr(found, name) for name in names} | {"email": account.billing_email}
    company = verification_of(tenancy.current().id)
    first: dict[str, Any] = {"version": 1, "email": account.billing_email}
    if company is not None and company.credit_code:
        first |= {
            "name": company.legal_name,
            "tax_kind": "cn_tin",
            "tax_id": company.credit_code,
        }
    return first
