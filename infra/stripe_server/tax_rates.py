"""Tax rates: per cents that invoices add, or contain."""

from stripe._tax_rate_service import TaxRateService

from infra.stripe_server.changes import assign
from infra.stripe_server.faults import Body
from infra.stripe_server.lists import page
from infra.stripe_server.routes import route
from infra.stripe_server.world import World

KIND = "tax_rate"


@route(TaxRateService.create)
def create(world: World, params: Body) -> Body:
    rate = world.add(
        KIND,
        "txr",
        **{
            "active": True, "country": None, "description": None, "jurisdiction": None,
            "jurisdiction_level": None, "rate_type": "percentage", "state": None, "tax_type": None,
            "effective_percentage": params["percentage"], "flat_amount": None,
        } | params,
    )  # fmt: skip
    world.emit("tax_rate.created", rate)
    return rate


@route(TaxRateService.retrieve)
def retrieve(world: World, params: Body, known_as: str) -> Body:
    del params
    return world.get(KIND, known_as)


@route(TaxRateService.update)
def update(world: World, params: Body, known_as: str) -> Body:
    rate = world.get(KIND, known_as)
    with world.changing("tax_rate.updated", rate):
        assign(rate, params)
    return rate


@route(TaxRateService.list)
def index(world: World, params: Body) -> Body:
    return page(world, KIND, "/v1/tax_rates", params)
