"""The records that a person has opened last.

Kept in Redis: a comfort, not worth a write to the database for every page that is read. Only kinds
and public ids lie there; names are looked up when they are shown, within the rights of then.
"""

from collections.abc import Mapping

import redis
import structlog
from flask import request
from flask_login import current_user
from werkzeug.wrappers import Response as BaseResponse

from kit import tenancy
from kit.jobs.bell import connection
from tenants.accounts.models import User
from tenants.accounts.realm import signed_in_user, supporter

KEPT = 12
_DAYS = 90
_log = structlog.get_logger("tenants.backoffice")


def note(user: User, kind: str, public_id: str) -> None:
    """Remember that a person has opened a record; Redis being away only loses the memory."""
    key = _key(user)
    try:
        pipe = connection().pipeline(transaction=False)
        pipe.lrem(key, 0, f"{kind}:{public_id}")
        pipe.lpush(key, f"{kind}:{public_id}")
        pipe.ltrim(key, 0, KEPT - 1)
        pipe.expire(key, _DAYS * 86_400)
        pipe.execute()
    except redis.RedisError as error:
        _log.warning("recent.lost", error=type(error).__name__)


def keys(user: User) -> list[tuple[str, str]]:
    """Return (kind, public id) of what a person has opened, the last first."""
    try:
        kept = connection().lrange(_key(user), 0, -1)
    except redis.RedisError as error:
        _log.warning("recent.lost", error=type(error).__name__)
        return []
    pairs = (one.decode().partition(":") for one in kept if isinstance(one, bytes))
    return [(kind, public_id) for kind, _colon, public_id in pairs]


def note_page(response: BaseResponse, kinds: Mapping[str, str]) -> BaseResponse:
    """Remember the record whose page was just answered; `kinds` are record kinds by endpoint."""
    kind = kinds.get(request.endpoint or "")
    is_read = request.method == "GET" and response.status_code == 200
    # An operator who looks in leaves nothing behind but the log.
    if kind and is_read and current_user.is_authenticated and supporter() is None:
        public_id = (request.view_args or {})["public_id"]
        note(signed_in_user(), kind, public_id)
        # A look-up box that had it made takes it from here.
        response.headers["X-Record"] = public_id
    return response


def _key(user: User) -> str:
    return tenancy.current().key("recent", user.public_id)
