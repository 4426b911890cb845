"""The form that asks why: a reason from the dictionary, words of one's own, or both."""

from typing import Any

from kit.forms import ChoiceField, Form, TextAreaField
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from tenants.setup.dictionary import Type


class ReasonForm(Form):
    """Do something that needs a reason.

    `said` is the reason as it is stored and read, `code` the value of the dictionary behind it.
    """

    chosen = ChoiceField(_l("Reason"), required=False, empty=_l("In my own words"))
    reason = TextAreaField(_l("In words"), length=500, required=False)

    def __init__(self, type_: Type, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.type = type_
        self.chosen.refill(type_.options())

    def validate(self, *args: Any, **options: Any) -> bool:
        """Refuse the form with neither a reason from the list nor words."""
        is_valid: bool = super().validate(*args, **options)
        if is_valid and not self.said:
            self.reason.errors = (*self.reason.errors, _("Choose a reason, or write one."))
            return False
        return is_valid

    @property
    def code(self) -> str | None:
        """The chosen value of the dictionary."""
        return self.chosen.data or None

    @property
    def said(self) -> str:
        """The reason in words."""
        parts = (self.type.words(self.code), (self.reason.data or "").strip())
        return str(_(": ")).join(part for part in parts if part)
