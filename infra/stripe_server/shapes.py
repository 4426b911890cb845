"""How objects leave the server: as the library's classes know them, and expanded where asked.

Every field that such a class may find empty is there and null, so that reading it never fails for
want of the field; one that the class does not have is left out, so that nobody relies on it.
"""

import typing
from collections.abc import Callable
from copy import deepcopy
from functools import cache
from importlib import import_module
from types import NoneType
from typing import Any

from stripe._object_classes import OBJECT_CLASSES

from infra.stripe_server.faults import Body, refuse

Finder = Callable[[str], Body | None]
"""Finds an object by its id alone."""

Included = Callable[[Any, Body], Any]
INCLUDABLE: dict[tuple[str, str], Included] = {}
"""Fields that are there only when they are asked for: (kind, field) → what makes it."""

_DEEPEST = 4


def includable(kind: str, name: str) -> Callable[[Included], Included]:
    """Let a function make a field of a kind of object when a request expands it."""

    def register(make: Included) -> Included:
        INCLUDABLE[kind, name] = make
        return make

    return register


@cache
def _fields(kind: str) -> dict[str, bool]:
    """Return the fields of a kind of object, and whether each is null where nothing is known."""
    module, name = OBJECT_CLASSES[kind]
    hints = getattr(import_module(module), name).__annotations__
    return {
        field: NoneType in typing.get_args(hint)
        and (kind, field) not in INCLUDABLE
        and field != "deleted"
        for field, hint in hints.items()
    }


def shown(value: Any) -> Any:
    """Return a value as it leaves: nulls filled in, what begins with an underscore left out."""
    if isinstance(value, list):
        return [shown(each) for each in value]
    if not isinstance(value, dict):
        return value
    body = {name: shown(inner) for name, inner in value.items() if not name.startswith("_")}
    kind = body.get("object")
    # An event keeps the shape it was sent in.
    if isinstance(kind, str) and kind in OBJECT_CLASSES and "id" in body and "deleted" not in body:
        known = _fields(kind)
        empty = {name: None for name, is_null in known.items() if is_null}
        return empty | {name: inner for name, inner in body.items() if name in known}
    return body


def listing(url: str, data: list[Body], *, more: bool = False) -> Body:
    """Return a list as the API gives it."""
    return {"object": "list", "url": url, "has_more": more, "data": data}


def expand(world: Any, body: Body, paths: list[str]) -> Body:
    """Put whole objects where the paths name ids, and make the fields that wait to be asked for."""
    whole = deepcopy(body)
    for path in paths:
        parts = path.split(".")
        if sum(part != "data" for part in parts) > _DEEPEST:
            raise refuse(
                f"You cannot expand more than {_DEEPEST} levels of a property. "
                f"Property: {path}", param="expand",
            )  # fmt: skip
        _expand(world, whole, parts, path)
    return whole


def _expand(world: Any, node: Any, parts: list[str], path: str) -> None:
    if isinstance(node, list):
        for each in node:
            _expand(world, each, parts, path)
        return
    if not isinstance(node, dict):
        return
    name, rest = parts[0], parts[1:]
    maker = INCLUDABLE.get((str(node.get("object")), name))
    if maker is not None and node.get(name) is None:
        node[name] = maker(world, node)
    if name not in node:
        raise refuse(f"This property cannot be expanded ({path}).", param="expand")
    value = node[name]
    if isinstance(value, str):
        node[name] = _found(world, value, path)
    elif isinstance(value, list):
        node[name] = [_found(world, each, path) if isinstance(each, str) else each
                      for each in value]  # fmt: skip
    if rest:
        _expand(world, node[name], rest, path)


def _found(world: Any, known_as: str, path: str) -> Body:
    found = world.by_id(known_as)
    if found is None:
        raise refuse(f"This property cannot be expanded ({path}).", param="expand")
    whole: Body = shown(found)
    return whole
