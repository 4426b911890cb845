"""Find channels from everywhere, and let them carry what any record may have."""

from collections.abc import Collection, Iterable

from flask import url_for
from sqlalchemy import Select, select

from kit.db import session
from kit.i18n import lazy_gettext as _l
from kit.web import Finder, Found
from tenants.accounts.models import User
from tenants.accounts.permissions import Permission
from tenants.accounts.realm import reach
from tenants.accounts.scopes import reach_of
from tenants.channels import access, queries, services
from tenants.channels.models import Channel
from tenants.records.kinds import Bin, Binned, RecordKind, deleted_by, register, register_bin


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
RECORD = register(
    RecordKind(finder=FINDER, fetch=access.channel_or_deleted, edit=Permission.Channel.EDIT)
)


def _deleted(person: User | None) -> Binned:
    statement = select(
        Channel.id,
        Channel.public_id,
        Channel.name,
        Channel.deleted_at,
        deleted_by(Channel.public_id, "channel:deleted"),
    ).where(Channel.deleted_at.is_not(None))
    if person is None:
        return statement
    return statement.where(queries.reached(reach_of(person, Permission.Channel.EDIT)))


def _fetch(public_id: str, person: User | None) -> Channel:
    if person is None:
        return access.any_channel(public_id)
    return access.channel_or_deleted(public_id, reach_of(person, Permission.Channel.EDIT))


BIN = register_bin(
    Bin(
        code=FINDER.kind,
        label=FINDER.label,
        icon=FINDER.icon,
        permission=Permission.Channel.EDIT,
        deleted=_deleted,
        fetch=_fetch,
        restore=lambda row, by: services.restore_channel(row, by=by),
        purge=lambda row, by: services.purge_channel(row, by=by),
    )
)
