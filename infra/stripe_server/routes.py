"""Which handler answers which call of the library.

A handler names the library's own method: its path, its verb and its typed parameters are read from
there, so no route is here that the installed library does not call.
"""

import importlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from infra.stripe_server.faults import ApiError, Body

Handler = Callable[..., Body]
_H = TypeVar("_H", bound=Handler)
_VERBS = frozenset({"get", "post", "delete"})


@dataclass(frozen=True)
class Route:
    """One call of the API."""

    verb: str
    path: str
    pattern: re.Pattern[str]
    params: type | None
    handler: Handler


ROUTES: list[Route] = []


def route(call: Callable[..., Any]) -> Callable[[_H], _H]:
    """Let a handler answer a method of one of the library's services."""

    def register(handler: _H) -> _H:
        add_route(call, handler)
        return handler

    return register


def add_route(call: Callable[..., Any], handler: Handler) -> None:
    """Have a handler answer a method of one of the library's services."""
    words = [word for word in call.__code__.co_consts if isinstance(word, str)]
    verb = next(word for word in words if word in _VERBS)
    path = next(word for word in words if word.startswith("/v1/"))
    pattern = re.compile("^" + re.sub(r"\{\w+\}", "([^/]+)", path) + "$")
    ROUTES.append(Route(verb.upper(), path, pattern, params_of(call), handler))
    # What is spelled out comes before what is a place: /invoices/upcoming, /invoices/{id}.
    ROUTES.sort(key=lambda each: each.path.count("{"))


def params_of(call: Callable[..., Any]) -> type | None:
    """Return the typed dictionary of a method's parameters."""
    found = re.search(r"'(\w+Params)'", repr(call.__annotations__.get("params")))
    if found is None:
        return None
    package = call.__module__.removeprefix("stripe").rpartition(".")[0]
    wanted: type = getattr(importlib.import_module(f"stripe.params{package}"), found[1])
    return wanted


def route_of(verb: str, path: str) -> tuple[Route, tuple[str, ...]]:
    """Return who answers a call, with the ids in its path."""
    for each in ROUTES:
        if each.verb == verb and (found := each.pattern.match(path)):
            return each, found.groups()
    raise ApiError(
        f"Unrecognized request URL ({verb}: {path}). This server for tests does not have it.",
        status=404,
    )
