"""Marks on routes: which right a view asks for."""

from collections.abc import Callable
from enum import StrEnum
from typing import Any, TypeVar

View = TypeVar("View", bound=Callable[..., Any])

ATTRIBUTE = "__simtree_access__"
_FOR_PAYERS = "__simtree_for_payers__"


class Open(StrEnum):
    """Rights that are no permission."""

    PUBLIC = "public"
    SIGNED_IN = "signed in"


def requires(permission: StrEnum) -> Callable[[View], View]:
    """Mark a view that needs a permission; answers 403 without it."""

    def mark(view: View) -> View:
        setattr(view, ATTRIBUTE, permission)
        return view

    return mark


def signed_in(view: View) -> View:
    """Mark a view that anyone logged in to the realm may open."""
    setattr(view, ATTRIBUTE, Open.SIGNED_IN)
    return view


def public(view: View) -> View:
    """Mark a view that needs no log-in."""
    setattr(view, ATTRIBUTE, Open.PUBLIC)
    return view


def for_payers(view: View) -> View:
    """Let a view be opened where nothing else is until it is paid: it leads to paying."""
    setattr(view, _FOR_PAYERS, True)
    return view


def is_for_payers(view: Callable[..., Any]) -> bool:
    """Tell whether a view is open in a workspace that was suspended because it owes."""
    return getattr(view, _FOR_PAYERS, False)


def access_of(view: Callable[..., Any]) -> StrEnum | None:
    """Return a view's mark, or None where it was forgotten."""
    found: StrEnum | None = getattr(view, ATTRIBUTE, None)
    return found
