"""Hang a channel, with all below it, under another one.

Orders keep the chain they were placed under, and its commission; what is placed from now on goes
the new way.
"""

from sqlalchemy import select

from kit import audit
from kit.db import refuse_stale, session, transaction
from kit.errors import Refused
from kit.i18n import gettext as _
from tenants.accounts.models import Profile
from tenants.channels import queries
from tenants.channels.models import Channel
from tenants.channels.services import freezing

MOVED = audit.Event.named("channel:moved", "old", "new", "count")


def move_channel(
    channel: Channel, *, parent: Channel, version: int | None, by: audit.Actor
) -> None:
    """Hang a channel and everything below it under another channel.

    Refuses a stale version, a parent below the channel itself, frozen or deleted, a tree that
    would grow too deep, and a deleted channel. Nothing happens where it hangs there already.
    """
    with transaction() as work:
        # Moves take turns: two at once could make a circle.
        work.execute(select(Profile.id).with_for_update())
        moved = _lock_line(channel, parent)
        channel = moved[channel.id]
        parent = moved.pop(parent.id)
        refuse_stale(channel, version)
        if channel.parent_id == parent.id:
            return
        _refuse(channel, parent, deepest=max((one.depth for one in moved.values()), default=0))
        old = work.get(Channel, channel.parent_id) if channel.parent_id else None
        before, deeper = channel.path, parent.depth + 1 - channel.depth
        after = f"{parent.path}{channel.id}."
        for one in moved.values():
            one.path = after + one.path.removeprefix(before)
            one.depth += deeper
        channel.parent_id = parent.id
        channel.version += 1
        audit.record(
            MOVED,
            channel,
            by=by,
            old=old.number if old else "",
            new=parent.number,
            count=len(moved) - 1,
        )


def _lock_line(channel: Channel, parent: Channel) -> dict[int, Channel]:
    """Return the newest rows of a channel, all below it and its new parent, locked.

    Whoever adds a channel locks its parent: once a round finds no new row, none can come.
    """
    locked: dict[int, Channel] = {}
    while True:
        statement = (
            select(Channel)
            .where(Channel.path.startswith(channel.path) | Channel.id.in_([channel.id, parent.id]))
            .order_by(Channel.id)
            .with_for_update(of=Channel)
            .execution_options(populate_existing=True)
        )
        found = {one.id: one for one in session().scalars(statement)}
        if found.keys() == locked.keys():
            return found
        locked = found


def _refuse(channel: Channel, parent: Channel, *, deepest: int) -> None:
    if channel.deleted_at is not None:
        raise Refused(_("The channel %(name)s has been deleted.", name=channel.name))
    if parent.is_within(channel):
        raise Refused(_("A channel cannot hang below itself."), field="parent")
    freezing.refuse_if_frozen(parent)
    most = queries.max_depth()
    if deepest + parent.depth + 1 - channel.depth > most:
        raise Refused(
            _("The tree may have %(count)s levels; below this one it would have more.", count=most),
            field="parent",
        )
