"""The workspace's brand on every page of its host, remembered for a few seconds."""

import threading
from time import monotonic
from typing import Any

import psycopg
from flask import Flask, url_for
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from kit import tenancy
from kit.db import session
from kit.db.fencing import is_down, may_have_moved
from kit.tenancy import Condition
from kit.web import Brand
from tenants.accounts.models import Profile

FRESH = 5.0
_LIMIT = 10_000
_known: dict[str, tuple[float, str, str, str | None]] = {}
_lock = threading.Lock()


def current_brand() -> Brand:
    """Return the open workspace's name, colour and logo; a change shows within five seconds.

    Its failure pages wear the brand, too, also when the failure is that its data is moving or its
    server down: then the one last known, or the name alone.
    """
    workspace = tenancy.current()
    key = workspace.key("brand")
    now = monotonic()
    known = _known.get(key)
    if known is None or now - known[0] > FRESH:
        known = _read(key, now) if workspace.condition == Condition.READY else known
    if known is None:
        return Brand(name=workspace.name)
    _, company, colour, logo_key = known
    logo_url = url_for("accounts.logo", v=logo_key) if logo_key else None
    return Brand(name=company, colour=colour, logo_url=logo_url)


def _read(key: str, now: float) -> tuple[float, str, str, str | None] | None:
    try:
        row = session().execute(select(Profile.company, Profile.colour, Profile.logo_key)).one()
    except (DBAPIError, PoolTimeout, psycopg.Error) as error:
        if not (is_down(error) or may_have_moved(error)):
            raise
        session().rollback()
        return _known.get(key)
    known = (now, row.company, row.colour, row.logo_key)
    with _lock:
        if len(_known) >= _LIMIT:
            _known.clear()
        _known[key] = known
    return known


def forget_brand() -> None:
    """Drop what is known of the open workspace's brand in this process, after a change."""
    with _lock:
        _known.pop(tenancy.current().key("brand"), None)


def init_brand(app: Flask) -> None:
    """Give `brand` to every template of a workspace's host, failure pages included."""

    @app.context_processor
    def brand() -> dict[str, Any]:
        return {"brand": current_brand()} if tenancy.current_or_none() else {}

    del brand
