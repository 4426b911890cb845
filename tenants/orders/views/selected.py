"""What the list of orders does with many: each by itself, with a result for each."""

from collections.abc import Callable

from flask import request, url_for
from sqlalchemy import Select
from werkzeug.wrappers import Response as BaseResponse

from kit.db import session
from kit.forms import Form
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from kit.security import requires
from kit.web import MOST_IN_BACKGROUND, BulkVerb, back_url, do_with_each, page, register_verb
from tenants.accounts import access as people
from tenants.accounts import queries as accounts
from tenants.accounts.permissions import Permission
from tenants.accounts.realm import reach, signed_in_user
from tenants.accounts.scopes import reach_of
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
    return _each(AUDIT, _selected())


@blueprint.post("/assign-selected")
@requires(Permission.Order.ASSIGN)
def assign_selected() -> BaseResponse:
    form = AssignSelectedForm()
    form.handler.refill(accounts.active_user_options())
    if not _is_answered(form) or not form.validate():
        return _ask(form, _("Assign %(count)s orders", count=len(form.ids.ids)))
    return _each(ASSIGN, form.ids.ids, handler=people.user(form.handler.value).public_id)


@blueprint.post("/cancel-selected")
@requires(Permission.Order.CANCEL)
def cancel_selected() -> BaseResponse:
    form = CancelSelectedForm(CANCEL_REASON)
    if not _is_answered(form) or not form.validate():
        return _ask(form, _("Cancel %(count)s orders", count=len(form.ids.ids)), danger=True)
    return _each(CANCEL, form.ids.ids, reason=form.said, code=form.code or "")


def _is_answered(form: AssignSelectedForm | CancelSelectedForm) -> bool:
    """Tell whether the form was filled in; if not, keep in it what the list has selected."""
    if "submission" in request.form:
        return True
    form.ids.take(_selected())
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


def _selected() -> list[str]:
    return LISTING.selected(listed(), session(), request.form, most=MOST_IN_BACKGROUND)


def _each(verb: BulkVerb, keys: list[str], **values: str) -> BaseResponse:
    back = back_url(url_for("orders.index"))
    return do_with_each(
        verb,
        keys,
        person=signed_in_user(),
        values=values,
        back=url_for("orders.index") if "selected" in back else back,
    )


def _verb(
    code: str, title: object, permission: Permission.Order, act: Callable[..., object]
) -> BulkVerb:
    return register_verb(
        BulkVerb(
            code=f"orders.{code}",
            title=title,
            permission=permission,
            fetch=lambda key, person, _values: access.order(key, reach_of(person, permission)),
            act=act,
            name=lambda order: order.number,
        )
    )


AUDIT = _verb(
    "audit",
    _l("Pass the audit"),
    Permission.Order.AUDIT,
    lambda order, person, _values: services.pass_audit(order, by=person),
)
ASSIGN = _verb(
    "assign",
    _l("Assign orders"),
    Permission.Order.ASSIGN,
    lambda order, person, values: services.assign_order(
        order, handler=people.user(values["handler"]), by=person
    ),
)
CANCEL = _verb(
    "cancel",
    _l("Cancel orders"),
    Permission.Order.CANCEL,
    lambda order, person, values: services.cancel_order(
        order, reason=values["reason"], code=values["code"] or None, by=person
    ),
)
