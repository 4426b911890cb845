"""Events: what happened, kept for those who ask and for webhooks."""

from stripe._event_service import EventService

from infra.stripe_server.faults import Body, refuse
from infra.stripe_server.lists import matches, paged
from infra.stripe_server.routes import route
from infra.stripe_server.world import World

KIND = "event"


@route(EventService.retrieve)
def retrieve(world: World, params: Body, known_as: str) -> Body:
    del params
    return world.get(KIND, known_as)


@route(EventService.list)
def index(world: World, params: Body) -> Body:
    kind, kinds = params.pop("type", None), params.pop("types", None)
    if kind and kinds:
        raise refuse("You may only specify one of these parameters: type, types.")
    arrived = params.pop("delivery_success", None)
    filters = {"created": params["created"]} if "created" in params else {}
    found = [
        event
        for event in world.peek(KIND)
        if matches(event, filters)
        and _is_one_of(event["type"], [kind] if kind else kinds)
        and (arrived is None or has_arrived(event) == arrived)
    ]
    return paged("/v1/events", found[::-1], params)


def has_arrived(event: Body) -> bool:
    """Say whether every endpoint that wants an event has taken it."""
    return all(state == "delivered" for state in event["_deliveries"].values())


def _is_one_of(kind: str, wanted: list[str] | None) -> bool:
    if not wanted:
        return True
    return any(
        kind.startswith(each.removesuffix("*")) if each.endswith("*") else kind == each
        for each in wanted
    )
