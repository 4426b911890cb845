"""Grow and change the tree of channels."""

from sqlalchemy import delete, exists, select
from sqlalchemy.exc import IntegrityError

from control.billing.limits import Counted
from kit import audit, clock
from kit.db import refuse_stale, session, transaction
from kit.errors import Refused
from kit.i18n import gettext as _
from kit.personal import phone_number
from kit.sorting import sort_key
from tenants.accounts.limits import refuse_beyond
from tenants.accounts.models import Unit, User
from tenants.channels import queries
from tenants.channels.models import (
    Channel,
    ChannelKind,
    ChannelReset,
    ChannelState,
    ChannelUser,
    ChannelUserSession,
    Grade,
    Invitation,
)
from tenants.channels.services import freezing, sessions

ADDED = audit.Event.named("channel:added", "name", "parent")
EDITED = audit.Event.named("channel:edited", "changed")
SHARE_SET = audit.Event.named("channel:share_set", "before", "after")
DELETED = audit.Event.named("channel:deleted", "name")
RESTORED = audit.Event.named("channel:restored", "name")
PURGED = audit.Event.named("channel:purged", "name")
WHOLE = 10_000


def lock(channel: Channel) -> Channel:
    """Return a channel's newest row, locked for this transaction."""
    with transaction() as current:
        return current.scalars(
            select(Channel)
            .where(Channel.id == channel.id)
            .with_for_update(of=Channel)
            .execution_options(populate_existing=True)
        ).one()


def add_channel(
    *,
    name: str,
    kind: str,
    contact_name: str,
    contact_phone: str,
    parent: Channel | None = None,
    grade: Grade | None = None,
    manager: User | None = None,
    unit: Unit | None = None,
    share: int = 0,
    region: str = "",
    remark: str = "",
    by: audit.Actor,
) -> Channel:
    """Add a channel at the top of the tree, or below its parent.

    Refuses what is deeper than the workspace allows, a frozen or deleted parent, a name that is
    taken, and a contact number that is none.
    """
    with transaction() as current:
        above = None if parent is None else lock(parent)
        depth = _depth_below(above)
        _refuse_taken(name)
        _refuse_share(share)
        refuse_beyond(Counted.CHANNELS, queries.channels_there)
        channel = Channel(
            name=name,
            sort_key=sort_key(name),
            kind=ChannelKind(kind),
            state=ChannelState.ACTIVE,
            parent_id=above.id if above else None,
            depth=depth,
            grade_id=grade.id if grade else None,
            manager_id=manager.id if manager else None,
            unit_id=unit.id if unit else None,
            share=share,
            contact_name=contact_name,
            contact_phone=_phone(contact_phone),
            region=region,
            remark=remark,
        )
        _save_new(channel)
        channel.path = f"{above.path if above else ''}{channel.id}."
        audit.record(ADDED, channel, by=by, name=name, parent=above.number if above else "")
        current.flush()
        return channel


def _depth_below(parent: Channel | None) -> int:
    if parent is None:
        return 1
    freezing.refuse_if_frozen(parent)
    deepest = queries.max_depth()
    if parent.depth >= deepest:
        raise Refused(
            _("The tree may have %(count)s levels; no channel can be added below.", count=deepest),
            field="parent",
        )
    return parent.depth + 1


def _save_new(channel: Channel) -> None:
    """Insert a channel; two people may add the same name in the same moment."""
    try:
        with session().begin_nested():
            session().add(channel)
            session().flush()
    except IntegrityError:
        raise Refused(_("A channel with this name exists already."), field="name") from None


def _refuse_taken(name: str, *, besides: Channel | None = None) -> None:
    statement = select(Channel).where(Channel.name == name)
    if besides is not None:
        statement = statement.where(Channel.id != besides.id)
    other = session().scalars(statement).one_or_none()
    if other is None:
        return
    if other.deleted_at is not None:
        raise Refused(
            _(
                "The deleted channel %(number)s has this name; restore it or choose another.",
                number=other.number,
            ),
            field="name",
        )
    raise Refused(_("A channel with this name exists already."), field="name")


def _refuse_share(share: int) -> None:
    if not 0 <= share <= WHOLE:
        raise Refused(_("A share lies between 0 and 100 per cent."), field="share")


def _phone(text: str) -> str:
    try:
        return phone_number(text) if text else ""
    except ValueError:
        raise Refused(_("This is not a telephone number."), field="contact_phone") from None


def _refuse_deleted(channel: Channel) -> None:
    if channel.deleted_at is not None:
        raise Refused(_("The channel %(name)s has been deleted.", name=channel.name))


def edit_channel(
    channel: Channel,
    *,
    version: int | None,
    name: str,
    kind: str,
    contact_name: str,
    contact_phone: str,
    grade: Grade | None = None,
    manager: User | None = None,
    unit: Unit | None = None,
    share: int = 0,
    region: str = "",
    remark: str = "",
    by: audit.Actor,
) -> Channel:
    """Change what is known of a channel; its place in the tree stays.

    Refuses a stale version, a deleted channel, a name that is taken, and a share out of bounds.
    """
    with transaction() as current:
        channel = lock(channel)
        _refuse_deleted(channel)
        refuse_stale(channel, version)
        _refuse_taken(name, besides=channel)
        _refuse_share(share)
        new = {
            "name": name,
            "kind": ChannelKind(kind).value,
            "contact_name": contact_name,
            "contact_phone": _phone(contact_phone),
            "grade_id": grade.id if grade else None,
            "manager_id": manager.id if manager else None,
            "unit_id": unit.id if unit else None,
            "share": share,
            "region": region,
            "remark": remark,
        }
        changed = [key for key, value in new.items() if getattr(channel, key) != value]
        for key in changed:
            setattr(channel, key, new[key])
        channel.sort_key = sort_key(name)
        channel.version += 1
        audit.record(EDITED, channel, by=by, changed=[key.removesuffix("_id") for key in changed])
        try:
            with current.begin_nested():
                current.flush()
        except IntegrityError:
            raise Refused(_("A channel with this name exists already."), field="name") from None
        return channel


def set_share(channel: Channel, *, share: int, by: audit.Actor) -> Channel:
    """Set what a channel gets of its parent's rates where it has none of its own.

    Refuses a share out of bounds, a channel without a parent, and a deleted one.
    """
    with transaction():
        channel = lock(channel)
        _refuse_deleted(channel)
        _refuse_share(share)
        if channel.parent_id is None:
            raise Refused(_("A channel at the top has no parent that could share with it."))
        before, channel.share = channel.share, share
        channel.version += 1
        audit.record(SHARE_SET, channel, by=by, before=before, after=share)
        return channel


def delete_channel(channel: Channel, *, by: audit.Actor) -> None:
    """Put a channel into the recycle bin and end its people's log-ins.

    Refuses while channels hang below it. Nothing happens the second time.
    """
    with transaction() as current:
        channel = lock(channel)
        if channel.deleted_at is not None:
            return
        has_children = current.scalar(
            select(exists().where(Channel.parent_id == channel.id, Channel.deleted_at.is_(None)))
        )
        if has_children:
            raise Refused(
                _(
                    "%(name)s still has sub-agents. Delete those first.",
                    name=channel.name,
                )
            )
        channel.deleted_at = clock.now()
        channel.version += 1
        sessions.end_sessions_below(channel)
        audit.record(DELETED, channel, by=by, name=channel.name)


def restore_channel(channel: Channel, *, by: audit.Actor) -> None:
    """Take a channel out of the recycle bin; refuses while its parent is in it."""
    with transaction() as current:
        channel = lock(channel)
        if channel.deleted_at is None:
            return
        if channel.parent_id is not None:
            parent = current.get_one(Channel, channel.parent_id, populate_existing=True)
            if parent.deleted_at is not None:
                raise Refused(_("Restore the channel above first: %(name)s.", name=parent.name))
        refuse_beyond(Counted.CHANNELS, queries.channels_there)
        channel.deleted_at = None
        channel.version += 1
        audit.record(RESTORED, channel, by=by, name=channel.name)


def purge_channel(channel: Channel, *, by: audit.Actor) -> None:
    """Destroy a channel with its people and invitations.

    The database refuses (IntegrityError) while an order, a number, a customer, a rate, money or
    another channel refers to it.
    """
    with transaction() as current:
        channel = lock(channel)
        people = select(ChannelUser.id).where(ChannelUser.channel_id == channel.id)
        current.execute(delete(Invitation).where(Invitation.channel_id == channel.id))
        for model in (ChannelUserSession, ChannelReset):
            current.execute(delete(model).where(model.channel_user_id.in_(people)))
        current.execute(delete(ChannelUser).where(ChannelUser.channel_id == channel.id))
        audit.record(PURGED, channel, by=by, name=channel.name)
        current.delete(channel)
