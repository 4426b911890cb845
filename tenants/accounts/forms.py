"""Forms of people, roles, passwords and the company."""

from kit.forms import (
    CheckField,
    ChoiceField,
    ChoicesField,
    EmailField,
    FileField,
    Form,
    IntegerField,
    PasswordField,
    PhoneField,
    TextField,
)
from kit.i18n import lazy_gettext as _l
from tenants.accounts.labels import SCOPES
from tenants.accounts.models import DataScope, ResetWay
from tenants.accounts.services.profile import DEEPEST, LONGEST_HOLD

RULE = _l("At least 8 characters, with three of: lower case, upper case, digits, others.")
_NEW = {"autocomplete": "new-password"}


class LoginForm(Form):
    """Open the door."""

    login = TextField(
        _l("Username, mobile number or e-mail"),
        length=254,
        render_kw={"autocomplete": "username", "autocapitalize": "none", "autofocus": True},
    )
    password = PasswordField(_l("Password"))
    remember = CheckField(
        _l("Keep me signed in for 30 days"),
        help=_l(
            "Only a random key is kept on this device, never your password. "
            "Do not tick it on a shared computer."
        ),
    )


class ForgotForm(Form):
    """Ask for a link or a code."""

    login = TextField(
        _l("Username, mobile number or e-mail"),
        length=254,
        render_kw={"autocomplete": "username", "autocapitalize": "none"},
    )
    way = ChoiceField(
        _l("How to prove that it is you"),
        ((ResetWay.MAIL, _l("A link by e-mail")), (ResetWay.SMS, _l("A code by SMS"))),
        radio=True,
        default=ResetWay.MAIL,
    )


class NewPasswordForm(Form):
    """Choose a new password by a link."""

    password = PasswordField(_l("New password"), help=RULE, render_kw=_NEW)
    again = PasswordField(_l("New password again"), render_kw=_NEW)


class CodeForm(NewPasswordForm):
    """Choose a new password by a code."""

    code = TextField(
        _l("Code"),
        length=6,
        render_kw={"autocomplete": "one-time-code", "inputmode": "numeric"},
    )


class ChangePasswordForm(NewPasswordForm):
    """Change one's own password."""

    old = PasswordField(_l("Present password"))


class ProveForm(Form):
    """Enter the password again."""

    password = PasswordField(_l("Password"), render_kw={"autofocus": True})


class OwnDetailsForm(Form):
    """Change one's own details."""

    username = TextField(_l("Username"), readonly=True, required=False)
    name = TextField(_l("Name"), length=60)
    email = EmailField(
        _l("E-mail"), required=False, help=_l("Keep it valid: it resets your password.")
    )
    phone = PhoneField(
        _l("Mobile number"), mobile=True, required=False, help=_l("For log-in and codes by SMS.")
    )
    password = PasswordField(
        _l("Password"),
        required=False,
        help=_l("Needed when the e-mail or the mobile number changes."),
    )


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
        help=_l("The person must change it at the first log-in."),
        render_kw=_NEW,
    )


class SetPasswordForm(Form):
    """Give a person a first password again."""

    password = PasswordField(_l("First password"), help=RULE, render_kw=_NEW)


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
        help=_l("Only for the scope “Chosen units”. Units below them are chosen apart."),
    )
    permissions = ChoicesField(_l("Permissions"), picker=False, required=False)


class ProfileForm(Form):
    """The company's profile and brand."""

    company = TextField(_l("Company name"), length=80)
    contact_name = TextField(_l("Contact person"), length=60, required=False)
    contact_phone = TextField(_l("Contact phone"), length=40, required=False)
    address = TextField(_l("Address"), length=200, required=False, wide=True)
    colour = TextField(_l("Brand colour"), length=7, render_kw={"type": "color"})
    logo = FileField(
        _l("Logo"),
        extensions=("png", "jpg", "jpeg", "webp"),
        megabytes=1,
        required=False,
        help=_l("PNG, JPEG or WebP, at most 1 MB."),
    )
    remove_logo = CheckField(_l("Remove the logo"))
    max_depth = IntegerField(_l("Levels of channels"), at_least=1, at_most=DEEPEST)
    hold_minutes = IntegerField(
        _l("A number is held for"), at_least=1, at_most=LONGEST_HOLD, suffix=_l("minutes")
    )
