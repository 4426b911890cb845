"""Webhook endpoints: where events go, and the secret that signs them."""

from stripe._api_version import _ApiVersion
from stripe._webhook_endpoint_service import WebhookEndpointService

from infra.stripe_server.changes import assign
from infra.stripe_server.faults import Body
from infra.stripe_server.lists import page
from infra.stripe_server.routes import route
from infra.stripe_server.world import World, new_id

KIND = "webhook_endpoint"


def make(world: World, params: Body, *, secret: str | None = None) -> Body:
    """Make an endpoint; its secret is of our choice only where we run it ourselves."""
    return world.add(
        KIND,
        "we",
        api_version=params.get("api_version", _ApiVersion.CURRENT),
        application=None,
        description=params.get("description") or None,
        enabled_events=params["enabled_events"],
        metadata=params.get("metadata") or {},
        status="enabled",
        url=params["url"],
        _secret=secret or new_id("whsec", 32),
        _connect=bool(params.get("connect")),
    )


def place(
    world: World, url: str, secret: str, *, connect: bool, events: list[str] | None = None
) -> Body:
    """Have exactly one endpoint of its kind at an address, with a secret of the caller's."""
    for each in world.where(KIND, url=url):
        if each["_connect"] == connect:
            each["_secret"] = secret
            return each
    params = {"url": url, "enabled_events": events or ["*"], "connect": connect}
    return make(world, params, secret=secret)


@route(WebhookEndpointService.create)
def create(world: World, params: Body) -> Body:
    made = make(world, params)
    # Told once, as at Stripe.
    return made | {"secret": made["_secret"]}


@route(WebhookEndpointService.retrieve)
def retrieve(world: World, params: Body, known_as: str) -> Body:
    del params
    return world.get(KIND, known_as)


@route(WebhookEndpointService.update)
def update(world: World, params: Body, known_as: str) -> Body:
    endpoint = world.get(KIND, known_as)
    disabled = params.pop("disabled", None)
    if disabled is not None:
        endpoint["status"] = "disabled" if disabled else "enabled"
    return assign(endpoint, params)


@route(WebhookEndpointService.delete)
def delete(world: World, params: Body, known_as: str) -> Body:
    del params
    return world.remove(world.get(KIND, known_as))


@route(WebhookEndpointService.list)
def index(world: World, params: Body) -> Body:
    return page(world, KIND, "/v1/webhook_endpoints", params)
