"""Stop channels and people from working, and let them work again."""

from sqlalchemy import select

from kit import audit
from kit.db import session, transaction
from kit.errors import Refused
from kit.i18n import gettext as _
from tenants.channels import queries
from tenants.channels.models import Channel, ChannelState, ChannelUser
from tenants.channels.services import sessions

FROZEN = audit.Event.named("channel:frozen", "reason")
UNFROZEN = audit.Event.named("channel:unfrozen")
PERSON_FROZEN = audit.Event.named("channel:person_frozen", "name")
PERSON_UNFROZEN = audit.Event.named("channel:person_unfrozen", "name")


def _lock(channel: Channel) -> Channel:
    from tenants.channels.services.tree import lock

    return lock(channel)


def refuse_if_frozen(channel: Channel) -> None:
    """Refuse when a channel, or any above it, is frozen or deleted; says why."""
    stopped = queries.frozen_in_line(channel)
    if stopped is None:
        return
    if stopped.deleted_at is not None:
        raise Refused(_("The channel %(name)s has been deleted.", name=channel.name))
    if stopped.id == channel.id:
        raise Refused(
            _(
                "The channel %(name)s is frozen: %(reason)s",
                name=channel.name,
                reason=channel.frozen_reason or "",
            )
        )
    raise Refused(
        _(
            "A channel above %(name)s is frozen: %(reason)s",
            name=channel.name,
            reason=stopped.frozen_reason or "",
        )
    )


def freeze_channel(channel: Channel, *, reason: str, by: audit.Actor) -> Channel:
    """Stop a channel and all below it from selling and signing in; open log-ins end.

    Refuses an empty reason, a deleted channel, and one that is frozen already.
    """
    with transaction():
        channel = _lock(channel)
        if not reason.strip():
            raise Refused(_("Say why the channel is frozen."), field="reason")
        if channel.deleted_at is not None:
            raise Refused(_("The channel %(name)s has been deleted.", name=channel.name))
        if channel.state == ChannelState.FROZEN:
            raise Refused(_("The channel %(name)s is frozen already.", name=channel.name))
        channel.state = ChannelState.FROZEN
        channel.frozen_reason = reason.strip()
        channel.version += 1
        sessions.end_sessions_below(channel)
        audit.record(FROZEN, channel, by=by, reason=channel.frozen_reason)
        return channel


def unfreeze_channel(channel: Channel, *, by: audit.Actor) -> Channel:
    """Let a frozen channel work again.

    Refuses one that is not frozen, and a parent that wants to undo what the company did.
    """
    with transaction():
        channel = _lock(channel)
        if channel.state != ChannelState.FROZEN:
            raise Refused(_("The channel %(name)s is not frozen.", name=channel.name))
        if by.actor_kind == "channel_user" and _frozen_by_company(channel):
            raise Refused(_("The company froze this channel; only the company can unfreeze it."))
        channel.state = ChannelState.ACTIVE
        channel.frozen_reason = None
        channel.version += 1
        audit.record(UNFROZEN, channel, by=by)
        return channel


def _frozen_by_company(channel: Channel) -> bool:
    last = session().scalar(
        select(audit.AuditEntry.actor_kind)
        .where(
            audit.AuditEntry.subject_id == channel.public_id,
            audit.AuditEntry.event == FROZEN.name,
        )
        .order_by(audit.AuditEntry.id.desc())
        .limit(1)
    )
    return last != "channel_user"


def freeze_person(person: ChannelUser, *, by: audit.Actor) -> None:
    """Shut a person out of the portal at once; refuses oneself. Twice is once."""
    with transaction():
        person = sessions.lock_person(person)
        if by.actor_id == person.public_id:
            raise Refused(_("You cannot freeze yourself."))
        if not person.is_active:
            return
        person.is_active = False
        person.version += 1
        sessions.end_sessions(person)
        audit.record(PERSON_FROZEN, person.channel, by=by, name=person.name)


def unfreeze_person(person: ChannelUser, *, by: audit.Actor) -> None:
    """Let a person sign in again. Twice is once."""
    with transaction():
        person = sessions.lock_person(person)
        if person.is_active:
            return
        person.is_active = True
        person.version += 1
        audit.record(PERSON_UNFROZEN, person.channel, by=by, name=person.name)
