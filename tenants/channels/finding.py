"""Find channels from everywhere."""

from collections.abc import Collection, Iterable

from flask import url_for
from sqlalchemy import Select, select

from kit.db import session
from kit.i18n import lazy_gettext as _l
from kit.web import Finder, Found
from tenants.accounts.permissions import Permission
from tenants.accounts.realm import reach
from tenants.channels import queries
from tenants.channels.models import Channel


def _reached() -> Select[Channel]:
    within = queries.reached(reach(Permission.Channel.VIEW))
    return select(Channel).where(Channel.deleted_at.is_(None), within)


def _find(text: str, limit: int) -> Iterable[Found]:
    chosen = _reached().where(queries.matches(text)).order_by(Channel.path).limit(limit)
    return map(_found, session().scalars(chosen))


def _recall(keys: Collection[str]) -> Iterable[Found]:
    return map(_found, session().scalars(_reached().where(Channel.public_id.in_(keys))))


def _found(channel: Channel) -> Found:
    url = url_for("channels.show", public_id=channel.public_id)
    return Found(channel.public_id, channel.name, url, channel.number)


FINDER = Finder(
    kind="channel",
    label=_l("Channels"),
    icon="sitemap",
    permission=Permission.Channel.VIEW,
    find=_find,
    recall=_recall,
    endpoint="channels.show",
)
