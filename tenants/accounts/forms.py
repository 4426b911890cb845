"""Forms of people, roles, passwords and the company."""

from typing import Any

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
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from tenants.accounts.labels import PRESETS, SCOPES
from tenants.accounts.models import DataScope, ResetWay
from tenants.accounts.policy import current_policy
from tenants.accounts.services.policy import LONGEST_IDLE

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
        render_kw={
            "data-notice": _l(
                "For 30 days this device opens your account without a password. Only a "
                "random key is kept here, never the password, and you can end it under “My "
                "account”. On a public or shared computer choose “Cancel”."
            )
        },
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

    password = PasswordField(_l("New password"), render_kw=_NEW)
    again = PasswordField(_l("New password again"), render_kw=_NEW)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.password.help = current_policy().passwords.hint


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
        render_kw=_NEW,
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.password.help = _first_password_hint()


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


class StepForm(Form):
    """A code of the second step."""

    code = TextField(
        _l("Code"),
        length=20,
        personal=True,
        render_kw={"autocomplete": "one-time-code", "autocapitalize": "none", "autofocus": True},
    )


class OwnPasswordForm(Form):
    """Enter the own password before something is done to somebody else."""

    own = PasswordField(
        _l("Your own password"), help=_l("So that nobody does this at a screen you left.")
    )


class SecurityForm(Form):
    """What the workspace wants of passwords and log-ins."""

    preset = ChoiceField(
        _l("Password policy"),
        list(PRESETS.items()),
        radio=True,
        help=_l("Either refuses common passwords and those with the person's own data."),
    )
    passwords_expire = CheckField(
        _l("Passwords expire after 60 days"),
        help=_l("Without this, people are only reminded. Only for the first policy."),
    )
    second_step_for = ChoicesField(
        _l("Roles that need a second step"),
        required=False,
        help=_l("Whoever holds one sets up an authenticator app at the next log-in."),
    )
    mail_codes = CheckField(
        _l("A code by e-mail may stand in for the app"),
        help=_l("A mailbox can reset passwords, too: whoever reads it then needs nothing else."),
    )
    idle_minutes = IntegerField(
        _l("Lock the screen after"),
        at_least=0,
        at_most=LONGEST_IDLE,
        suffix=_l("minutes"),
        help=_l("0: only by hand."),
    )


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
