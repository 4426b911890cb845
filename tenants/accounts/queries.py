"""Questions about people, roles, sessions and the company."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, func, select
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from kit import clock, crypto, personal
from kit.audit import AuditEntry
from kit.db import session
from kit.security import POLICIES, PasswordPolicy, PasswordPreset
from tenants.accounts import events
from tenants.accounts.models import (
    Authenticator,
    LogIn,
    PasswordReset,
    PendingLogIn,
    Profile,
    RecoveryCode,
    Role,
    SecurityPolicy,
    Unit,
    User,
    UserSession,
    user_roles,
)
from tenants.accounts.seed import ADMINISTRATOR

CANDIDATE_FOR = timedelta(hours=1)


def by_login(login: str) -> Select[User] | None:
    """Return the statement that finds a person by username, mobile number or e-mail address.

    None when the text can be none of them. A username never looks like a mobile number, so that
    nobody can stand in the way of another's.
    """
    login = personal.plain(login)
    if not login or len(login) > 254:
        return None
    if "@" in login:
        try:
            return select(User).where(User.email == personal.email_address(login))
        except ValueError:
            return None
    if looks_like_phone(login):
        return select(User).where(User.phone_index.in_(User.phone.lookups(login)))
    return select(User).where(func.lower(User.username) == login.lower())


def looks_like_phone(text: str) -> bool:
    """Tell whether a text reads as a mobile number: +86… or eleven digits from 1 on."""
    digits = text.replace(" ", "").replace("-", "")
    if digits.startswith("+"):
        return digits[1:].isdigit() and len(digits) > 8
    return digits.isascii() and digits.isdigit() and len(digits) == 11 and digits[0] == "1"


def find_by_login(login: str) -> User | None:
    """Return the person behind a log-in name, or None."""
    statement = by_login(login)
    return None if statement is None else session().scalars(statement).one_or_none()


def open_session(token: str) -> UserSession | None:
    """Return the live log-in behind a token with its person and roles, in two statements."""
    now = clock.now()
    return (
        session()
        .scalars(
            select(UserSession)
            .join(UserSession.user)
            .where(
                UserSession.token_digest == crypto.digest(token),
                UserSession.ended_at.is_(None),
                UserSession.expires_at > now,
                User.is_active,
            )
            .options(
                contains_eager(UserSession.user).selectinload(User.roles),
                contains_eager(UserSession.user).joinedload(User.unit),
            )
        )
        .one_or_none()
    )


def pending_log_in(token: str) -> PendingLogIn | None:
    """Return the begun log-in behind a token with its person, or None."""
    return (
        session()
        .scalars(
            select(PendingLogIn)
            .join(PendingLogIn.user)
            .where(
                PendingLogIn.token_digest == crypto.digest(token),
                PendingLogIn.ended_at.is_(None),
                PendingLogIn.expires_at > clock.now(),
                User.is_active,
            )
            .options(contains_eager(PendingLogIn.user).selectinload(User.roles))
        )
        .one_or_none()
    )


def authenticator(user: User) -> Authenticator | None:
    """Return the authenticator app that a person has confirmed, or None."""
    return (
        session()
        .scalars(
            select(Authenticator).where(
                Authenticator.user_id == user.id, Authenticator.confirmed_at.is_not(None)
            )
        )
        .one_or_none()
    )


def candidate(user: User) -> Authenticator | None:
    """Return the authenticator app that a person is about to confirm, or None."""
    return (
        session()
        .scalars(
            select(Authenticator).where(
                Authenticator.user_id == user.id,
                Authenticator.confirmed_at.is_(None),
                Authenticator.created_at > clock.now() - CANDIDATE_FOR,
            )
        )
        .one_or_none()
    )


def recovery_codes_left(user: User) -> int:
    """Return how many recovery codes a person has not used."""
    return (
        session().scalar(
            select(func.count()).where(
                RecoveryCode.user_id == user.id, RecoveryCode.used_at.is_(None)
            )
        )
        or 0
    )


def sessions_of(user: User) -> Sequence[UserSession]:
    """Return a person's live log-ins, the last seen first."""
    return (
        session()
        .scalars(
            select(UserSession)
            .where(
                UserSession.user_id == user.id,
                UserSession.ended_at.is_(None),
                UserSession.expires_at > clock.now(),
            )
            .order_by(UserSession.seen_at.desc(), UserSession.id.desc())
            .limit(100)
        )
        .all()
    )


def log_ins() -> Select[LogIn]:
    """Return the statement of the log of log-ins, the people loaded with them."""
    return select(LogIn).options(joinedload(LogIn.user))


def log_ins_of(user: User) -> Select[LogIn]:
    """Return the statement of one person's log of log-ins."""
    return select(LogIn).where(LogIn.user_id == user.id)


def find_reset(token: str) -> PasswordReset | None:
    """Return the live reset link behind a token, or None."""
    return (
        session()
        .scalars(
            select(PasswordReset).where(
                PasswordReset.digest == crypto.digest(token),
                PasswordReset.used_at.is_(None),
                PasswordReset.expires_at > clock.now(),
            )
        )
        .one_or_none()
    )


def people() -> Select[User]:
    """Return the statement of the list of people, roles loaded with them."""
    return select(User).options(selectinload(User.roles), joinedload(User.unit))


def find_user(public_id: str) -> User | None:
    """Return a person by public id, or None."""
    return session().scalars(people().where(User.public_id == public_id)).one_or_none()


def active_user_options() -> list[tuple[str, str]]:
    """Return public id and name of every active person, for pickers."""
    rows = session().execute(
        select(User.public_id, User.name).where(User.is_active).order_by(User.name, User.id)
    )
    return [(public_id, name) for public_id, name in rows]


@dataclass(frozen=True, slots=True)
class RoleRow:
    """A role and how many people hold it."""

    role: Role
    people: int


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


def role_options() -> list[tuple[str, str]]:
    """Return public id and name of every role, for pickers."""
    rows = session().execute(select(Role.public_id, Role.name).order_by(Role.id))
    return [(public_id, name) for public_id, name in rows]


def profile() -> Profile:
    """Return the company's profile; every workspace has exactly one."""
    return session().scalars(select(Profile)).one()


def security_policy() -> SecurityPolicy:
    """Return the security policy; one of defaults, in no session, where nobody has changed it."""
    return session().scalars(select(SecurityPolicy)).one_or_none() or SecurityPolicy(
        preset=PasswordPreset.MANUAL,
        passwords_expire=False,
        mail_codes=True,
        idle_minutes=0,
        version=1,
    )


def password_policy() -> PasswordPolicy:
    """Return what the workspace wants of a password."""
    return POLICIES[PasswordPreset(security_policy().preset)]


def password_changed_at(user: User) -> datetime:
    """Return when a person last chose a password; when the account was made if never since."""
    changed = session().scalar(
        select(AuditEntry.created_at)
        .where(
            AuditEntry.subject_id == user.public_id,
            AuditEntry.event.in_((events.PASSWORD_CHANGED.name, events.PASSWORD_RESET.name)),
        )
        .order_by(AuditEntry.id.desc())
        .limit(1)
    )
    return changed or user.created_at


def is_password_old(user: User, policy: PasswordPolicy) -> bool:
    """Tell whether a person should be reminded to choose a new password (D023)."""
    if policy.old_after_days is None:
        return False
    return clock.now() - password_changed_at(user) > timedelta(days=policy.old_after_days)


def audit_log() -> Select[AuditEntry]:
    """Return the statement of the audit log."""
    return select(AuditEntry)


def log_of(subject_id: str, limit: int = 50) -> Sequence[AuditEntry]:
    """Return the newest audit rows about one record."""
    return (
        session()
        .scalars(
            select(AuditEntry)
            .where(AuditEntry.subject_id == subject_id)
            .order_by(AuditEntry.id.desc())
            .limit(limit)
        )
        .all()
    )
