"""Forms of people, units and roles."""

from typing import Any

from kit.forms import (
    CheckField,
    ChoiceField,
    ChoicesField,
    EmailField,
    Form,
    PasswordField,
    PhoneField,
    TextField,
)
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from tenants.accounts.labels import SCOPES
from tenants.accounts.models import DataScope
from tenants.accounts.policy import current_policy

_NEW = {"autocomplete": "new-password"}


class EditUserForm(Form):
    """Change a person."""

    username = TextField(
        _l("Username"), length=20, help=_l("3 to 20 letters, digits or underscores.")
    )
    name = TextField(_l("Name"), length=60)
    email = EmailField(_l("E-mail"), required=False)
    phone = PhoneField(_l("Mobile number"), mobile=True, required=False)
    unit = ChoiceField(_l("Organisation unit"), required=False)
    is_head = CheckField(_l("Heads this unit"))
    roles = ChoicesField(_l("Roles"))


class NewUserForm(EditUserForm):
    """Add a person."""

    password = PasswordField(
        _l("First password"),
        render_kw=_NEW,
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.password.help = _first_password_hint()


class InviteForm(Form):
    """Invite a person by mail."""

    username = TextField(
        _l("Username"), length=20, help=_l("3 to 20 letters, digits or underscores.")
    )
    name = TextField(_l("Name"), length=60)
    email = EmailField(_l("E-mail"), help=_l("The link that sets the first password goes there."))
    phone = PhoneField(_l("Mobile number"), mobile=True, required=False)
    unit = ChoiceField(_l("Organisation unit"), required=False)
    is_head = CheckField(_l("Heads this unit"))
    roles = ChoicesField(_l("Roles"))


class SetPasswordForm(Form):
    """Give a person a first password again."""

    password = PasswordField(_l("First password"), render_kw=_NEW)
    own = PasswordField(
        _l("Your own password"), help=_l("So that nobody does this at a screen you left.")
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.password.help = _first_password_hint()


def _first_password_hint() -> str:
    must = _("The person must change it at the first log-in.")
    return f"{current_policy().passwords.hint} {must}"


class UnitForm(Form):
    """An organisation unit."""

    name = TextField(_l("Name of the unit"), length=60)
    remark = TextField(_l("Remark"), length=200, required=False, wide=True)


class NewUnitForm(UnitForm):
    """A new unit and where it hangs."""

    parent = ChoiceField(_l("Belongs to"))


class MoveUnitForm(Form):
    """Where a unit shall hang from now on."""

    parent = ChoiceField(_l("Belongs to"))


class RoleForm(Form):
    """A role's name, permissions and data scope."""

    name = TextField(_l("Role name"), length=40)
    scope = ChoiceField(
        _l("Data scope"),
        list(SCOPES.items()),
        radio=True,
        default=DataScope.ALL,
        help=_l("Whose customers, orders, channels and commission its permissions reach."),
    )
    units = ChoicesField(
        _l("Chosen units"),
        required=False,
        only_when=("scope", (DataScope.UNITS,)),
        help=_l("Units below them are chosen apart."),
    )
    permissions = ChoicesField(_l("Permissions"), picker=False, required=False)
