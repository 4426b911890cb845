"""The form behind the link that an owner is mailed."""

from wtforms import ValidationError

from kit.forms import Form, PasswordField
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l

_NEW = {"autocomplete": "new-password"}


class PassphraseForm(Form):
    """The passphrase of an archive, twice."""

    passphrase = PasswordField(
        _l("Passphrase of the archive"),
        help=_l(
            "At least 12 characters. Keep it apart from the file: without it nobody, neither you "
            "nor we, can open the archive."
        ),
        render_kw=_NEW,
    )
    again = PasswordField(_l("Passphrase again"), render_kw=_NEW)

    def validate_again(self, field: PasswordField) -> None:
        """Refuse two different passphrases."""
        if field.data != self.passphrase.data:
            raise ValidationError(_("The two passphrases differ."))
