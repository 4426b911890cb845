"""Forms at the door: the log-in, its second step, and a forgotten password."""

from typing import Any

from kit.forms import (
    CheckField,
    ChoiceField,
    Form,
    HiddenTextField,
    PasswordField,
    TextField,
)
from kit.i18n import lazy_gettext as _l
from tenants.accounts.models import ResetWay
from tenants.accounts.policy import current_policy

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


class ResetForm(NewPasswordForm):
    """Choose a new password by a link, after answering security questions."""

    first_answer = TextField(length=100, personal=True, render_kw={"autocomplete": "off"})
    second_answer = TextField(length=100, personal=True, render_kw={"autocomplete": "off"})


class CodeForm(NewPasswordForm):
    """Choose a new password by a code."""

    code = TextField(
        _l("Code"),
        length=6,
        render_kw={"autocomplete": "one-time-code", "inputmode": "numeric"},
    )


class StepForm(Form):
    """A code of the second step."""

    code = TextField(
        _l("Code"),
        length=20,
        personal=True,
        render_kw={"autocomplete": "one-time-code", "autocapitalize": "none", "autofocus": True},
    )


class PasskeyForm(Form):
    """What a browser answers for a passkey; a script fills it in."""

    answer = HiddenTextField(length=20_000)


class NewPasskeyForm(PasskeyForm):
    """A new passkey and its name."""

    name = TextField(
        _l("Name of the passkey"), length=40, help=_l("Such as “my telephone” or “blue key”.")
    )
