"""The calls about Checkout sessions."""

from stripe.checkout._session_line_item_service import SessionLineItemService
from stripe.checkout._session_service import SessionService

from infra.stripe_server.changes import merged
from infra.stripe_server.checkout import sessions
from infra.stripe_server.faults import Body
from infra.stripe_server.lists import page, paged
from infra.stripe_server.routes import route
from infra.stripe_server.shapes import includable
from infra.stripe_server.world import World

KIND = sessions.KIND


@route(SessionService.create)
def create(world: World, params: Body) -> Body:
    return sessions.make(world, params)


@route(SessionService.retrieve)
def retrieve(world: World, params: Body, known_as: str) -> Body:
    del params
    return world.get(KIND, known_as)


@route(SessionService.update)
def update(world: World, params: Body, known_as: str) -> Body:
    session = world.get(KIND, known_as)
    session["metadata"] = merged(session["metadata"], params.get("metadata"))
    return session


@route(SessionService.expire)
def expire(world: World, params: Body, known_as: str) -> Body:
    del params
    return sessions.expire(world, world.get(KIND, known_as))


@route(SessionService.list)
def index(world: World, params: Body) -> Body:
    return page(world, KIND, "/v1/checkout/sessions", params)


@route(SessionLineItemService.list)
def list_lines(world: World, params: Body, known_as: str) -> Body:
    session = world.get(KIND, known_as)
    return paged(f"/v1/checkout/sessions/{known_as}/line_items", session.get("_lines") or [],
                 params)  # fmt: skip


@includable(KIND, "line_items")
def _line_items(world: World, session: Body) -> Body:
    return sessions.line_items(world.get(KIND, session["id"]))
