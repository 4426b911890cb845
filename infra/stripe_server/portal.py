"""The customer portal: what people may do there, and the sessions that lead to it."""

from stripe.billing_portal._configuration_service import ConfigurationService
from stripe.billing_portal._session_service import SessionService

from infra.stripe_server.changes import assign
from infra.stripe_server.faults import ApiError, Body, refuse
from infra.stripe_server.lists import page
from infra.stripe_server.routes import route
from infra.stripe_server.world import World, new_id

KIND = "billing_portal.session"
CONFIGURATION = "billing_portal.configuration"
LIFETIME = 3_600


def _features(given: Body | None, *, all_of_them: bool = False) -> Body:
    known = given or {}
    blank: Body = {
        "customer_update": {"allowed_updates": ["name", "email", "tax_id"], "enabled": all_of_them},
        "invoice_history": {"enabled": all_of_them},
        "payment_method_update": {"enabled": all_of_them, "payment_method_configuration": None},
        "subscription_cancel": {
            "cancellation_reason": {"enabled": False, "options": []}, "enabled": all_of_them,
            "mode": "at_period_end", "proration_behavior": "none",
        },
        "subscription_update": {
            "billing_cycle_anchor": None, "default_allowed_updates": [], "enabled": False,
            "products": [], "proration_behavior": "none",
            "schedule_at_period_end": {"conditions": []}, "trial_update_behavior": "end_trial",
        },
    }  # fmt: skip
    return {name: rule | known.get(name, {}) for name, rule in blank.items()}


def make_configuration(world: World, params: Body, *, default: bool = False) -> Body:
    """Make a configuration; the first one of an account, made for it, allows the usual."""
    return world.add(
        CONFIGURATION,
        "bpc",
        active=True, application=None,
        business_profile={"headline": None, "privacy_policy_url": None,
                          "terms_of_service_url": None} | (params.get("business_profile") or {}),
        default_return_url=params.get("default_return_url"),
        features=_features(params.get("features"), all_of_them=default), is_default=default,
        login_page={"enabled": False, "url": None}, metadata=params.get("metadata") or {},
        name=params.get("name"), updated=world.now(),
    )  # fmt: skip


def default_configuration(world: World) -> Body:
    """Return the account's default configuration, made at the first call."""
    found = world.where(CONFIGURATION, is_default=True)
    return found[0] if found else make_configuration(world, {}, default=True)


@route(ConfigurationService.create)
def create_configuration(world: World, params: Body) -> Body:
    for place, each in enumerate(
        (params["features"].get("subscription_update") or {}).get("products") or []
    ):
        for price in each["prices"]:
            param = f"features[subscription_update][products][{place}][prices]"
            if world.get("price", price, param)["product"] != each["product"]:
                raise refuse("The price does not belong to the product.", param=param)
    return make_configuration(world, params)


@route(ConfigurationService.retrieve)
def retrieve_configuration(world: World, params: Body, known_as: str) -> Body:
    del params
    return world.get(CONFIGURATION, known_as)


@route(ConfigurationService.update)
def update_configuration(world: World, params: Body, known_as: str) -> Body:
    found = world.get(CONFIGURATION, known_as)
    return assign(found, params | {"updated": world.now()})


@route(ConfigurationService.list)
def list_configurations(world: World, params: Body) -> Body:
    return page(world, CONFIGURATION, "/v1/billing_portal/configurations", params)


@route(SessionService.create)
def create(world: World, params: Body) -> Body:
    if not params.get("customer"):
        raise ApiError("Missing required param: customer.", code="parameter_missing",
                       param="customer")  # fmt: skip
    customer = world.get("customer", params["customer"], "customer")
    if params.get("configuration"):
        configuration = world.get(CONFIGURATION, params["configuration"], "configuration")
    else:
        configuration = default_configuration(world)
    if flow := params.get("flow_data"):
        for name in ("subscription_cancel", "subscription_update", "subscription_update_confirm"):
            if flow.get(name):
                world.get("subscription", flow[name]["subscription"], f"flow_data[{name}]")
    return_url = params.get("return_url") or configuration["default_return_url"]
    secret = new_id("ps", 40)
    return world.add(
        KIND,
        "bps",
        configuration=configuration["id"], customer=customer["id"],
        flow=_flow(params.get("flow_data")), locale=params.get("locale"), on_behalf_of=None,
        return_url=return_url, url=f"{world.base_url}/p/session/{world.account}/{secret}",
        _secret=secret,
    )  # fmt: skip


def _flow(given: Body | None) -> Body | None:
    if given is None:
        return None
    return {"after_completion": {"type": "portal_homepage"}, "subscription_cancel": None,
            "subscription_update": None, "subscription_update_confirm": None} | given  # fmt: skip
