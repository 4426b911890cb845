"""Pages of objects, newest first, with the filters that a list's own parameters name."""

from collections.abc import Callable, Iterable
from typing import Any

from infra.stripe_server.faults import Body, missing, refuse
from infra.stripe_server.shapes import listing
from infra.stripe_server.world import World

_PAGING = frozenset({"limit", "starting_after", "ending_before", "expand"})
_COMPARED: dict[str, Callable[[Any, Any], bool]] = {
    "gt": lambda value, bound: value > bound,
    "gte": lambda value, bound: value >= bound,
    "lt": lambda value, bound: value < bound,
    "lte": lambda value, bound: value <= bound,
}


def page(world: World, kind: str, url: str, params: Body, *, but: Iterable[str] = ()) -> Body:
    """Return a page of a kind of object; `but` names parameters that the caller has dealt with."""
    skipped = _PAGING.union(but)
    filters = {name: value for name, value in params.items() if name not in skipped}
    customer = filters.get("customer")
    if isinstance(customer, str) and not _was_there(world, customer):
        raise missing("customer", customer, "customer")
    found = [body for body in world.peek(kind) if matches(body, filters)]
    return paged(url, found[::-1], params)


def _was_there(world: World, customer: str) -> bool:
    return any(world.find(kind, customer) for kind in ("customer", "_deleted_customer"))


def matches(body: Body, filters: Body) -> bool:
    """Say whether an object has the wanted values; times may be ranges."""
    for name, wanted in filters.items():
        value = body.get(name)
        if isinstance(wanted, dict) and wanted.keys() <= _COMPARED.keys():
            if value is None or not all(_COMPARED[how](value, to) for how, to in wanted.items()):
                return False
        elif isinstance(wanted, dict):
            if not isinstance(value, dict) or not matches(value, wanted):
                return False
        elif value != wanted:
            return False
    return True


def paged(url: str, found: list[Body], params: Body) -> Body:
    """Return one page of objects that are in their order already."""
    limit = params.get("limit", 10)
    if not 1 <= limit <= 100:
        raise refuse(f"Invalid limit: {limit}; it is between 1 and 100", param="limit")
    after, before = params.get("starting_after"), params.get("ending_before")
    if after and before:
        raise refuse("You cannot use starting_after and ending_before together.")
    places = {body["id"]: place for place, body in enumerate(found)}
    for param, cursor in (("starting_after", after), ("ending_before", before)):
        if cursor and cursor not in places:
            raise missing("object", cursor, param)
    if before:
        left = found[: places[before]]
        return listing(url, left[-limit:], more=len(left) > limit)
    right = found[places[after] + 1 :] if after else found
    return listing(url, right[:limit], more=len(right) > limit)
