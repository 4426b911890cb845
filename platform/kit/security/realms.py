"""Realms: one audience each, with its own kind of host, cookie and people."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol, runtime_checkable

from flask import Blueprint, Flask, Request, Response, current_app, g, request
from flask_login import LoginManager

from kit.settings import get_settings


class HostKind(StrEnum):
    """What a Host header can lead to."""

    SITE = "site"
    CONSOLE = "console"
    WORKSPACE = "workspace"
    ANY = "any"


@runtime_checkable
class Person(Protocol):
    """Somebody who has logged in to a realm."""

    @property
    def public_id(self) -> Any: ...
    @property
    def actor_kind(self) -> str: ...
    @property
    def actor_id(self) -> str: ...
    @property
    def actor_name(self) -> str: ...

    def can(self, permission: StrEnum) -> bool:
        """Tell whether the person holds a permission."""


@dataclass(frozen=True, slots=True)
class Realm:
    """One audience. `load` turns the cookie's token into a person, or None.

    `load_guest` does the same for a cookie of its own, by which somebody of another audience was
    let in; it is asked first. Pages of a realm that opens no workspace answer even when none can
    be looked up. In a workspace that is shut until it is paid, its people are led to
    `paying_endpoint`.
    """

    name: str
    host: HostKind
    cookie: str = ""
    login_endpoint: str = ""
    paying_endpoint: str = ""
    load: Callable[[str], Person | None] | None = None
    opens_workspace: bool = True
    guest_cookie: str = ""
    load_guest: Callable[[str], Person | None] | None = None


ANYONE = Realm("anyone", HostKind.ANY)

_dress: dict[str, Callable[[], None]] = {}


def dresses(realm: Realm) -> Callable[[Callable[[], None]], Callable[[], None]]:
    """Register what gives a realm's pages their frame: menu, brand, person."""

    def register(wear: Callable[[], None]) -> Callable[[], None]:
        _dress[realm.name] = wear
        return wear

    return register


def dress(realm: Realm) -> None:
    """Give the page of this request its realm's frame."""
    wear = _dress.get(realm.name)
    if wear is not None:
        wear()


class RealmBlueprint(Blueprint):
    """A blueprint whose every page belongs to one realm.

    `front_door` is the endpoint that the root of the realm's host leads to.
    """

    def __init__(
        self, name: str, import_name: str, *, realm: Realm, front_door: str = "", **options: Any
    ) -> None:
        super().__init__(name, import_name, **options)
        self.realm = realm
        self.front_door = front_door


def realm_of(app: Flask, blueprint_name: str | None) -> Realm | None:
    """Return the realm of a blueprint by name; None for the application's own routes."""
    blueprint = app.blueprints.get(blueprint_name or "")
    return blueprint.realm if isinstance(blueprint, RealmBlueprint) else None


def init_people(app: Flask) -> None:
    """Let flask-login find the person behind each request, by our own cookies and tables."""
    manager = LoginManager()
    manager.session_protection = None
    manager.init_app(app)

    def load(incoming: Request) -> Person | None:
        realm = realm_of(current_app, incoming.blueprint)
        if realm is None or realm.load is None:
            return None
        pass_ = incoming.cookies.get(realm.guest_cookie) if realm.guest_cookie else None
        if pass_ and realm.load_guest is not None:
            guest = realm.load_guest(pass_)
            if guest is not None:
                return guest
        token = incoming.cookies.get(realm.cookie)
        return realm.load(token) if token else None

    manager.request_loader(load)


def forget_person() -> None:
    """Take nobody to be behind this request, for an answer that must not ask the database."""
    g._login_user = current_app.login_manager.anonymous_user()  # type: ignore[attr-defined] # noqa: SLF001 - flask-login's own place


def set_session_cookie(
    response: Response, realm: Realm, token: str, *, expires: datetime | None
) -> None:
    """Give the browser a realm's token; gone at exit without `expires`."""
    set_secret_cookie(response, realm.cookie, token, expires=expires)


def set_secret_cookie(
    response: Response, name: str, token: str, *, expires: datetime | None
) -> None:
    """Give the browser a token that no script reads and no other host gets."""
    response.set_cookie(
        name,
        token,
        expires=expires,
        httponly=True,
        samesite="Lax",
        secure=request.is_secure or not get_settings().is_development,
    )


def end_session_cookie(response: Response, realm: Realm) -> None:
    """Take a realm's token back from the browser."""
    end_secret_cookie(response, realm.cookie)


def end_secret_cookie(response: Response, name: str) -> None:
    """Take a token back from the browser."""
    response.delete_cookie(name, httponly=True, samesite="Lax")
