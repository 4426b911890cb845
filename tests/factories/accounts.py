"""People, roles and log-ins for tests."""

from collections.abc import Sequence
from enum import StrEnum
from itertools import count
from typing import Any

from sqlalchemy import select

from kit import audit, clock, tenancy
from kit.db import session
from kit.jobs import registry
from kit.jobs.runner import perform
from kit.jobs.tables import NEVER, JobState, Place, cell_outbox
from kit.security.totp import code_at
from tenants.accounts import queries, services
from tenants.accounts.models import DataScope, Role, Unit, User
from tenants.accounts.scopes import Reach, reach_of
from tenants.accounts.seed import ADMINISTRATOR, CUSTOMER_SERVICE, SALESPERSON
from tests.databases import PEOPLE_PASSWORD
from tests.page import PageClient

PASSWORD = PEOPLE_PASSWORD
NEW_PASSWORD = "Brook-stone-77"
_numbers = count(1)


def make_role(
    *,
    permissions: Sequence[str],
    name: str | None = None,
    scope: str = DataScope.ALL,
    units: Sequence[Unit] = (),
    by: Any = audit.SYSTEM,
) -> Role:
    return services.add_role(
        name=name or f"角色{next(_numbers)}",
        permissions=permissions,
        scope=DataScope(scope),
        units=units,
        by=by,
    )


def headquarters() -> Unit:
    return session().scalars(select(Unit).where(Unit.depth == 1)).one()


def make_unit(name: str | None = None, *, parent: Unit | None = None) -> Unit:
    """A branch, unless a parent says otherwise."""
    return services.add_unit(
        name=name or f"分公司{next(_numbers)}",
        parent=parent or headquarters(),
        by=audit.SYSTEM,
    )


def role(code: str = SALESPERSON) -> Role:
    return session().scalars(select(Role).where(Role.code == code)).one()


def make_user(
    *,
    username: str | None = None,
    name: str = "李四",
    email: str | None = "",
    phone: str | None = "",
    roles: Sequence[Role] | None = None,
    unit: Unit | None = None,
    password: str = PASSWORD,
    must_change: bool = False,
    by: Any = audit.SYSTEM,
) -> User:
    """A salesperson, unless roles are given; the password is chosen already."""
    number = next(_numbers)
    user = services.add_user(
        username=username or f"user_{number}",
        name=name,
        email=f"user_{number}@example.com" if email == "" else email,
        phone=f"139001{number:05}" if phone == "" else phone,
        roles=[role()] if roles is None else roles,
        unit=unit,
        password=password,
        by=by,
    )
    user.must_change_password = must_change
    user.phone_proved_at = clock.now() if user.phone_cipher else None
    session().commit()
    return user


def everything(permission: StrEnum) -> Reach:
    """What the administrator reaches with a permission."""
    return reach_of(owner(), permission)


def owner() -> User:
    """The administrator with whom the workspace began."""
    return session().scalars(select(User).where(User.roles.any(code=ADMINISTRATOR))).first()  # type: ignore[return-value]


def agent() -> User:
    """A colleague with fewer rights, from customer service."""
    return make_user(roles=[role(CUSTOMER_SERVICE)])


def sign_in(user: User, *, password: str = PASSWORD, remember: bool = False) -> str:
    return services.sign_in(
        user.username, password, remember=remember, ip_address="203.0.113.9", user_agent="Firefox"
    ).token


def enrolled(user: User) -> tuple[str, list[str]]:
    """Give a person an authenticator app; return its secret and the recovery codes."""
    services.begin_factor(user)
    found = queries.candidate(user)
    assert found is not None
    secret = found.secret
    codes = services.confirm_factor(user, code_at(secret, clock.now()), except_token=None)
    return secret, codes


def signed_in(client: PageClient, user: User) -> PageClient:
    """A browser of the open workspace in which a person is logged in."""
    fresh = client.at(tenancy.current())
    fresh.set_cookie("office", sign_in(user), domain=fresh.host.partition(":")[0])
    return fresh


def run_jobs() -> list[JobState | None]:
    """Do what waits in the outbox of the open workspace; return how each piece ended."""
    workspace = tenancy.current()
    waiting = (
        session()
        .scalars(
            select(cell_outbox.c.id).where(
                cell_outbox.c.workspace == workspace.schema,
                cell_outbox.c.state == JobState.WAITING,
                # What waits for other work is not due yet.
                cell_outbox.c.run_at < NEVER,
            )
        )
        .all()
    )
    session().rollback()
    return [perform(registry.get, Place("main"), workspace, job) for job in waiting]


def log_names(subject: Any) -> list[str]:
    """The codes of what the audit log says about a record, newest first."""
    return [entry.event for entry in queries.log_of(subject.public_id)]
