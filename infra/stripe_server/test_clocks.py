"""Test clocks: the time of some customers, moved by hand."""

from stripe.test_helpers._test_clock_service import TestClockService

from infra.stripe_server.faults import Body, refuse
from infra.stripe_server.lists import page
from infra.stripe_server.routes import route
from infra.stripe_server.steps import run_due
from infra.stripe_server.times import later
from infra.stripe_server.world import World

KIND = "test_helpers.test_clock"


@route(TestClockService.create)
def create(world: World, params: Body) -> Body:
    clock = world.add(
        KIND,
        "clock",
        deletes_after=later(params["frozen_time"], days=30),
        frozen_time=params["frozen_time"],
        name=params.get("name"),
        status="ready",
        status_details={},
    )
    world.emit("test_helpers.test_clock.created", clock)
    return clock


@route(TestClockService.retrieve)
def retrieve(world: World, params: Body, known_as: str) -> Body:
    del params
    return world.get(KIND, known_as)


@route(TestClockService.advance)
def advance(world: World, params: Body, known_as: str) -> Body:
    clock = world.get(KIND, known_as)
    if params["frozen_time"] <= clock["frozen_time"]:
        raise refuse("Cannot advance the test clock to a time in the past.", param="frozen_time")
    world.emit("test_helpers.test_clock.advancing", clock)
    run_due(world, clock=clock, until=params["frozen_time"])
    clock["frozen_time"] = params["frozen_time"]
    world.emit("test_helpers.test_clock.ready", clock)
    return clock


@route(TestClockService.delete)
def delete(world: World, params: Body, known_as: str) -> Body:
    del params
    clock = world.get(KIND, known_as)
    for customer in world.where("customer", test_clock=known_as):
        for kind in ("subscription", "invoice", "invoiceitem"):
            for body in world.where(kind, customer=customer["id"]):
                world.remove(body)
        world.remove(customer)
    world.emit("test_helpers.test_clock.deleted", clock)
    return world.remove(clock)


@route(TestClockService.list)
def index(world: World, params: Body) -> Body:
    return page(world, KIND, "/v1/test_helpers/test_clocks", params)
