"""Questions about people, roles and units."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import joinedload, selectinload

from kit.db import session
from tenants.accounts.models import (
    Role,
    Unit,
    User,
    user_roles,
)
from tenants.accounts.seed import ADMINISTRATOR


def people() -> Select[User]:
    """Return the statement of the list of people, roles loaded with them."""
    return select(User).options(selectinload(User.roles), joinedload(User.unit))


def find_user(public_id: str) -> User | None:
    """Return a person by public id, or None."""
    return session().scalars(people().where(User.public_id == public_id)).one_or_none()


def works_in(unit: str) -> ColumnElement[bool]:
    """Return the condition that a person belongs to a unit, by its public id, or to one below."""
    path = select(Unit.path).where(Unit.public_id == unit).scalar_subquery()
    return User.unit_id.in_(select(Unit.id).where(func.starts_with(Unit.path, path)))


def active_user_options() -> list[tuple[str, str]]:
    """Return public id and name of every active person, for pickers."""
    rows = session().execute(
        select(User.public_id, User.name).where(User.is_active).order_by(User.name, User.id)
    )
    return [(public_id, name) for public_id, name in rows]


def administrators() -> Sequence[User]:
    """Return the active people who hold the administrator's role."""
    return (
        session()
        .scalars(
            select(User)
            .where(User.roles.any(Role.code == ADMINISTRATOR), User.is_active)
            .order_by(User.id)
        )
        .all()
    )


@dataclass(frozen=True, slots=True)
class RoleRow:
    """A role and how many people hold it."""

    role: Role
    people: int

    @property
    def reveals(self) -> bool:
        """Whether whoever holds the role may reveal personal data of some kind of record."""
        return any(permission.endswith(":reveal") for permission in self.role.permissions)


def roles_with_counts() -> list[RoleRow]:
    """Return every role with the number of people who hold it, the administrator's first."""
    counted = (
        select(user_roles.c.role_id, func.count().label("people"))
        .group_by(user_roles.c.role_id)
        .subquery()
    )
    rows = session().execute(
        select(Role, func.coalesce(counted.c.people, 0))
        .outerjoin(counted, counted.c.role_id == Role.id)
        .order_by((Role.code == ADMINISTRATOR).desc().nulls_last(), Role.id)
    )
    return [RoleRow(role, people) for role, people in rows]


@dataclass(frozen=True, slots=True)
class UnitNode:
    """A unit in the tree, how many people are in it, who heads it, and what hangs below."""

    unit: Unit
    people: int
    heads: list[str]
    below: list["UnitNode"]


def unit_tree(*, with_people: bool = True) -> list[UnitNode]:
    """Return the headquarters with everything below it; an empty list before there is one.

    A workspace has hundreds of units at most, so they come at once. Pickers need no people.
    """
    people: dict[int, list[tuple[str, bool]]] = {}
    members_of = select(User.unit_id, User.name, User.is_head).where(User.is_active)
    for unit_id, name, is_head in session().execute(members_of) if with_people else ():
        if unit_id is not None:
            people.setdefault(unit_id, []).append((name, is_head))
    nodes: dict[int, UnitNode] = {}
    roots: list[UnitNode] = []
    for unit in session().scalars(select(Unit).order_by(Unit.depth, Unit.sort_key, Unit.id)):
        members = people.get(unit.id, [])
        node = UnitNode(unit, len(members), [name for name, is_head in members if is_head], [])
        nodes[unit.id] = node
        (nodes[unit.parent_id].below if unit.parent_id else roots).append(node)
    return roots


@dataclass(frozen=True, slots=True)
class Move:
    """What moves with a unit: units below it, active people in all of them, and who heads them."""

    units: int
    people: int
    heads_before: list[str]
    heads_after: list[str]


def preview_move(unit: Unit, parent: Unit | None) -> Move:
    """Return what moves along with a unit, and who heads what is above it now and then."""
    below = select(Unit.id).where(func.starts_with(Unit.path, unit.path))
    units = session().scalar(select(func.count()).select_from(below.subquery())) or 0
    moved = select(func.count(User.id)).where(User.unit_id.in_(below), User.is_active)
    return Move(
        units=units - 1,
        people=session().scalar(moved) or 0,
        heads_before=_heads_of(unit.parent),
        heads_after=_heads_of(parent),
    )


def _heads_of(unit: Unit | None) -> list[str]:
    if unit is None:
        return []
    heads = select(User.name).where(User.unit_id == unit.id, User.is_head, User.is_active)
    return list(session().scalars(heads.order_by(User.id)))


def find_unit(public_id: str) -> Unit | None:
    """Return a unit by public id, or None."""
    return session().scalars(select(Unit).where(Unit.public_id == public_id)).one_or_none()


def units() -> Sequence[Unit]:
    """Return every unit; a workspace has hundreds at most."""
    return session().scalars(select(Unit).order_by(Unit.id)).all()


def units_by_public_id(public_ids: Sequence[str]) -> list[Unit]:
    """Return the units with these public ids, in the order of their ids."""
    return list(
        session().scalars(select(Unit).where(Unit.public_id.in_(public_ids)).order_by(Unit.id))
    )


def unit_options(*, above: int | None = None) -> list[tuple[str, str]]:
    """Return public id and name of every unit as a tree; with `above` those above a depth."""
    options: list[tuple[str, str]] = []

    def add(nodes: list[UnitNode]) -> None:
        for node in nodes:
            if above is None or node.unit.depth < above:
                options.append((node.unit.public_id, "　" * (node.unit.depth - 1) + node.unit.name))
                add(node.below)

    add(unit_tree(with_people=False))
    return options


def people_of(unit: Unit, *, limit: int = 200) -> Sequence[User]:
    """Return the people of a unit, its heads first."""
    return (
        session()
        .scalars(
            people()
            .where(User.unit_id == unit.id)
            .order_by(User.is_head.desc(), User.name, User.id)
            .limit(limit)
        )
        .all()
    )


def find_role(public_id: str) -> Role | None:
    """Return a role by public id, or None."""
    return session().scalars(select(Role).where(Role.public_id == public_id)).one_or_none()


def roles_by_public_id(public_ids: Sequence[str]) -> list[Role]:
    """Return the roles with these public ids, in the order of their ids."""
    return list(
        session().scalars(select(Role).where(Role.public_id.in_(public_ids)).order_by(Role.id))
    )


def roles_with_second_step() -> list[str]:
    """Return the public ids of the roles that want a second step."""
    return list(session().scalars(select(Role.public_id).where(Role.requires_second_step)))


def roles_with_passkey() -> list[str]:
    """Return the public ids of the roles that take nothing but a passkey as second step."""
    return list(session().scalars(select(Role.public_id).where(Role.requires_passkey)))


def role_options() -> list[tuple[str, str]]:
    """Return public id and name of every role, for pickers."""
    rows = session().execute(select(Role.public_id, Role.name).order_by(Role.id))
    return [(public_id, name) for public_id, name in rows]


def seats_taken() -> int:
    """Return how many people of the workspace can log in: what a plan counts as seats."""
    return session().scalar(select(func.count()).select_from(User).where(User.is_active)) or 0
