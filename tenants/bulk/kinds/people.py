"""Import of people: each gets an invitation by mail and chooses the own password."""

import re
from collections.abc import Mapping, Sequence

from kit import audit
from kit.errors import Refused
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from tenants.accounts import queries, services
from tenants.accounts.models import Role, Unit
from tenants.accounts.permissions import Permission
from tenants.accounts.services.invitations import NewPerson
from tenants.accounts.services.people import refuse_unfit
from tenants.bulk.registry import (
    CellKind,
    ImportColumn,
    ImportKind,
    Options,
    Row,
    register_kind,
)

_BETWEEN = re.compile(r"[、,，;；/]")


def _roles(text: str, known: Mapping[str, Role]) -> list[Role]:
    names = [name.strip() for name in _BETWEEN.split(text) if name.strip()]
    unknown = [name for name in names if name not in known]
    if unknown:
        raise Refused(_("There is no role %(role)s.", role=unknown[0]))
    return [known[name] for name in dict.fromkeys(names)]


def _unit(text: str, known: Mapping[str, list[Unit]]) -> Unit | None:
    if not text:
        return None
    found = known.get(text, [])
    if len(found) != 1:
        raise Refused(
            _("There are several units called %(unit)s.", unit=text)
            if found
            else _("There is no organisation unit %(unit)s.", unit=text)
        )
    return found[0]


def _people(rows: Sequence[Row]) -> tuple[dict[int, NewPerson], dict[int, str]]:
    """Return who is to be invited by line, and what is wrong with the other lines."""
    roles = {one.role.name: one.role for one in queries.roles_with_counts()}
    units: dict[str, list[Unit]] = {}
    for unit in queries.units():
        units.setdefault(unit.name, []).append(unit)
    people, problems = {}, {}
    for row in rows:
        try:
            person = NewPerson(
                username=row.text("username"),
                name=row.text("name"),
                email=row.text("email"),
                phone=row.text("phone") or None,
                roles=_roles(row.text("roles"), roles),
                unit=_unit(row.text("unit"), units),
            )
            refuse_unfit(
                username=person.username,
                name=person.name,
                email=person.email,
                phone=person.phone,
            )
            people[row.line] = person
        except Refused as refusal:
            problems[row.line] = str(refusal)
    return people, problems


def _check(rows: Sequence[Row], options: Options) -> Mapping[int, str]:
    del options
    return _people(rows)[1]


def _apply(rows: Sequence[Row], options: Options, by: audit.Actor) -> int:
    del options
    people, problems = _people(rows)
    if problems:
        raise Refused(next(iter(problems.values())))
    # In a job only the name of who brought the file is known; what he may give is asked anew.
    by = queries.find_user(by.actor_id) or by
    return len(services.invite_people(list(people.values()), by=by))


PEOPLE = register_kind(
    ImportKind(
        name="people",
        label=_l("People"),
        columns=(
            ImportColumn(
                "username",
                _l("Username"),
                required=True,
                unique=True,
                normalise=str.casefold,
                aliases=("用户名", "账号", "登录名"),
                length=20,
                note=_l("3 to 20 letters, digits or underscores."),
                example="zhang_san",
            ),
            ImportColumn("name", _l("Name"), required=True, aliases=("姓名",), length=60),
            ImportColumn(
                "email",
                _l("E-mail"),
                required=True,
                unique=True,
                normalise=str.casefold,
                aliases=("邮箱", "电子邮箱"),
                note=_l("The link that sets the first password goes there."),
                example="zhang.san@example.com",
            ),
            ImportColumn(
                "phone",
                _l("Mobile number"),
                kind=CellKind.DIGITS,
                unique=True,
                numeric_up_to=11,
                aliases=("手机号", "手机", "电话"),
                example="13900001234",
            ),
            ImportColumn("unit", _l("Organisation unit"), aliases=("机构", "部门", "网点")),
            ImportColumn(
                "roles",
                _l("Roles"),
                required=True,
                aliases=("角色",),
                note=_l("Names of roles, several with a comma between them."),
            ),
        ),
        check=_check,
        apply=_apply,
        permission=Permission.User.EDIT,
        is_personal=True,
    )
)
