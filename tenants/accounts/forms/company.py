"""Forms of the company: its profile, and what it wants of passwords and log-ins."""

from kit.forms import (
    CheckField,
    ChoiceField,
    ChoicesField,
    FileField,
    Form,
    IntegerField,
    TextField,
)
from kit.i18n import lazy_gettext as _l
from tenants.accounts.labels import PRESETS
from tenants.accounts.services.policy import LONGEST_IDLE


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
    sms_codes = CheckField(
        _l("A code by SMS may stand in for the app"),
        help=_l("Only to mobile numbers that were proved. Weaker than an app: numbers get stolen."),
    )
    passkey_for = ChoicesField(
        _l("Roles that need a passkey"),
        required=False,
        help=_l(
            "No copied page can ask for one. Neither app nor code is enough then, only a recovery "
            "code."
        ),
    )
    security_questions = CheckField(
        _l("Security questions before a password is reset by mail"),
        help=_l(
            "Not advised: others often know or guess the answers. They never open anything by "
            "themselves; two of three are asked beside the link by mail."
        ),
    )
    idle_minutes = IntegerField(
        _l("Lock the screen after"),
        at_least=0,
        at_most=LONGEST_IDLE,
        suffix=_l("minutes"),
        help=_l("0: only by hand."),
    )


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
