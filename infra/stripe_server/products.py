"""Products: what prices are for."""

from stripe._product_service import ProductService

from infra.stripe_server import prices
from infra.stripe_server.changes import assign
from infra.stripe_server.faults import Body, refuse
from infra.stripe_server.lists import page
from infra.stripe_server.routes import route
from infra.stripe_server.world import World

KIND = "product"


@route(ProductService.create)
def create(world: World, params: Body) -> Body:
    if world.find(KIND, params.get("id")):
        raise refuse("Product already exists.", param="id", code="resource_already_exists")
    default = params.pop("default_price_data", None)
    product = world.add(
        KIND,
        "prod",
        **{
            "active": True, "attributes": [], "default_price": None, "description": None,
            "images": [], "marketing_features": [], "name": "", "package_dimensions": None,
            "shippable": None, "statement_descriptor": None, "tax_code": None, "type": "service",
            "unit_label": None, "updated": world.now(), "url": None,
        } | params,
    )  # fmt: skip
    world.emit("product.created", product)
    if default is not None:
        product["default_price"] = prices.make(world, default | {"product": product["id"]})["id"]
    return product


@route(ProductService.retrieve)
def retrieve(world: World, params: Body, known_as: str) -> Body:
    del params
    return world.get(KIND, known_as)


@route(ProductService.update)
def update(world: World, params: Body, known_as: str) -> Body:
    product = world.get(KIND, known_as)
    if price := params.get("default_price"):
        world.get("price", price, "default_price")
    with world.changing("product.updated", product):
        assign(product, params)
        product["updated"] = world.now()
    return product


@route(ProductService.delete)
def delete(world: World, params: Body, known_as: str) -> Body:
    del params
    product = world.get(KIND, known_as)
    if world.where("price", product=known_as):
        raise refuse("This product cannot be deleted because it has one or more user-created "
                     "prices.")  # fmt: skip
    world.emit("product.deleted", product)
    return world.remove(product)


@route(ProductService.list)
def index(world: World, params: Body) -> Body:
    if ids := params.get("ids"):
        params = params | {"limit": 100}
        found = page(world, KIND, "/v1/products", params, but=["ids"])
        found["data"] = [each for each in found["data"] if each["id"] in ids]
        return found
    return page(world, KIND, "/v1/products", params)
