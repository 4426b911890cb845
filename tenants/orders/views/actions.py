"""What the back office does with a whole order: one small form for each verb."""

from collections.abc import Callable
from typing import Any

from flask import url_for
from flask_login import current_user
from werkzeug.wrappers import Response as BaseResponse

from kit.forms import Form
from kit.i18n import gettext as _
from kit.security import requires
from kit.web import go, page
from tenants.accounts import access as people
from tenants.accounts import queries as accounts
from tenants.accounts.permissions import Permission
from tenants.accounts.realm import reach
from tenants.accounts.views.shielded import hide_fields
from tenants.orders import access, services
from tenants.orders.dictionary import CANCEL_REASON, HOLD_REASON, REJECT_REASON
from tenants.orders.forms import (
    AssignOrderForm,
    EditOrderForm,
    RemarkForm,
    SubmitOrderForm,
)
from tenants.orders.kinds import ORDER, masked
from tenants.orders.models import Order
from tenants.orders.services.handling import editable_words
from tenants.orders.views.blueprint import blueprint
from tenants.setup.reasons import ReasonForm


def act(
    order: Order,
    form: Form,
    verb: Callable[[], Any],
    *,
    title: str,
    done: str,
    hint: str = "",
    danger: bool = False,
) -> BaseResponse:
    """Show a verb's form, or do it and go back to the order."""
    back = url_for("orders.show", public_id=order.public_id)
    if form.validate_on_submit():
        form.attempt(verb)
        if not form.refused:
            return go(back, done)
    return page(
        "orders/act.html",
        order=order,
        form=form,
        title=title,
        hint=hint,
        danger=danger,
        back=back,
        http_status=form.status,
    )


@blueprint.route("/<public_id>/edit", methods=["GET", "POST"])
@requires(Permission.Order.EDIT)
def edit(public_id: str) -> BaseResponse:
    order = access.order(public_id, reach())
    form = EditOrderForm(obj=order)
    hide_fields(form, ORDER, order, masked(order))
    return act(
        order,
        form,
        lambda: services.edit_order(
            order,
            version=form.version.data or 0,
            recipient_name=form.recipient_name.data,
            recipient_phone=form.recipient_phone.data or order.recipient_phone,
            recipient_address=form.recipient_address.data or order.recipient_address,
            province=form.province.data or "",
            city=form.city.data or "",
            district=form.district.data or "",
            delivery_mode=form.delivery_mode.value,
            deliver_on=form.deliver_on.data,
            remark=form.remark.data or "",
            by=current_user,
        ),
        title=_("Change order %(number)s", number=order.number),
        hint=_("In this state these can be changed: %(what)s.", what=editable_words(order)),
        done=_("Saved."),
    )


@blueprint.route("/<public_id>/audit", methods=["GET", "POST"])
@requires(Permission.Order.AUDIT)
def audit(public_id: str) -> BaseResponse:
    order = access.order(public_id, reach())
    form = RemarkForm()
    return act(
        order,
        form,
        lambda: services.pass_audit(order, remark=form.remark.data or "", by=current_user),
        title=_("Pass the audit of order %(number)s", number=order.number),
        done=_("The order has passed the audit."),
    )


@blueprint.route("/<public_id>/reject", methods=["GET", "POST"])
@requires(Permission.Order.AUDIT)
def reject(public_id: str) -> BaseResponse:
    order = access.order(public_id, reach())
    form = ReasonForm(REJECT_REASON)
    return act(
        order,
        form,
        lambda: services.reject_order(order, reason=form.said, code=form.code, by=current_user),
        title=_("Reject order %(number)s", number=order.number),
        hint=_("Its numbers and cards go back to stock; expected commission becomes void."),
        done=_("The order has been rejected."),
        danger=True,
    )


@blueprint.route("/<public_id>/assign", methods=["GET", "POST"])
@requires(Permission.Order.ASSIGN)
def assign(public_id: str) -> BaseResponse:
    order = access.order(public_id, reach())
    form = AssignOrderForm()
    form.handler.refill(accounts.active_user_options())
    return act(
        order,
        form,
        lambda: services.assign_order(
            order, handler=people.user(form.handler.value), by=current_user
        ),
        title=_("Assign order %(number)s", number=order.number),
        done=_("The order has been assigned."),
    )


@blueprint.route("/<public_id>/hold", methods=["GET", "POST"])
@requires(Permission.Order.EDIT)
def hold(public_id: str) -> BaseResponse:
    order = access.order(public_id, reach())
    form = ReasonForm(HOLD_REASON)
    return act(
        order,
        form,
        lambda: services.hold_order(order, cause=form.said, code=form.code, by=current_user),
        title=_("Put order %(number)s on hold", number=order.number),
        done=_("The order is on hold."),
    )


@blueprint.route("/<public_id>/release", methods=["GET", "POST"])
@requires(Permission.Order.EDIT)
def release(public_id: str) -> BaseResponse:
    order = access.order(public_id, reach())
    form = RemarkForm()
    return act(
        order,
        form,
        lambda: services.release_order(order, by=current_user),
        title=_("Let order %(number)s go on", number=order.number),
        hint=order.hold_cause,
        done=_("The order goes on."),
    )


@blueprint.route("/<public_id>/pay", methods=["GET", "POST"])
@requires(Permission.Order.EDIT)
def pay(public_id: str) -> BaseResponse:
    order = access.order(public_id, reach())
    form = RemarkForm()
    return act(
        order,
        form,
        lambda: services.record_payment(order, remark=form.remark.data or "", by=current_user),
        title=_("Record the payment of order %(number)s", number=order.number),
        done=_("The payment has been recorded."),
    )


@blueprint.route("/<public_id>/submit", methods=["GET", "POST"])
@requires(Permission.Order.SUBMIT)
def submit(public_id: str) -> BaseResponse:
    order = access.order(public_id, reach())
    form = SubmitOrderForm()
    return act(
        order,
        form,
        lambda: services.submit_to_carrier(
            order, carrier_order_number=form.carrier_order_number.data or None, by=current_user
        ),
        title=_("Submit order %(number)s to the carrier", number=order.number),
        hint=_("Enter it in the carrier's system first; here you note that it went."),
        done=_("Submitted to the carrier."),
    )


@blueprint.route("/<public_id>/cancel", methods=["GET", "POST"])
@requires(Permission.Order.CANCEL)
def cancel(public_id: str) -> BaseResponse:
    order = access.order(public_id, reach())
    form = ReasonForm(CANCEL_REASON)
    return act(
        order,
        form,
        lambda: services.cancel_order(order, reason=form.said, code=form.code, by=current_user),
        title=_("Cancel order %(number)s", number=order.number),
        hint=_("Numbers and cards go back to stock and commission is taken back."),
        done=_("The order has been cancelled."),
        danger=True,
    )
