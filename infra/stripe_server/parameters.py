"""What a request may say: read from its form, checked by the installed package's own types.

Stripe's library says in `stripe.params` which parameters each call takes. From these typed
dictionaries pydantic validators are made when a call is first seen, with everything else forbidden,
so that a mistyped or outdated parameter fails here as it would at Stripe.
"""

import re
import sys
import types
import typing
from collections.abc import Iterable
from decimal import Decimal
from functools import cache
from itertools import pairwise
from typing import Any, ForwardRef, Literal, NotRequired, Required, Union, cast

from pydantic import ConfigDict, TypeAdapter, ValidationError
from stripe import StripeObject
from stripe._request_options import RequestOptions
from typing_extensions import TypedDict, is_typeddict

from infra.stripe_server.faults import ApiError, Body

_PART = re.compile(r"\[([^\]]*)\]")
_WORST_FIRST = ("extra_forbidden", "missing")


def decode(pairs: Iterable[tuple[str, str]]) -> Body:
    """Return the nested parameters that a form spells `items[0][price]`."""
    root: Body = {}
    for key, value in pairs:
        head, bracket, rest = key.partition("[")
        path = [head, *_PART.findall(bracket + rest)]
        node = root
        for part, following in pairwise(path):
            inner = node.setdefault(part, {})
            if not isinstance(inner, dict):
                raise ApiError(f"Invalid object: {part}", param=key)
            node = inner
            if not following:
                path[-1] = str(len(node))
        node[path[-1]] = value
    return {key: _listed(value) for key, value in root.items()}


def _listed(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if value and all(key.isdigit() for key in value):
        return [_listed(value[key]) for key in sorted(value, key=int)]
    return {key: _listed(inner) for key, inner in value.items()}


def validate(wanted: type | None, given: Body) -> Body:
    """Return the parameters with their types; ApiError names the first that is wrong."""
    if wanted is None:
        if given:
            raise _unknown(next(iter(given)))
        return {}
    try:
        checked: Body = _plain(_adapter(wanted).validate_python(given))
    except ValidationError as error:
        raise _explained(error, given) from None
    return checked


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return str(value) if isinstance(value, Decimal) else value


@cache
def _adapter(wanted: type) -> TypeAdapter[Any]:
    return TypeAdapter(_strict(wanted))


@cache
def _strict(wanted: type) -> type:
    """Return a copy of a typed dictionary that forbids what it does not name."""
    names = vars(sys.modules[wanted.__module__])
    fields: dict[str, Any] = {}
    for name, hint in wanted.__annotations__.items():
        if name in RequestOptions.__annotations__:
            continue
        resolved = _resolve(hint, names)
        needed = name in wanted.__required_keys__  # type: ignore[attr-defined]
        fields[name] = resolved if needed else NotRequired[resolved]
    made: Any = cast("Any", TypedDict)(wanted.__name__, fields)
    made.__pydantic_config__ = ConfigDict(extra="forbid")
    checked: type = made
    return checked


def _resolve(hint: Any, names: dict[str, Any]) -> Any:
    if isinstance(hint, ForwardRef):
        hint = hint.__forward_arg__
    if isinstance(hint, str):
        # The text is the installed package's own annotation.
        return _resolve(eval(hint, names), names)  # noqa: S307
    if is_typeddict(hint):
        return _strict(hint)
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in {NotRequired, Required}:
        return _resolve(arguments[0], names)
    if origin in {Union, types.UnionType}:
        return _chosen(tuple(_resolve(each, names) for each in arguments))
    if origin is list:
        return list[_resolve(arguments[0], names)]  # type: ignore[misc]
    if origin is dict:
        return dict[str, _resolve(arguments[1], names)]  # type: ignore[misc]
    return hint


def _chosen(members: tuple[Any, ...]) -> Any:
    """Return a union as Stripe itself reads it: the library lets any text pass for a word."""
    words = [word for each in members if typing.get_origin(each) is Literal
             for word in typing.get_args(each)]  # fmt: skip
    # An object of the library's own is a convenience of its callers: a form never holds one.
    kept = [
        each
        for each in members
        if not issubclass(_class_of(each), StripeObject) and not (each is str and any(words))
    ]
    return Union[tuple(kept)]  # noqa: UP007


def _class_of(hint: Any) -> type:
    found = typing.get_origin(hint) or hint
    return found if isinstance(found, type) else object


def _explained(error: ValidationError, given: Body) -> ApiError:
    found = error.errors(include_url=False, include_context=False)
    rank = {kind: place for place, kind in enumerate(_WORST_FIRST)}
    first = min(found, key=lambda each: (rank.get(each["type"], 9), -len(each["loc"])))
    param = _spelled(first["loc"], given)
    kind, value = first["type"], first["input"]
    if kind == "extra_forbidden":
        return _unknown(param)
    if kind == "missing":
        return ApiError(
            f"Missing required param: {param}.", code="parameter_missing", param=param
        )  # fmt: skip
    if kind in {"int_parsing", "int_type", "int_from_float"}:
        return ApiError(
            f"Invalid integer: {value}", code="parameter_invalid_integer", param=param
        )  # fmt: skip
    if value == "":
        return ApiError(
            f"You passed an empty string for '{param}'. We assume empty values are an attempt to "
            f"unset a parameter; however '{param}' cannot be unset.",
            code="parameter_invalid_empty",
            param=param,
        )
    name = param.rpartition("[")[2].rstrip("]")
    return ApiError(f"Invalid {name}: {first['msg'].removeprefix('Input should be ')}", param=param)


def _unknown(param: str) -> ApiError:
    return ApiError(
        f"Received unknown parameter: {param}", code="parameter_unknown", param=param
    )  # fmt: skip


def _spelled(place: tuple[int | str, ...], given: Any) -> str:
    """Return the form's spelling of a place; pydantic also names members of unions in it."""
    path: list[str] = []
    node = given
    for number, part in enumerate(place):
        inside = (isinstance(node, list) and isinstance(part, int)) or (
            isinstance(node, dict) and part in node
        )
        if inside:
            node = node[part]
        elif number < len(place) - 1 or isinstance(part, int) or not isinstance(node, dict):
            continue
        path.append(str(part))
    return path[0] + "".join(f"[{part}]" for part in path[1:]) if path else ""
