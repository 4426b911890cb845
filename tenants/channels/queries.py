"""Questions about channels, their tree and their people."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, true
from sqlalchemy.orm import aliased, joinedload

from kit import clock
from kit.db import session
from tenants.accounts.models import User
from tenants.accounts.scopes import Reach, colleagues, of_people
from tenants.channels.models import (
    Channel,
    ChannelState,
    ChannelUser,
    Grade,
    Invitation,
)
from tenants.channels.parameters import MAX_DEPTH

_NUMBER = re.compile(r"\s*[Cc][Hh]0*(\d{1,18})\s*")


@dataclass(frozen=True, slots=True)
class TreeNode:
    """A channel in the tree view: whether anything hangs below it, and how many people it has."""

    channel: Channel
    children: int
    people: int


def max_depth() -> int:
    """Return how deep the workspace lets its tree grow."""
    return MAX_DEPTH.value()


def id_of_number(text: str) -> int | None:
    """Return the id behind a number such as CH0012, None for any other text."""
    found = _NUMBER.fullmatch(text)
    return int(found[1]) if found else None


def chain(channel: Channel) -> list[Channel]:
    """Return a channel's line of descent, the root first and itself last."""
    ids = channel.ancestor_ids
    return list(
        session().scalars(select(Channel).where(Channel.id.in_(ids)).order_by(Channel.depth))
    )


def subtree_filter(top: Channel) -> ColumnElement[bool]:
    """Return the condition on Channel.path that a channel is `top` or below it."""
    return Channel.path.startswith(top.path, autoescape=True)


def managed(reach: Reach) -> ColumnElement[bool]:
    """Return the condition that a channel itself is looked after by who is reached."""
    ways = of_people(reach, Channel.manager_id)
    return or_(ways, Channel.unit_id.in_(reach.unit_ids)) if reach.unit_ids else ways


def reached(reach: Reach) -> ColumnElement[bool]:
    """Return the condition that a channel is reached: looked after, or below one that is.

    With one's own records alone, only the channels that one looks after oneself.
    """
    if reach.is_everything:
        return true()
    return Channel.id.in_(_below(reach)) if _has_below(reach) else managed(reach)


def reached_ids(reach: Reach) -> Select[Any]:
    """Return the statement of the ids of the channels that are reached."""
    if not reach.is_everything and _has_below(reach):
        return _below(reach)
    return select(Channel.id).where(reached(reach))


def _has_below(reach: Reach) -> bool:
    return bool(reach.unit_ids or reach.has_channels)


def _below(reach: Reach) -> Select[Any]:
    """Return the statement of the ids of what is looked after and of all below it."""
    top = aliased(Channel)
    ways = [top.manager_id == reach.person.id]
    if reach.unit_ids:
        ways += [top.unit_id.in_(reach.unit_ids), top.manager_id.in_(colleagues(reach))]
    # What begins with a path that ends in a dot lies between it and the sign after the digits:
    # two comparisons by bytes, or a range of the path's index where there are many channels.
    within = and_(
        Channel.path.op("~>=~", precedence=8, is_comparison=True)(top.path),
        Channel.path.op("~<~", precedence=8, is_comparison=True)(top.path.concat(":")),
    )
    return select(Channel.id).join(top, within).where(or_(*ways))


def children(channel: Channel) -> list[Channel]:
    """Return the live channels directly below one, by name."""
    return list(
        session().scalars(
            select(Channel)
            .where(Channel.parent_id == channel.id, Channel.deleted_at.is_(None))
            .options(joinedload(Channel.grade))
            .order_by(Channel.sort_key, Channel.id)
        )
    )


def subtree(top: Channel) -> list[Channel]:
    """Return a channel and all live ones below it, parents before their children."""
    return list(
        session().scalars(
            select(Channel)
            .where(subtree_filter(top), Channel.deleted_at.is_(None))
            .options(joinedload(Channel.grade))
            .order_by(Channel.depth, Channel.sort_key, Channel.id)
        )
    )


def team(top: Channel) -> list[TreeNode]:
    """Return everything below a channel, without itself, with counts of people and children."""
    return _nodes(
        select(Channel).where(
            subtree_filter(top), Channel.id != top.id, Channel.deleted_at.is_(None)
        )
    )


def tree_level(parent: Channel | None, reach: Reach) -> list[TreeNode]:
    """Return one level of the part of the tree that is reached.

    Below no parent, its tops: the roots, or where a part begins of which the rest is not reached.
    """
    if parent is not None:
        own = Channel.parent_id == parent.id
    else:
        own = or_(Channel.parent_id.is_(None), Channel.parent_id.not_in(reached_ids(reach)))
    return _nodes(select(Channel).where(own, reached(reach), Channel.deleted_at.is_(None)))


def search_tree(text: str, reach: Reach, *, limit: int = 50) -> list[TreeNode]:
    """Return the live channels that are reached and match the search box, parents first."""
    found = matches(text), reached(reach), Channel.deleted_at.is_(None)
    return _nodes(select(Channel).where(*found).limit(limit))


def _nodes(statement: Select[Channel]) -> list[TreeNode]:
    below = aliased(Channel)
    child_count = (
        select(func.count())
        .select_from(below)
        .where(below.parent_id == Channel.id, below.deleted_at.is_(None))
        .correlate(Channel)
        .scalar_subquery()
    )
    people_count = (
        select(func.count())
        .select_from(ChannelUser)
        .where(ChannelUser.channel_id == Channel.id)
        .correlate(Channel)
        .scalar_subquery()
    )
    rows = session().execute(
        statement.add_columns(child_count, people_count)
        .options(joinedload(Channel.grade))
        .order_by(Channel.depth, Channel.sort_key, Channel.id)
    )
    return [TreeNode(*row) for row in rows]


def find_channel(public_id: str) -> Channel | None:
    """Return a channel, deleted ones too, with its grade, manager and parent; or None."""
    return (
        session()
        .scalars(
            select(Channel)
            .where(Channel.public_id == public_id)
            .options(
                joinedload(Channel.grade),
                joinedload(Channel.manager),
                joinedload(Channel.unit),
                joinedload(Channel.parent),
            )
        )
        .one_or_none()
    )


def live_channels(public_ids: Sequence[str]) -> list[Channel]:
    """Return the live channels among some public ids, in one question."""
    return list(
        session().scalars(
            select(Channel)
            .where(Channel.public_id.in_(public_ids), Channel.deleted_at.is_(None))
            .order_by(Channel.id)
        )
    )


def channels_by_id(ids: Sequence[int]) -> dict[int, Channel]:
    """Return channels by id, in one question."""
    found = session().scalars(select(Channel).where(Channel.id.in_(ids)))
    return {channel.id: channel for channel in found}


def listed_channels() -> Select[Channel]:
    """Return the statement of the list page, which filters narrow."""
    return (
        select(Channel)
        .where(Channel.deleted_at.is_(None))
        .options(joinedload(Channel.grade), joinedload(Channel.manager), joinedload(Channel.parent))
    )


def matches(text: str) -> ColumnElement[bool]:
    """Return the condition of the search box: a number CHxxxx, or a part of the name."""
    number = id_of_number(text)
    named = Channel.name.icontains(text, autoescape=True)
    return named if number is None else named | (Channel.id == number)


def frozen_in_line(channel: Channel) -> Channel | None:
    """Return the frozen or deleted channel nearest above one, itself included; or None."""
    return (
        session()
        .scalars(
            select(Channel)
            .where(
                Channel.id.in_(channel.ancestor_ids),
                (Channel.state == ChannelState.FROZEN) | Channel.deleted_at.is_not(None),
            )
            .order_by(Channel.depth.desc())
            .limit(1)
        )
        .one_or_none()
    )


def grades() -> list[Grade]:
    """Return the grades, the highest rank first."""
    return list(session().scalars(select(Grade).order_by(Grade.rank, Grade.id)))


def grades_with_counts() -> list[tuple[Grade, int]]:
    """Return the grades, the highest rank first, with how many live channels have each."""
    count = (
        select(func.count())
        .select_from(Channel)
        .where(Channel.grade_id == Grade.id, Channel.deleted_at.is_(None))
        .correlate(Grade)
        .scalar_subquery()
    )
    rows = session().execute(select(Grade, count).order_by(Grade.rank, Grade.id))
    return [(grade, found) for grade, found in rows]


def find_grade(public_id: str) -> Grade | None:
    """Return a grade or None."""
    return session().scalars(select(Grade).where(Grade.public_id == public_id)).one_or_none()


def grade_options() -> list[tuple[str, str]]:
    """Return the grades for a picker."""
    return [(grade.public_id, grade.name) for grade in grades()]


def manager_options() -> list[tuple[str, str]]:
    """Return the active people of the workspace, who may look after channels."""
    rows = session().execute(
        select(User.public_id, User.name).where(User.is_active).order_by(User.name, User.id)
    )
    return [(row.public_id, row.name) for row in rows.all()]


def people(channel: Channel) -> list[ChannelUser]:
    """Return a channel's people, in the order they joined."""
    return list(
        session().scalars(
            select(ChannelUser).where(ChannelUser.channel_id == channel.id).order_by(ChannelUser.id)
        )
    )


def find_person(public_id: str) -> ChannelUser | None:
    """Return a person of any channel, with the channel; or None."""
    return (
        session()
        .scalars(
            select(ChannelUser)
            .where(ChannelUser.public_id == public_id)
            .options(joinedload(ChannelUser.channel))
        )
        .one_or_none()
    )


def open_invitations(channel: Channel) -> list[Invitation]:
    """Return the invitations to a channel that can still be accepted, the newest first."""
    return list(
        session().scalars(
            select(Invitation)
            .where(
                Invitation.channel_id == channel.id,
                Invitation.accepted_at.is_(None),
                Invitation.revoked_at.is_(None),
                Invitation.expires_at > clock.now(),
            )
            .order_by(Invitation.id.desc())
        )
    )


def find_invitation(public_id: str) -> Invitation | None:
    """Return an invitation, with its channel; or None."""
    return (
        session()
        .scalars(
            select(Invitation)
            .where(Invitation.public_id == public_id)
            .options(joinedload(Invitation.channel))
        )
        .one_or_none()
    )


def channels_there() -> int:
    """Return how many channels there are, those in the recycle bin left out."""
    return (
        session().scalar(
            select(func.count()).select_from(Channel).where(Channel.deleted_at.is_(None))
        )
        or 0
    )
