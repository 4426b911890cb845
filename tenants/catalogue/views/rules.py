"""Try the submit rules of a product; nothing is kept."""

from datetime import date

from stdnum.cn import ric
from stdnum.exceptions import ValidationError
from werkzeug.wrappers import Response as BaseResponse

from kit import clock
from kit.errors import Refused
from kit.i18n import gettext as _
from kit.security import requires
from kit.web import page
from tenants.accounts.permissions import Permission
from tenants.catalogue import access
from tenants.catalogue.forms import TryForm
from tenants.catalogue.rules import Applicant, History, failures
from tenants.catalogue.views.blueprint import blueprint


@blueprint.route("/<public_id>/try", methods=["GET", "POST"])
@requires(Permission.Product.VIEW)
def try_rules(public_id: str) -> BaseResponse:
    product = access.product(public_id)
    form = TryForm()
    found = None
    if form.validate_on_submit():
        found = form.attempt(lambda: failures(product, _applicant(form), history=_history(form)))
    return page(
        "catalogue/try.html", form=form, product=product, failures=found, http_status=form.status
    )


def _applicant(form: TryForm) -> Applicant:
    return Applicant(
        kind=form.kind.data or "",
        document=form.document.data or "",
        born_on=_born_on(form.document.data, form.age.data),
        province=form.province.data or "",
        city=form.city.data or "",
        district=form.district.data or "",
        address=form.address.data or "",
    )


def _born_on(document: str | None, age: int | None) -> date | None:
    """Return the birth date in a resident ID, or one that gives an age today."""
    if document:
        try:
            born_on: date = ric.get_birth_date(ric.validate(document.upper()))
        except ValidationError:
            raise Refused(_("This is not a resident ID."), field="document") from None
        return born_on
    if age is None:
        return None
    # The first of a month exists in every year.
    return clock.today().replace(day=1, year=clock.today().year - age)


def _history(form: TryForm) -> History:
    return History(
        repeats={
            "document": form.by_document.data,
            "phone": form.by_phone.data,
            "address": form.by_address.data,
        },
        live_items_of_carrier=form.live_items.data or 0,
    )
