"""Fetch channels and their people with the right to them."""

from sqlalchemy import select

from kit.db import session
from kit.errors import Forbidden, Missing
from tenants.accounts.scopes import Reach
from tenants.channels import queries
from tenants.channels.models import Channel, ChannelUser, Grade, Invitation


def channel(public_id: str, reach: Reach) -> Channel:
    """Return a live channel for the back office; Forbidden outside what is reached."""
    found = channel_or_deleted(public_id, reach)
    if found.deleted_at is not None:
        raise Missing(public_id)
    return found


def any_channel(public_id: str) -> Channel:
    """Return a channel for work that no person does; Missing when there is none."""
    found = queries.find_channel(public_id)
    if found is None:
        raise Missing(public_id)
    return found


def channel_or_deleted(public_id: str, reach: Reach) -> Channel:
    """Return a channel for the back office, even from the recycle bin."""
    found = any_channel(public_id)
    _refuse_unreached(found, reach)
    return found


def _refuse_unreached(channel: Channel, reach: Reach) -> None:
    statement = select(Channel.id).where(Channel.id == channel.id, queries.reached(reach))
    if session().scalar(statement) is None:
        raise Forbidden(channel.public_id)


def grade(public_id: str) -> Grade:
    """Return a grade for the back office."""
    found = queries.find_grade(public_id)
    if found is None:
        raise Missing(public_id)
    return found


def person(public_id: str, reach: Reach) -> ChannelUser:
    """Return a person of a channel for the back office."""
    found = queries.find_person(public_id)
    if found is None:
        raise Missing(public_id)
    _refuse_unreached(found.channel, reach)
    return found


def invitation(public_id: str, reach: Reach) -> Invitation:
    """Return an invitation for the back office."""
    found = queries.find_invitation(public_id)
    if found is None:
        raise Missing(public_id)
    _refuse_unreached(found.channel, reach)
    return found


def own_subtree_channel(who: ChannelUser, public_id: str) -> Channel:
    """Return a channel of a portal person's own subtree; Missing for any other."""
    found = queries.find_channel(public_id)
    if found is None or found.deleted_at is not None or not found.is_within(who.channel):
        raise Missing(public_id)
    return found


def own_child(who: ChannelUser, public_id: str) -> Channel:
    """Return a channel directly below a portal person's own; Missing for any other."""
    found = own_subtree_channel(who, public_id)
    if found.parent_id != who.channel_id:
        raise Missing(public_id)
    return found


def own_person(who: ChannelUser, public_id: str) -> ChannelUser:
    """Return a person of a portal person's own channel; Missing for any other."""
    found = queries.find_person(public_id)
    if found is None or found.channel_id != who.channel_id:
        raise Missing(public_id)
    return found


def own_invitation(who: ChannelUser, public_id: str) -> Invitation:
    """Return an invitation to a portal person's own channel or a child of it."""
    found = queries.find_invitation(public_id)
    if found is None or who.channel_id not in {found.channel_id, found.channel.parent_id}:
        raise Missing(public_id)
    return found
