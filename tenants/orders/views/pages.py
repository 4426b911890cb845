"""List, detail and entry of orders."""

from collections.abc import Iterable
from typing import Any

from flask import Response, request, url_for
from flask_login import current_user
from sqlalchemy import Select
from werkzeug.wrappers import Response as BaseResponse

from kit import audit, tenancy
from kit.db import TenantModel, session
from kit.errors import Refused
from kit.forms import Line
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from kit.security import requires
from kit.web import Event, go, page
from tenants.accounts.exports import offer_export
from tenants.accounts.kinds import RecordKind
from tenants.accounts.models import User
from tenants.accounts.panes import Pane, offer_panes
from tenants.accounts.permissions import Permission
from tenants.accounts.queries import log_of
from tenants.accounts.realm import reach, signed_in_user
from tenants.accounts.scopes import reach_of
from tenants.accounts.timeline import as_events, describe_export
from tenants.accounts.views.shielded import attach, masked_fields, share_url
from tenants.catalogue import access as products
from tenants.catalogue import queries as catalogue
from tenants.catalogue.labels import DELIVERY_MODES
from tenants.channels import access as channels
from tenants.customers import access as customers
from tenants.customers import queries as customer_queries
from tenants.customers.kinds import CUSTOMER
from tenants.customers.recognition import find_or_add
from tenants.customers.services import NewCustomer
from tenants.numbers import queries as numbers
from tenants.orders import access, queries, services
from tenants.orders.forms import NewOrderForm
from tenants.orders.kinds import ORDER, masked
from tenants.orders.labels import AXES, state_label
from tenants.orders.listing import LISTING, headline_tag, payment_tag, state_tag
from tenants.orders.models import Order, OrderEvent
from tenants.orders.services import NewLine, NewOrder
from tenants.orders.states import Axis, OrderState
from tenants.orders.views.blueprint import blueprint
from tenants.records.timeline import together
from tenants.settlement import queries as settlement
from tenants.settlement.labels import line_tag, milestone_word

EXPORTED = audit.Event.named("orders:exported", "count", "filters")
describe_export(EXPORTED, _l("Orders exported"), LISTING)
attach(blueprint, ORDER, masked)


def _listed(person: User, _args: Any) -> Select[Order]:
    return queries.orders().where(queries.reached(reach_of(person, Permission.Order.VIEW)))


SOURCE = offer_export(
    LISTING,
    _l("Orders"),
    event=EXPORTED,
    permission=Permission.Order.VIEW,
    statement=_listed,
)


@blueprint.get("/")
@requires(Permission.Order.VIEW)
def index() -> BaseResponse:
    statement = SOURCE.statement(signed_in_user(), request.args)
    return LISTING.respond(statement, session(), "orders/index.html")


@blueprint.get("/<public_id>")
@requires(Permission.Order.VIEW)
def show(public_id: str) -> Response:
    order = access.order(public_id, reach())
    return page(
        "orders/show.html",
        order=order,
        headline=queries.headline_of(order),
        headline_tag=headline_tag(order),
        state_tag=state_tag(order.state),
        payment_tag=payment_tag(order.payment_state),
        state_label=state_label,
        events=together(
            "order", public_id, (as_event(event, order) for event in queries.events_of(order))
        ),
        log=as_events(log_of(public_id)),
        masked=masked_fields(ORDER, order, masked(order)),
        share_url=share_url(ORDER, order),
        lines=settlement.lines_of_items([item.public_id for item in order.items]),
        line_tag=line_tag,
        milestone_word=milestone_word,
        delivery_modes=DELIVERY_MODES,
        may=lambda to: queries.may(order, OrderState(to)),
        can=current_user.can,
        P=Permission,
    )


def as_event(event: OrderEvent, order: Order) -> Event:
    """Return a row of the timeline as the page shows it."""
    position = next((item.line for item in order.items if item.id == event.item_id), None)
    title = str(AXES[Axis(event.axis)]) if event.axis else _("Note")
    if position is not None and len(order.items) > 1:
        title = _("%(title)s · item %(line)s", title=title, line=position)
    return Event(
        at=event.created_at,
        who=event.actor_name,
        title=title,
        before=state_label(event.axis, event.from_state) or None,
        after=state_label(event.axis, event.to_state) or None,
        remark=event.remark,
        raw=" ".join(part for part in (event.carrier_code, event.carrier_text) if part),
    )


@blueprint.route("/new", methods=["GET", "POST"])
@requires(Permission.Order.CREATE)
def new() -> BaseResponse:
    form = NewOrderForm()
    sellable = catalogue.sellable_products(None)
    form.lines.refill("product", [(one.public_id, f"{one.name} · {one.code}") for one in sellable])
    known = (
        customers.customer(request.args["customer"], reach(Permission.Customer.VIEW))
        if "customer" in request.args
        else None
    )
    if known is not None:
        # Masked elsewhere, so not shown here: the order takes it from the customer.
        del form.customer_phone
        for name in ("customer_kind", "customer_name"):
            field = form[name]
            field.readonly = True
            field.process(None, getattr(known, name.removeprefix("customer_")))
    if form.validate_on_submit():
        order = form.attempt(lambda: _place(form, known))
        if order is not None:
            return go(
                url_for("orders.show", public_id=order.public_id),
                _("Order %(number)s has been placed.", number=order.number),
            )
    return page(
        "orders/new.html",
        form=form,
        known=known,
        currency=tenancy.current().currency,
        prices={product.public_id: product.retail_amount for product in sellable},
        http_status=form.status,
    )


def _lines(line: Line, place: int) -> list[NewLine]:
    """Return a line of the form as lines of the order, one for each piece."""
    product = products.product(line["product"].value)
    quantity = line["quantity"].data or 1
    msisdn, iccid = line["msisdn"].data, line["iccid"].data
    if quantity > 1 and (msisdn or iccid):
        raise Refused(
            _("A number or a card can only be given for a quantity of one."),
            field=f"lines-{place}-quantity",
        )
    number = numbers.find_number(msisdn) if msisdn else None
    if msisdn and number is None:
        raise Refused(_("This number is not in stock."), field=f"lines-{place}-msisdn")
    card = numbers.find_card(iccid) if iccid else None
    if iccid and card is None:
        raise Refused(_("No card with this ICCID is in stock."), field=f"lines-{place}-iccid")
    return [NewLine(product, number, card)] * quantity


def _place(form: NewOrderForm, known: Any) -> Order:
    from kit.db import transaction

    channel = (
        channels.channel(form.channel.data, reach(Permission.Channel.VIEW))
        if form.channel.data
        else None
    )
    lines = [one for place, line in enumerate(form.lines.lines) for one in _lines(line, place)]
    with transaction():
        customer = known or find_or_add(
            NewCustomer(
                kind=form.customer_kind.value,
                name=form.customer_name.data,
                phone=form.customer_phone.data,
                document_kind=form.document_kind.data,
                document=form.document.data or "",
                province=form.province.data or "",
                city=form.city.data or "",
                district=form.district.data or "",
                address=form.recipient_address.data or "",
            ),
            channel=channel,
            by=current_user,
        )
        return services.place_order(
            NewOrder(
                submission=form.submission.data,
                customer=customer,
                lines=lines,
                delivery_mode=form.delivery_mode.value,
                recipient_name=form.recipient_name.data or customer.name,
                recipient_phone=form.recipient_phone.data or customer.phone,
                recipient_address=form.recipient_address.data or "",
                province=form.province.data or "",
                city=form.city.data or "",
                district=form.district.data or "",
                traded_on=form.traded_on.data,
                deliver_on=form.deliver_on.data,
                remark=form.remark.data or "",
            ),
            channel=channel,
            by=current_user,
        )


@blueprint.get("/customers")
@requires(Permission.Order.CREATE)
def customer_choices() -> Response:
    """Offer registered customers that match what is typed (D073)."""
    typed = request.args.get("q", "").strip()
    found = (
        customer_queries.search(typed, reach=reach(Permission.Customer.VIEW), limit=8)
        if len(typed) >= 2
        else []
    )
    return page("orders/customers.html", customers=found, typed=typed)


@offer_panes(20)
def _of_customer(kind: RecordKind, row: TenantModel) -> Iterable[Pane]:
    if kind is CUSTOMER and current_user.can(Permission.Order.VIEW):
        url = url_for("orders.of_customer", public_id=row.public_id)
        yield Pane(key="orders", label=_("Orders"), url=url)


@blueprint.get("/of-customer/<public_id>")
@requires(Permission.Order.VIEW)
def of_customer(public_id: str) -> Response:
    """List one customer's orders: a tab of the customer's drawer (A028)."""
    customer = customers.customer(public_id, reach(Permission.Customer.VIEW))
    statement = queries.orders().where(Order.customer_id == customer.id)
    newest = session().scalars(statement.order_by(Order.id.desc()).limit(50)).all()
    return page(
        "orders/of_customer.html",
        customer=customer,
        orders=newest,
        headline_tag=headline_tag,
        can_create=current_user.can(Permission.Order.CREATE),
    )
