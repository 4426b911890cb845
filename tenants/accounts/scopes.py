"""Whose records a permission reaches: roles give permissions, each role has a data scope (E006).

A permission reaches what the scopes of all the roles that give it reach together. What lies outside
is missing from every list, count and export, and 403 on its own page.
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute

from kit import clock
from kit.db import session
from tenants.accounts.models import DataScope, Role, Share, ShareAccess, Unit, User
from tenants.accounts.permissions import every_permission

# What a share for reading lets somebody do whose roles permit it, and what none ever does: a
# record that is only lent is not given on, thrown away or handed out.
_READING = frozenset({"view", "reveal"})
_NEVER = frozenset({"share", "delete", "erase", "disclose"})


@dataclass(frozen=True, slots=True)
class Reach:
    """What a permission of a person reaches: everything, or units, his channels and his own.

    Beside those, single records that are shared with him, for what `shares` says.
    """

    person: User
    is_everything: bool = False
    unit_ids: frozenset[int] = frozenset()
    has_channels: bool = False
    has_own: bool = False
    shares: frozenset[ShareAccess] = frozenset()


def roles_giving(person: User, permission: StrEnum) -> list[Role]:
    """Return the roles that give a person a permission; none when he is disabled."""
    if not person.is_active:
        return []
    return [role for role in person.roles if str(permission) in role.permissions]


def reach_of(person: User, permission: StrEnum) -> Reach:
    """Return what a permission of a person reaches; nothing when no role gives it."""
    roles = roles_giving(person, permission)
    return _reach(person, roles, _lent(permission) if roles else frozenset())


def reach_by(person: User, role: Role) -> Reach:
    """Return what one role of a person reaches by its data scope, shares left out."""
    return _reach(person, [role], frozenset())


def _lent(permission: StrEnum) -> frozenset[ShareAccess]:
    """Return which shares are good for a permission."""
    action = str(permission).rpartition(":")[2]
    if action in _NEVER:
        return frozenset()
    return frozenset(ShareAccess) if action in _READING else frozenset({ShareAccess.WRITE})


def _reach(person: User, roles: Collection[Role], shares: frozenset[ShareAccess]) -> Reach:
    scopes = {DataScope(role.scope) for role in roles}
    return Reach(
        person,
        is_everything=DataScope.ALL in scopes,
        unit_ids=frozenset() if DataScope.ALL in scopes else _units(person, roles),
        has_channels=DataScope.CHANNELS in scopes,
        # Whoever reaches a unit or a channel reaches what he does himself.
        has_own=bool(scopes),
        shares=frozenset() if DataScope.ALL in scopes else shares,
    )


def _units(person: User, roles: Collection[Role]) -> frozenset[int]:
    found: set[int] = set()
    for role in roles:
        match DataScope(role.scope):
            case DataScope.UNITS:
                found |= {unit.id for unit in role.units}
            case DataScope.UNIT if person.unit_id is not None:
                found.add(person.unit_id)
            case DataScope.UNIT_BELOW if person.unit is not None:
                path = person.unit.path
                found |= set(session().scalars(select(Unit.id).where(Unit.path.startswith(path))))
            case _:
                continue
    return frozenset(found)


def colleagues(reach: Reach) -> Select[Any]:
    """Return the statement of the ids of the people in the units that are reached."""
    return select(User.id).where(User.unit_id.in_(reach.unit_ids))


def of_people(reach: Reach, *columns: InstrumentedAttribute[Any]) -> ColumnElement[bool]:
    """Return the condition that one of a record's people is the person or in a reached unit.

    `columns` hold users' ids: who owns, handles or looks after the record.
    """
    if reach.is_everything:
        return true()
    ways: list[ColumnElement[bool]] = []
    if reach.has_own:
        ways += [column == reach.person.id for column in columns]
    if reach.unit_ids:
        ways += [column.in_(colleagues(reach)) for column in columns]
    return or_(*ways) if ways else false()


def shared(reach: Reach, kind: str, column: InstrumentedAttribute[int]) -> ColumnElement[bool]:
    """Return the condition that a record of a kind is shared with the person or a unit of his."""
    if not reach.shares:
        return false()
    chosen = select(Share.record_id).where(
        Share.kind == kind, Share.access.in_(sorted(reach.shares)), holds_for(reach.person)
    )
    return column.in_(chosen)


def holds_for(person: User) -> ColumnElement[bool]:
    """Return the condition that a share holds today for a person, by himself or by his unit."""
    ways: list[ColumnElement[bool]] = [Share.user_id == person.id]
    if person.unit is not None:
        ways.append(Share.unit_id.in_(person.unit.ancestor_ids))
    return and_(or_(*ways), holds_today())


def holds_today() -> ColumnElement[bool]:
    """Return the condition that a share is neither revoked nor past its last day."""
    return and_(
        Share.revoked_at.is_(None), or_(Share.ends_on.is_(None), Share.ends_on >= clock.today())
    )


def covers(giver: User, role: Role, *, unit: Unit | None) -> bool:
    """Tell whether somebody reaches with every permission of a role what it would reach.

    `unit` is that of the person who is to hold it, None while a role is only being written.
    """
    return all(
        _covers(reach, role, unit)
        for reach in (
            reach_of(giver, permission)
            for permission in every_permission()
            if permission.value in role.permissions
        )
    )


def _covers(reach: Reach, role: Role, unit: Unit | None) -> bool:
    if reach.is_everything:
        return True
    match DataScope(role.scope):
        case DataScope.ALL:
            return False
        case DataScope.UNITS:
            return {one.id for one in role.units} <= reach.unit_ids
        case DataScope.UNIT if unit is not None:
            return unit.id in reach.unit_ids
        case DataScope.UNIT_BELOW if unit is not None:
            below = select(Unit.id).where(Unit.path.startswith(unit.path))
            return set(session().scalars(below)) <= reach.unit_ids
        case _:
            return True
