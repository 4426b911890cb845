"""What the list of orders does with many: each by itself, with a result for each."""

from collections.abc import Callable

from flask import request, url_for
from flask_login import current_user
from sqlalchemy import Select
from werkzeug.wrappers import Response as BaseResponse

from kit.db import session
from kit.forms import Form
from kit.i18n import gettext as _
from kit.security import requires
from kit.web import back_url, for_each, page, show_results
from tenants.accounts import access as people
from tenants.accounts import queries as accounts
from tenants.accounts.permissions import Permission
from tenants.accounts.realm import reach
from tenants.orders import access, queries, services
from tenants.orders.dictionary import CANCEL_REASON
from tenants.orders.forms import AssignSelectedForm, CancelSelectedForm
from tenants.orders.listing import LISTING
from tenants.orders.models import Order
from tenants.orders.views.blueprint import blueprint


def listed() -> Select[Order]:
    """Return the statement of the list: the orders that the person may see."""
    return queries.orders().where(queries.reached(reach(Permission.Order.VIEW)))


@blueprint.post("/audit-selected")
@requires(Permission.Order.AUDIT)
def audit_selected() -> BaseResponse:
    return _each(
        LISTING.selected(listed(), session(), request.form),
        lambda order: services.pass_audit(order, by=current_user),
        title=_("Pass the audit"),
    )


@blueprint.post("/assign-selected")
@requires(Permission.Order.ASSIGN)
def assign_selected() -> BaseResponse:
    form = AssignSelectedForm()
    form.handler.refill(accounts.active_user_options())
    if not _is_answered(form) or not form.validate():
        return _ask(form, _("Assign %(count)s orders", count=len(form.ids.ids)))
    handler = people.user(form.handler.value)
    return _each(
        form.ids.ids,
        lambda order: services.assign_order(order, handler=handler, by=current_user),
        title=_("Assign orders"),
    )


@blueprint.post("/cancel-selected")
@requires(Permission.Order.CANCEL)
def cancel_selected() -> BaseResponse:
    form = CancelSelectedForm(CANCEL_REASON)
    if not _is_answered(form) or not form.validate():
        return _ask(form, _("Cancel %(count)s orders", count=len(form.ids.ids)), danger=True)
    return _each(
        form.ids.ids,
        lambda order: services.cancel_order(
            order, reason=form.said, code=form.code, by=current_user
        ),
        title=_("Cancel orders"),
    )


def _is_answered(form: AssignSelectedForm | CancelSelectedForm) -> bool:
    """Tell whether the form was filled in; if not, keep in it what the list has selected."""
    if "submission" in request.form:
        return True
    form.ids.take(LISTING.selected(listed(), session(), request.form))
    return False


def _ask(form: Form, title: str, *, danger: bool = False) -> BaseResponse:
    return page(
        "orders/act_on_selected.html",
        form=form,
        title=title,
        danger=danger,
        back=url_for("orders.index"),
        http_status=form.status,
    )


def _each(keys: list[str], act: Callable[[Order], object], *, title: str) -> BaseResponse:
    results = for_each(
        keys, lambda key: access.order(key, reach()), act, name=lambda order: order.number
    )
    back = back_url(url_for("orders.index"))
    return show_results(
        results, title=title, back=url_for("orders.index") if "selected" in back else back
    )
