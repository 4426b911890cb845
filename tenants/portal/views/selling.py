"""Take an order in at most eight taps: product, number, paste, submit."""

from typing import Any

from flask import Response, jsonify, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as BaseResponse

from control.verification.standing import is_verified
from kit import clock
from kit.db import transaction
from kit.errors import Missing, Refused
from kit.i18n import current_locale
from kit.i18n import gettext as _
from kit.security import requires
from kit.web import go, page
from tenants.catalogue import access as products_access
from tenants.catalogue import queries as catalogue
from tenants.catalogue.labels import DELIVERY_MODES, data_text
from tenants.catalogue.models import DeliveryMode, PickingMode, Product
from tenants.channels import queries as channels
from tenants.channels.permissions import PortalPermission
from tenants.channels.services import refuse_if_frozen
from tenants.customers.recognition import find_or_add
from tenants.customers.services import NewCustomer
from tenants.numbers import queries as numbers
from tenants.numbers import services as number_services
from tenants.numbers.models import Number
from tenants.numbers.parameters import HOLD_MINUTES
from tenants.orders import services
from tenants.orders.models import Order
from tenants.orders.services import NewLine, NewOrder
from tenants.portal.forms import TakeOrderForm
from tenants.portal.pasting import read
from tenants.portal.surface import blueprint, viewer

NUMBERS_SHOWN = 20


def _owner() -> str:
    return f"portal:{viewer().public_id}"


def _product(public_id: str) -> Product:
    return products_access.sellable(public_id, channel=viewer().channel)


@blueprint.get("/take/")
@requires(PortalPermission.SELL)
def products() -> Response:
    person = viewer()
    offered = catalogue.sellable_products(person.channel)
    chain = channels.chain(person.channel)
    own = {
        product.id: _own_rate(product, chain) if person.can(PortalPermission.MONEY) else None
        for product in offered
    }
    return page(
        "portal/products.html",
        products=offered,
        own=own,
        data_text=data_text,
        is_verified=is_verified(),
    )


def _own_rate(product: Product, chain: list[Any]) -> int:
    """Return what the viewer's channel would earn in all with one item, in minor units."""
    return sum(rate.amounts[-1] for rate in catalogue.rates_for(product, chain, clock.today()))


@blueprint.route("/take/<public_id>", methods=["GET", "POST"])
@requires(PortalPermission.SELL)
def take(public_id: str) -> BaseResponse:
    person = viewer()
    refuse_if_frozen(person.channel)
    product = _product(public_id)
    form = TakeOrderForm(msisdn=request.args.get("number", ""))
    form.delivery_mode.refill(
        [(mode, DELIVERY_MODES[DeliveryMode(mode)]) for mode in product.delivery_modes]
    )
    if not form.is_submitted():
        form.delivery_mode.data = product.delivery_modes[0]
    if form.validate_on_submit():
        order = form.attempt(lambda: _place(form, product))
        if order is not None:
            return go(url_for("portal.order", public_id=order.public_id, new=1))
    held = numbers.find_number(form.msisdn.data) if form.msisdn.data else None
    chain = channels.chain(person.channel)
    return page(
        "portal/take.html",
        product=product,
        form=form,
        number=held if held and held.reserved_by == _owner() else None,
        needs_number=product.picking != PickingMode.NONE,
        own=_own_rate(product, chain) if person.can(PortalPermission.MONEY) else None,
        http_status=form.status,
    )


def _place(form: TakeOrderForm, product: Product) -> Order:
    try:
        return _placed(form, product)
    except services.TurnedAway:
        services.tell_turned_away()
        raise


def _placed(form: TakeOrderForm, product: Product) -> Order:
    person = viewer()
    number = card = None
    if form.msisdn.data:
        number = numbers.find_number(form.msisdn.data)
        if number is None or not _may_sell(number):
            raise Refused(_("This number is not in stock."), field="msisdn")
    if form.iccid.data:
        card = numbers.find_card(form.iccid.data)
        if card is None or (card.channel_id and card.channel_id not in person.channel.ancestor_ids):
            raise Refused(_("No card with this ICCID is in stock."), field="iccid")
    with transaction():
        customer = find_or_add(
            NewCustomer(
                kind="person",
                name=form.customer_name.data,
                phone=form.customer_phone.data,
                document_kind="resident_id" if form.document.data else None,
                document=form.document.data or "",
                province=form.province.data or "",
                city=form.city.data or "",
                district=form.district.data or "",
                address=form.recipient_address.data or "",
                language=current_locale(),
            ),
            channel=person.channel,
            by=current_user,
        )
        return services.place_order(
            NewOrder(
                submission=form.submission.data,
                customer=customer,
                lines=[NewLine(product, number, card)],
                delivery_mode=form.delivery_mode.value,
                recipient_name=form.customer_name.data,
                recipient_phone=form.customer_phone.data,
                recipient_address=form.recipient_address.data or "",
                province=form.province.data or "",
                city=form.city.data or "",
                district=form.district.data or "",
                remark=form.remark.data or "",
                hold_owner=_owner(),
            ),
            channel=person.channel,
            by=current_user,
        )


def _may_sell(number: Number) -> bool:
    return number.channel_id is None or number.channel_id in viewer().channel.ancestor_ids


@blueprint.get("/take/<public_id>/numbers")
@requires(PortalPermission.SELL)
def pick(public_id: str) -> Response:
    product = _product(public_id)
    tail = "".join(c for c in request.args.get("tail", "") if c.isdigit())[:8]
    offered = numbers.available_numbers(
        channel=viewer().channel,
        carrier=product.carrier,
        tail=tail if len(tail) in {3, 4} else None,
        contains=tail if tail and len(tail) not in {1, 3, 4} else None,
        without_four="no4" in request.args,
        limit=NUMBERS_SHOWN,
    )
    return page(
        "portal/numbers.html",
        product=product,
        numbers=offered,
        tail=tail,
        without_four="no4" in request.args,
    )


@blueprint.post("/take/<public_id>/hold/<msisdn>")
@requires(PortalPermission.SELL)
def hold(public_id: str, msisdn: str) -> BaseResponse:
    """Hold a number for the viewer; the one held before goes back."""
    product = _product(public_id)
    number = numbers.find_number(msisdn)
    if number is None or not _may_sell(number) or number.carrier != product.carrier:
        raise Missing(msisdn)
    minutes = HOLD_MINUTES.value()
    with transaction():
        for other in numbers.held_by(_owner()):
            if other.id != number.id:
                number_services.release_hold(other, owner=_owner(), by=current_user)
        number_services.hold_number(number, owner=_owner(), minutes=minutes, by=current_user)
    return go(url_for("portal.take", public_id=public_id, number=msisdn))


@blueprint.post("/paste")
@requires(PortalPermission.SELL)
def paste() -> Response:
    """Read what was pasted into fields of the form."""
    found = read(request.form.get("text", ""))
    return jsonify(
        customer_name=found.name,
        customer_phone=found.phone,
        document=found.document,
        province=found.province,
        city=found.city,
        district=found.district,
        recipient_address=found.address,
    )
