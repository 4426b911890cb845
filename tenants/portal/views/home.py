"""The portal's first page: today, what waits on me, what I earned."""

from flask import Response

from kit.db import session
from kit.security import signed_in
from kit.web import page
from tenants.channels import announcing
from tenants.channels.permissions import PortalPermission
from tenants.orders import queries as orders
from tenants.orders.listing import headline_tag
from tenants.orders.models import Order
from tenants.portal.surface import blueprint, viewer
from tenants.settlement import queries as settlement


@blueprint.get("/")
@signed_in
def home() -> Response:
    person = viewer()
    newest = session().scalars(orders.orders_of(person).order_by(Order.id.desc()).limit(5)).all()
    money = (
        settlement.channel_summary(person.channel) if person.can(PortalPermission.MONEY) else None
    )
    return page(
        "portal/home.html",
        person=person,
        orders=newest,
        headline_tag=headline_tag,
        money=money,
        counts=orders.counts_of(person),
        unread=announcing.unread(person, limit=3),
    )
