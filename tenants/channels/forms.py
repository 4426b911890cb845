"""Forms of channels, their grades and people, and of the way into the portal."""

from typing import Any

from kit.forms import (
    CheckField,
    ChoiceField,
    Form,
    HiddenTextField,
    IntegerField,
    LookUpField,
    PasswordField,
    PercentField,
    PhoneField,
    TextAreaField,
    TextField,
)
from kit.i18n import lazy_gettext as _l
from tenants.accounts.policy import current_policy
from tenants.channels.kinds import CHANNEL
from tenants.channels.labels import CHANNEL_USER_ROLES, KINDS


class EditChannelForm(Form):
    """What is known of a channel; its place in the tree stays."""

    name = TextField(_l("Channel name"), length=80)
    kind = ChoiceField(_l("Kind"), list(KINDS.items()), default="agent")
    grade = ChoiceField(_l("Grade"), required=False)
    manager = ChoiceField(_l("Channel manager"), required=False, picker=True)
    unit = ChoiceField(
        _l("Managing unit"),
        required=False,
        help=_l("Its people reach this channel, the channels below and their orders."),
    )
    region = TextField(_l("Region"), required=False, length=80)
    contact_name = TextField(_l("Contact"), length=40)
    contact_phone = PhoneField(_l("Contact phone"), personal=True)
    share = PercentField(
        _l("Share"),
        default=0,
        help=_l("What it gets of its parent's rate where it has none of its own."),
    )
    remark = TextAreaField(_l("Remark"), required=False, length=500)


class AddChannelForm(EditChannelForm):
    """A new channel, at the top or below a parent."""

    parent = LookUpField(
        _l("Parent channel"),
        finder=CHANNEL,
        required=False,
        empty=_l("None: at the top of the tree"),
    )


class MoveChannelForm(Form):
    """Where a channel shall hang from now on."""

    parent = LookUpField(_l("Parent channel"), finder=CHANNEL)


class FreezeChannelForm(Form):
    """Why a channel is frozen; its people read this."""

    reason = TextAreaField(
        _l("Reason"), length=300, help=_l("The people of the channel see it when they sign in.")
    )


class GradeForm(Form):
    """A grade and its rank."""

    name = TextField(_l("Grade"), length=40)
    rank = IntegerField(_l("Rank"), at_least=1, at_most=99, help=_l("1 is the highest."))


class InviteForm(Form):
    """Who is invited to a channel."""

    name = TextField(_l("Name"), length=40)
    role = ChoiceField(
        _l("Role in the channel"), list(CHANNEL_USER_ROLES.items()), default="owner", radio=True
    )


_NEW_PASSWORD = {"autocomplete": "new-password"}


class JoinForm(Form):
    """What an invited person tells."""

    name = TextField(_l("Your name"), length=40, personal=True)
    phone = PhoneField(_l("Mobile number"), mobile=True)
    username = TextField(
        _l("Username"),
        length=32,
        at_least=4,
        render_kw={"autocomplete": "username", "autocapitalize": "none"},
        help=_l("Letters and digits, beginning with a letter; you can sign in with it."),
    )
    password = PasswordField(_l("Password"), render_kw=_NEW_PASSWORD)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.password.help = current_policy().passwords.hint


class SignInForm(Form):
    """Sign in with a password."""

    login = TextField(
        _l("Username or mobile number"),
        length=64,
        personal=True,
        render_kw={"autocomplete": "username", "autocapitalize": "none"},
    )
    password = PasswordField(_l("Password"))
    remember = CheckField(_l("Stay signed in on this device for 30 days"))


class AskCodeForm(Form):
    """Where to send a code."""

    phone = PhoneField(_l("Mobile number"), mobile=True)


class _CodeForm(Form):
    phone = HiddenTextField()
    code = TextField(
        _l("Code from the SMS"),
        length=6,
        personal=True,
        render_kw={"inputmode": "numeric", "autocomplete": "one-time-code"},
    )


class CodeSignInForm(_CodeForm):
    """Sign in with a code."""

    remember = CheckField(_l("Stay signed in on this device for 30 days"))


class NewPasswordForm(_CodeForm):
    """Set a new password with a code."""

    password = PasswordField(_l("New password"), render_kw=_NEW_PASSWORD)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.password.help = current_policy().passwords.hint
