"""What the back office does with one item: number, card, carrier's answer, way, activation."""

from flask_login import current_user
from werkzeug.wrappers import Response as BaseResponse

from kit.forms import Form
from kit.i18n import gettext as _
from kit.security import requires
from tenants.accounts.permissions import Permission
from tenants.accounts.realm import reach
from tenants.orders import access, services
from tenants.orders.forms import (
    AnswerForm,
    BindCardForm,
    CarrierEventForm,
    PickNumberForm,
    RemarkForm,
    ReturnForm,
    ShipForm,
)
from tenants.orders.models import OrderItem
from tenants.orders.services.activation import Told
from tenants.orders.states import CarrierState, FulfilmentState
from tenants.orders.views.actions import act
from tenants.orders.views.blueprint import blueprint


def _named(item: OrderItem) -> str:
    return item.msisdn or _("item %(line)s", line=item.line)


@blueprint.route("/items/<public_id>/number", methods=["GET", "POST"])
@requires(Permission.Order.SHIP)
def number(public_id: str) -> BaseResponse:
    item = access.item(public_id, reach())
    form = PickNumberForm()
    return act(
        item.order,
        form,
        lambda: services.pick_number(item, msisdn=form.msisdn.data, by=current_user),
        title=_("Choose the number of item %(line)s", line=item.line),
        done=_("The number is bound."),
    )


@blueprint.route("/items/<public_id>/card", methods=["GET", "POST"])
@requires(Permission.Order.SHIP)
def card(public_id: str) -> BaseResponse:
    item = access.item(public_id, reach())
    form = BindCardForm()
    return act(
        item.order,
        form,
        lambda: services.bind_card(item, iccid=form.iccid.data, by=current_user),
        title=_("Bind a card to %(item)s", item=_named(item)),
        hint=_("Type the ICCID or scan the bar code."),
        done=_("The card is bound."),
    )


@blueprint.route("/items/<public_id>/answer", methods=["GET", "POST"])
@requires(Permission.Order.SUBMIT)
def answer(public_id: str) -> BaseResponse:
    item = access.item(public_id, reach())
    form = AnswerForm()
    return act(
        item.order,
        form,
        lambda: services.answer_submission(
            item,
            state=CarrierState(form.state.value),
            carrier_order_number=form.carrier_order_number.data or "",
            code=form.code.data or "",
            text=form.text.data or "",
            by=current_user,
        ),
        title=_("The carrier's answer about %(item)s", item=_named(item)),
        done=_("The answer has been entered."),
    )


@blueprint.route("/items/<public_id>/hand-over", methods=["GET", "POST"])
@requires(Permission.Order.SHIP)
def hand_over(public_id: str) -> BaseResponse:
    return _plain(public_id, RemarkForm(), services.hand_over, _("Hand over %(item)s"))


@blueprint.route("/items/<public_id>/deliver", methods=["GET", "POST"])
@requires(Permission.Order.SHIP)
def deliver(public_id: str) -> BaseResponse:
    return _plain(public_id, RemarkForm(), services.deliver_item, _("%(item)s was delivered"))


def _plain(public_id: str, form: Form, verb: services.ItemVerb, title: str) -> BaseResponse:
    item = access.item(public_id, reach())
    return act(
        item.order,
        form,
        lambda: verb(item, by=current_user),
        title=title % {"item": _named(item)},
        done=_("Saved."),
    )


@blueprint.route("/items/<public_id>/ship", methods=["GET", "POST"])
@requires(Permission.Order.SHIP)
def ship(public_id: str) -> BaseResponse:
    item = access.item(public_id, reach())
    form = ShipForm()
    return act(
        item.order,
        form,
        lambda: services.ship_item(
            item,
            courier=form.courier.data,
            tracking_number=form.tracking_number.data,
            by=current_user,
        ),
        title=_("Ship %(item)s", item=_named(item)),
        done=_("Shipped."),
    )


@blueprint.route("/items/<public_id>/return", methods=["GET", "POST"])
@requires(Permission.Order.SHIP)
def bring_back(public_id: str) -> BaseResponse:
    item = access.item(public_id, reach())
    form = ReturnForm()
    return act(
        item.order,
        form,
        lambda: services.return_item(
            item,
            state=FulfilmentState(form.state.value),
            remark=form.remark.data or "",
            by=current_user,
        ),
        title=_("%(item)s comes back", item=_named(item)),
        done=_("Saved."),
    )


@blueprint.route("/items/<public_id>/event", methods=["GET", "POST"])
@requires(Permission.Order.ACTIVATE)
def event(public_id: str) -> BaseResponse:
    item = access.item(public_id, reach())
    form = CarrierEventForm()
    return act(
        item.order,
        form,
        lambda: services.record_carrier_event(
            item,
            event=Told(form.event.value),
            occurred_on=form.occurred_on.value,
            month=form.month.data or 0,
            code=form.code.data or "",
            text=form.text.data or "",
            source="typed",
            by=current_user,
        ),
        title=_("An event of %(item)s", item=_named(item)),
        hint=_("Activation, first top-up, month on network or closing, as the carrier tells it."),
        done=_("The event has been entered."),
    )
