"""Accounts: the one of the key, and those connected to it, whose data stay apart."""

from stripe._account_service import AccountService

from infra.stripe_server.changes import assign
from infra.stripe_server.faults import Body
from infra.stripe_server.lists import page
from infra.stripe_server.routes import route
from infra.stripe_server.world import World

KIND = "account"
_NOTHING: Body = {
    "alternatives": [], "current_deadline": None, "currently_due": [], "disabled_reason": None,
    "errors": [], "eventually_due": [], "past_due": [], "pending_verification": [],
}  # fmt: skip


def _body(params: Body) -> Body:
    asked = params.get("capabilities") or {}
    return {
        "business_profile": {"name": None} | (params.get("business_profile") or {}),
        "business_type": params.get("business_type"),
        "capabilities": dict.fromkeys({"card_payments": 1, "transfers": 1} | asked, "active"),
        "charges_enabled": True,
        "country": params.get("country", "HK"),
        "default_currency": params.get("default_currency", "cny"),
        "details_submitted": True,
        "email": params.get("email"),
        "external_accounts": {"object": "list", "url": "/v1/accounts", "has_more": False,
                              "data": []},
        "future_requirements": dict(_NOTHING),
        "requirements": dict(_NOTHING),
        "metadata": params.get("metadata") or {},
        "payouts_enabled": True,
        "settings": {"dashboard": {"display_name": None, "timezone": "Asia/Shanghai"}},
        "tos_acceptance": {"date": None, "ip": None, "user_agent": None},
        "type": params.get("type", "standard"),
    }  # fmt: skip


@route(AccountService.create)
def create(world: World, params: Body) -> Body:
    account = world.add(KIND, "acct", **_body(params))
    world.store.apply("", {("_platforms", account["id"]): {"platform": world.account}}, set())
    # Known as an account of its own, so that time passes there too.
    world.store.kind(account["id"], "_settings")
    return account


@route(AccountService.retrieve_current)
def retrieve_current(world: World, params: Body) -> Body:
    del params
    return {"id": world.account, "object": KIND} | _body({})


@route(AccountService.retrieve)
def retrieve(world: World, params: Body, known_as: str) -> Body:
    del params
    return world.get(KIND, known_as)


@route(AccountService.update)
def update(world: World, params: Body, known_as: str) -> Body:
    account = world.get(KIND, known_as)
    params.pop("capabilities", None)
    with world.changing("account.updated", account):
        assign(account, params)
    return account


@route(AccountService.delete)
def delete(world: World, params: Body, known_as: str) -> Body:
    del params
    return world.remove(world.get(KIND, known_as))


@route(AccountService.list)
def index(world: World, params: Body) -> Body:
    return page(world, KIND, "/v1/accounts", params)
