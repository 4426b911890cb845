"""Orders of the viewer's subtree."""

from flask import Response, request

from kit.db import session
from kit.security import requires
from kit.web import page
from tenants.channels.permissions import PortalPermission
from tenants.orders import access, queries
from tenants.orders.labels import ORDER, state_label
from tenants.orders.listing import headline_tag, state_tag
from tenants.orders.models import Order
from tenants.orders.sharing import as_text
from tenants.orders.states import OrderState
from tenants.orders.views.pages import as_event
from tenants.portal.surface import blueprint, viewer
from tenants.settlement import queries as settlement
from tenants.settlement.labels import line_tag, milestone_word

PAGE = 20


@blueprint.get("/orders/")
@requires(PortalPermission.SELL)
def orders() -> Response:
    person = viewer()
    statement = queries.orders_of(person)
    state = request.args.get("state", "")
    typed = request.args.get("q", "").strip()
    if state in set(OrderState):
        statement = statement.where(Order.state == state)
    if typed:
        statement = queries.matching(statement, typed)
    before = request.args.get("before", "")
    if before.isascii() and before.isdigit() and len(before) < 19:
        statement = statement.where(Order.id < int(before))
    rows = session().scalars(statement.order_by(Order.id.desc()).limit(PAGE + 1)).all()
    return page(
        "portal/orders.html",
        orders=rows[:PAGE],
        has_more=len(rows) > PAGE,
        state=state,
        typed=typed,
        tabs=[(known.value, ORDER[known]) for known in queries.OPEN]
        + [(OrderState.COMPLETED.value, ORDER[OrderState.COMPLETED])],
        headline_tag=headline_tag,
    )


@blueprint.get("/orders/<public_id>")
@requires(PortalPermission.SELL)
def order(public_id: str) -> Response:
    person = viewer()
    found = access.channel_order(public_id, viewer=person)
    lines = (
        settlement.lines_of_items([item.public_id for item in found.items], channel=person.channel)
        if person.can(PortalPermission.MONEY)
        else []
    )
    return page(
        "portal/order.html",
        order=found,
        headline=queries.headline_of(found),
        headline_tag=headline_tag(found),
        state_tag=state_tag(found.state),
        state_label=state_label,
        events=[as_event(event, found) for event in queries.events_of(found)],
        lines=lines,
        line_tag=line_tag,
        milestone_word=milestone_word,
        text=as_text(found),
        is_new="new" in request.args,
    )
