"""The workspace's brand on every page of its host, remembered for a few seconds."""

import threading
from time import monotonic
from typing import Any

from flask import Flask, url_for
from sqlalchemy import select

from kit import tenancy
from kit.db import session
from kit.tenancy import Condition
from kit.web import Brand
from tenants.accounts.models import Profile

FRESH = 5.0
_LIMIT = 10_000
_known: dict[str, tuple[float, str, str, str | None]] = {}
_lock = threading.Lock()


def current_brand() -> Brand:
    """Return the open workspace's name, colour and logo; a change shows within five seconds."""
    workspace = tenancy.current()
    key = workspace.key("brand")
    now = monotonic()
    known = _known.get(key)
    # Being moved, deleted or out of reach: the page that says so must not ask its tables.
    is_there = workspace.condition == Condition.READY
    if known is None and not is_there:
        return Brand(name=workspace.name)
    if known is None or (is_there and now - known[0] > FRESH):
        row = session().execute(select(Profile.company, Profile.colour, Profile.logo_key)).one()
        known = (now, row.company, row.colour, row.logo_key)
        with _lock:
            if len(_known) >= _LIMIT:
                _known.clear()
            _known[key] = known
    _, company, colour, logo_key = known
    logo_url = url_for("accounts.logo", v=logo_key) if logo_key else None
    return Brand(name=company, colour=colour, logo_url=logo_url)


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
