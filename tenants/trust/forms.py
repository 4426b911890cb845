"""The forms of support access and verification."""

from typing import Any

from control.support.models import LONGEST_HOURS, SHORTEST_HOURS
from control.verification.labels import VERIFICATION_FIELDS
from control.verification.papers import EXTENSIONS, MEGABYTES
from kit.forms import (
    ChoiceField,
    DateField,
    FileField,
    Form,
    IntegerField,
    PasswordField,
    TextAreaField,
    TextField,
)
from kit.i18n import lazy_gettext as _l
from tenants.accounts.dictionary import CARRIER_LABELS
from tenants.trust.labels import MODES

LOOK, CHANGE = "look", "change"
_PASSWORD = _l("Your password")
_SURE = _l("To be sure that it is you.")
_SCAN = _l("A PNG or JPEG picture or a PDF, up to 10 MB.")


class GrantForm(Form):
    """For how long the operator may look in, what for, and whether to change things, too."""

    reason = TextAreaField(
        _l("What is the operator to help with"), length=500, at_least=2, wide=True
    )
    hours = IntegerField(
        _l("For how many hours"),
        at_least=SHORTEST_HOURS,
        at_most=LONGEST_HOURS,
        default=4,
        help=_l("1 to 72; it ends by itself, and you can end it at any time."),
    )
    mode = ChoiceField(
        _l("What may be done"),
        [(LOOK, MODES[False]), (CHANGE, MODES[True])],
        radio=True,
        default=LOOK,
        help=_l(
            "Look only: nothing can be written. With changes: products, numbers, customers and "
            "the dictionary; never money, people, rights or secrets."
        ),
    )
    password = PasswordField(_PASSWORD, help=_SURE)


class CompanyForm(Form):
    """The company as on its licence."""

    legal_name = TextField(VERIFICATION_FIELDS["legal_name"], length=200)
    credit_code = TextField(
        VERIFICATION_FIELDS["credit_code"],
        length=30,
        help=_l("18 characters; the last one checks the others."),
    )
    representative = TextField(
        VERIFICATION_FIELDS["representative"], length=80, required=False, personal=True
    )
    document = TextField(VERIFICATION_FIELDS["document"], length=40, required=False, personal=True)
    licence = FileField(
        VERIFICATION_FIELDS["licence"],
        extensions=EXTENSIONS,
        megabytes=MEGABYTES,
        required=False,
        help=_SCAN,
    )

    def mask(self, **texts: str) -> None:
        """Show personal fields masked; left empty they keep what is there."""
        for name, text in texts.items():
            field: Any = self[name]
            if not self.is_submitted():
                field.data = None
            if text:
                field.render_kw = {**(field.render_kw or {}), "placeholder": text}
                field.help = _l("Leave it empty to keep what is there.")


class AuthorisationForm(Form):
    """A carrier's letter, and how long it holds."""

    carrier = ChoiceField(
        _l("Carrier"), [(one.value, label) for one, label in CARRIER_LABELS.items()]
    )
    valid_until = DateField(_l("Valid until"))
    scan = FileField(
        _l("Scan of the authorisation"), extensions=EXTENSIONS, megabytes=MEGABYTES, help=_SCAN
    )


class HandInForm(Form):
    """One's own password, for what is handed in in the company's name."""

    password = PasswordField(_PASSWORD, help=_SURE)
