"""Pages about one person's data: hand it over, erase it."""

from io import BytesIO

from flask import send_file, url_for
from werkzeug.wrappers import Response as BaseResponse

from kit.i18n import gettext as _
from kit.security import RealmBlueprint, requires
from kit.web import go, page
from tenants.accounts.permissions import Permission
from tenants.accounts.realm import OFFICE, current_session, reach, signed_in_user
from tenants.accounts.services import prove
from tenants.backoffice.forms import DiscloseForm, EraseForm
from tenants.backoffice.person import disclose as disclose_person
from tenants.backoffice.person import erase as erase_person
from tenants.customers import access
from tenants.customers.models import Customer

blueprint = RealmBlueprint(
    "person", __name__, realm=OFFICE, url_prefix="/customers", template_folder="templates"
)
blueprints = (blueprint,)


@blueprint.route("/<public_id>/disclose", methods=["GET", "POST"])
@requires(Permission.Customer.DISCLOSE)
def disclose(public_id: str) -> BaseResponse:
    customer = access.customer(public_id, reach())
    form = DiscloseForm()
    if form.validate_on_submit():
        data = form.attempt(
            lambda: disclose_person(customer, reason=form.reason.data, by=signed_in_user())
        )
        if data is not None:
            response = send_file(
                BytesIO(data),
                mimetype="application/zip",
                as_attachment=True,
                download_name=f"{customer.number}.zip",
            )
            response.headers["Cache-Control"] = "private, no-store"
            return response
    return page("person/disclose.html", form=form, customer=customer, http_status=form.status)


@blueprint.route("/<public_id>/erase", methods=["GET", "POST"])
@requires(Permission.Customer.ERASE)
def erase(public_id: str) -> BaseResponse:
    customer = access.customer(public_id, reach())
    form = EraseForm(customer.number)
    if form.validate_on_submit():
        marked = form.attempt(lambda: _erase(customer, form))
        if marked is not None:
            return go(
                url_for("customers.show", public_id=public_id),
                _("The person has been erased; %(count)s orders keep a mark.", count=marked),
            )
    return page("person/erase.html", form=form, customer=customer, http_status=form.status)


def _erase(customer: Customer, form: EraseForm) -> int:
    prove(current_session(), form.password.data)
    return erase_person(customer, reason=form.reason.data, by=signed_in_user())
