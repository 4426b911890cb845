"""Forms about money that moves on our bank account."""

from typing import Any

from control.billing.planning import CURRENCIES
from control.billing.transfer.booking import LONGEST_REFERENCE, Movement
from control.billing.transfer.terms import MOST_DAYS, TransferTerms
from control.console.views.billing.forms import own_password
from kit import clock
from kit.forms import (
    ChoiceField,
    DateField,
    Form,
    IntegerField,
    MoneyField,
    TextAreaField,
    TextField,
)
from kit.i18n import lazy_gettext as _l


class MovementForm(Form):
    """A movement as the bank's statement shows it, and the operator's own password."""

    amount = MoneyField(_l("Amount"), at_least=1, suffix="")
    currency = ChoiceField(_l("Currency"), lambda: [(one, one) for one in CURRENCIES])
    bank_reference = TextField(
        _l("Bank reference"),
        length=LONGEST_REFERENCE,
        help=_l("The bank's own number of this movement. Each is booked once."),
        render_kw={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"},
    )
    moved_on = DateField(_l("Day on the bank's statement"), default=clock.today)
    note = TextAreaField(_l("Note"), length=500, required=False)
    own = own_password()

    def process(self, formdata: Any = None, *rest: Any, **more: Any) -> None:
        """Tell the amount its currency before it reads what was typed."""
        formdata = self.meta.wrap_formdata(self, formdata)
        chosen = (formdata or more.get("data") or {}).get("currency")
        self.amount.currency = chosen if chosen in CURRENCIES else CURRENCIES[0]
        super().process(formdata, *rest, **more)

    def movement(self) -> Movement:
        """Return what was typed."""
        return Movement(
            amount=self.amount.value,
            currency=self.currency.value,
            bank_reference=self.bank_reference.data or "",
            moved_on=self.moved_on.value,
            submission=str(self.submission.data),
            note=self.note.data or "",
        )


class PayBackForm(MovementForm):
    """The same, and why; the note is the reason."""

    note = TextAreaField(_l("Reason"), length=500, at_least=2)


class RefundForm(MovementForm):
    """The same of an invoice; the reason stands on the credit note."""

    note = TextAreaField(
        _l("Reason"), length=500, at_least=2, help=_l("The customer reads it on the credit note.")
    )


class RejectForm(Form):
    """Why a proof proves nothing."""

    reason = TextAreaField(
        _l("Reason"), length=500, at_least=2, help=_l("The owner reads it in a mail.")
    )


class VoidTransferForm(RejectForm):
    """Why an invoice counts as never issued, and the operator's own password."""

    own = own_password()


class TermsForm(Form):
    """Our bank account, and the days that invoices give."""

    account_name = TextField(_l("Account name"), length=120)
    bank = TextField(_l("Bank"), length=120)
    account_number = TextField(_l("Account number"), length=60)
    note = TextAreaField(
        _l("Note on invoices"),
        length=300,
        required=False,
        help=_l("Such as the bank's code for transfers from abroad."),
    )
    due_days = IntegerField(_l("Days until an invoice is due"), at_least=1, at_most=MOST_DAYS)
    renew_days = IntegerField(
        _l("Days before a period's end on which the next invoice is drawn"),
        at_least=1,
        at_most=MOST_DAYS,
    )

    def terms(self) -> TransferTerms:
        """Return what was typed."""
        return TransferTerms(
            account_name=self.account_name.data or "",
            bank=self.bank.data or "",
            account_number=self.account_number.data or "",
            note=self.note.data or "",
            due_days=self.due_days.value,
            renew_days=self.renew_days.value,
        )
