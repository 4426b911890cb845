"""The forms with which operators decide about fapiao; each asks for the own password."""

from typing import Any

from control.billing.fapiao.papers import EXTENSIONS, MEGABYTES
from control.console.views.billing.forms import own_password
from kit import clock
from kit.forms import (
    DateField,
    FileField,
    Form,
    HiddenTextField,
    MoneyField,
    TextAreaField,
    TextField,
)
from kit.i18n import lazy_gettext as _l

_DOCUMENT = _l("File of the fapiao")
_FILE = _l("A PDF or OFD file, up to 10 MB, as the tax authority's system made it.")
_NUMBER = _l("8 to 20 digits; an electronic one has 20.")


class IssueForm(Form):
    """Number, day and file of a fapiao that was made."""

    number = TextField(_l("Fapiao number"), length=30, help=_NUMBER)
    issued_on = DateField(_l("Issued on"), default=clock.today)
    file = FileField(_DOCUMENT, extensions=EXTENSIONS, megabytes=MEGABYTES, help=_FILE)
    own = own_password()
    amount = HiddenTextField(length=20)

    @property
    def agreed_amount(self) -> int:
        """What the page said it is about; nothing when that was tampered with."""
        typed = str(self.amount.data or "")
        return int(typed) if typed.isascii() and typed.isdigit() else -1


class RejectForm(Form):
    """Why none is issued."""

    reason = TextAreaField(_l("Reason"), length=500, help=_l("The workspace is told."))
    own = own_password()


class CorrectForm(Form):
    """Number, day, amount and file of a red-letter note."""

    number = TextField(_l("Number of the red-letter note"), length=30, help=_NUMBER)
    issued_on = DateField(_l("Issued on"), default=clock.today)
    amount = MoneyField(_l("Amount taken back"), at_least=1)
    file = FileField(_DOCUMENT, extensions=EXTENSIONS, megabytes=MEGABYTES, help=_FILE)
    own = own_password()

    def __init__(self, currency: str, most: int, *arguments: Any, **options: Any) -> None:
        """Take at most an amount in a currency."""
        self._currency, self._most = currency, most
        super().__init__(*arguments, **options)

    def process(self, formdata: Any = None, *rest: Any, **more: Any) -> None:
        """Tell the amount its currency and what is left, before it reads what was typed."""
        self.amount.currency = self.amount.suffix = self._currency
        self.amount.at_most = self._most
        super().process(formdata, *rest, **more)
