"""Adding, changing and deleting roles."""

from collections.abc import Collection, Sequence

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from kit import audit, personal
from kit.db import refuse_stale, session, transaction
from kit.errors import Refused
from kit.i18n import gettext as _
from tenants.accounts import events
from tenants.accounts.models import DataScope, Role, Unit, User, user_roles
from tenants.accounts.permissions import every_permission, groups
from tenants.accounts.scopes import covers
from tenants.accounts.seed import ADMINISTRATOR
from tenants.accounts.services.people import held_by


def add_role(
    *,
    name: str,
    permissions: Collection[str],
    scope: DataScope = DataScope.ALL,
    units: Sequence[Unit] = (),
    by: audit.Actor,
) -> Role:
    """Add a role.

    Refuses a name in use, no permission, any that the actor lacks, and a wider scope than his.
    """
    with transaction() as work:
        given = _complete(permissions)
        _refuse_beyond(given, by=by)
        role = Role(name=_name(name), permissions=_ordered(given))
        _reach(role, scope, units, by=by)
        work.add(role)
        _flush()
        audit.record(
            events.ROLE_ADDED,
            role,
            by=by,
            name=role.name,
            permissions=role.permissions,
            scope=role.scope,
            units=[unit.name for unit in role.units],
        )
    return role


def edit_role(
    role: Role,
    *,
    version: int,
    name: str,
    permissions: Collection[str],
    scope: DataScope | None = None,
    units: Sequence[Unit] = (),
    by: audit.Actor,
) -> None:
    """Change a role's name, permissions and, where one is given, its scope.

    Refuses the administrator's, a stale copy, and giving or taking what the actor lacks.
    """
    with transaction():
        role = _locked(role)
        refuse_stale(role, version)
        _refuse_administrator(role)
        before, after = set(role.permissions), _complete(permissions)
        _refuse_beyond(before ^ after, by=by)
        role.name = _name(name)
        if scope is not None and not _is_covered(role, by=by):
            raise Refused(_("This role reaches further than you do."), field="scope")
        role.permissions = _ordered(after)
        if scope is not None:
            _reach(role, scope, units, by=by)
        role.version += 1
        _flush()
        audit.record(
            events.ROLE_EDITED,
            role,
            by=by,
            name=role.name,
            added=sorted(after - before),
            removed=sorted(before - after),
            scope=role.scope,
            units=[unit.name for unit in role.units],
        )


def delete_role(role: Role, *, by: audit.Actor) -> None:
    """Delete a role; refuses the administrator's, one in use, and one beyond the actor."""
    with transaction() as work:
        role = _locked(role)
        _refuse_administrator(role)
        _refuse_beyond(set(role.permissions), by=by)
        in_use = work.scalar(
            select(user_roles.c.user_id).where(user_roles.c.role_id == role.id).limit(1)
        )
        if in_use is not None:
            raise _held(role)
        audit.record(events.ROLE_DELETED, role, by=by, name=role.name)
        role.units = []
        work.flush()
        try:
            # Not through the mapper, which would quietly take the role from people first.
            work.execute(
                delete(Role).where(Role.id == role.id).execution_options(synchronize_session=False)
            )
        except IntegrityError as error:
            constraint = getattr(getattr(error.orig, "diag", None), "constraint_name", None)
            if constraint == "fk_user_roles_role_id_roles":
                raise _held(role) from None
            # Modules above refer to roles as well: steps of approval flows do.
            raise Refused(
                _("An approval flow or another setting names the role %(role)s.", role=role.name)
            ) from None
        work.expunge(role)


def _reach(role: Role, scope: DataScope, units: Sequence[Unit], *, by: audit.Actor) -> None:
    if scope == DataScope.UNITS and not units:
        raise Refused(_("Choose the units that the role reaches."), field="units")
    role.scope = scope
    role.units = list(units) if scope == DataScope.UNITS else []
    if not _is_covered(role, by=by):
        raise Refused(_("Nobody can let a role reach further than he does."), field="scope")


def _is_covered(role: Role, *, by: audit.Actor) -> bool:
    return not isinstance(by, User) or covers(by, role, unit=None)


def _held(role: Role) -> Refused:
    return Refused(_("People hold the role %(role)s; give them another one first.", role=role.name))


def _locked(role: Role) -> Role:
    return session().get_one(Role, role.id, with_for_update=True, populate_existing=True)


def _refuse_administrator(role: Role) -> None:
    if role.code == ADMINISTRATOR:
        raise Refused(_("The administrator's role is fixed: it may do everything."))


def _refuse_beyond(changed: Collection[str], *, by: audit.Actor) -> None:
    if not held_by(by).issuperset(changed):
        raise Refused(
            _("Nobody can give or take a permission that he does not hold."), field="permissions"
        )


def _complete(permissions: Collection[str]) -> set[str]:
    """Return known permissions with the page that each operation needs."""
    known = {permission.value for permission in every_permission()}
    unknown = set(permissions) - known
    if unknown:
        raise Refused(_("This permission does not exist."), field="permissions")
    if not permissions:
        raise Refused(_("Choose at least one permission."), field="permissions")
    given = set(permissions)
    for members in groups().values():
        values = {member.value for member in members}
        page = next((value for value in values if value.endswith(":view")), None)
        if page and given & values:
            given.add(page)
    return given


def _ordered(permissions: Collection[str]) -> list[str]:
    return [one.value for one in every_permission() if one.value in permissions]


def _name(name: str) -> str:
    name = personal.plain(name)
    if not name:
        raise Refused(_("A role needs a name."), field="name")
    return name


def _flush() -> None:
    try:
        session().flush()
    except IntegrityError:
        raise Refused(_("There is a role with this name already."), field="name") from None
