"""Forms about the workspace as a whole; what cannot be undone asks for the password again."""

from typing import Any

from wtforms import ValidationError

from control.archives.forms import PassphraseForm
from kit import tenancy
from kit.forms import ChoiceField, Form, PasswordField, TextAreaField, TextField
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from kit.zones import zone_choices


class ExportForm(PassphraseForm):
    """The passphrase of an archive, twice, and one's own password."""

    password = PasswordField(_l("Your password"), help=_l("To be sure that it is you."))


class CloseForm(Form):
    """Why a workspace is given up, its name typed once more, and one's own password."""

    reason = TextAreaField(_l("Reason"), length=500)
    confirm = TextField(
        _l("The workspace's name, to confirm"), length=120, render_kw={"autocomplete": "off"}
    )
    password = PasswordField(_l("Your password"), help=_l("To be sure that it is you."))

    def validate_confirm(self, field: Any) -> None:
        """Refuse another name."""
        name = tenancy.current().name
        if field.data != name:
            raise ValidationError(_("Type %(name)s to confirm.", name=name))


class ZoneForm(Form):
    """By which time zone a workspace lives."""

    timezone = ChoiceField(
        _l("Time zone"),
        picker=True,
        help=_l("In which your people read times, and in which days and months end."),
    )

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.timezone.refill(zone_choices())


class DiscloseForm(Form):
    """Why a person's data leaves."""

    reason = TextField(
        _l("Reason"), length=200, at_least=2, help=_l("It is logged with your name.")
    )


class EraseForm(Form):
    """Why a person is erased, the customer's number once more, and one's own password."""

    reason = TextField(
        _l("Reason"), length=200, at_least=2, help=_l("It is logged with your name.")
    )
    confirm = TextField(
        _l("The customer's number, to confirm"), length=20, render_kw={"autocomplete": "off"}
    )
    password = PasswordField(_l("Your password"), help=_l("To be sure that it is you."))

    def __init__(self, number: str, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.number = number

    def validate_confirm(self, field: Any) -> None:
        """Refuse another customer's number."""
        if field.data != self.number:
            raise ValidationError(_("Type %(name)s to confirm.", name=self.number))
