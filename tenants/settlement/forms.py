"""What people type to settle and to pay."""

from kit import clock
from kit.forms import (
    ChoiceField,
    DateField,
    FileField,
    Form,
    MoneyField,
    PasswordField,
    TextAreaField,
    TextField,
)
from kit.i18n import lazy_gettext as _l
from tenants.settlement.labels import METHODS


class SettleForm(Form):
    """Settle all that is due up to a day."""

    until = DateField(_l("Settle up to"), default=clock.today)


class PayForm(Form):
    """Record money that was sent to a channel."""

    amount = MoneyField(_l("Amount"), at_least=1)
    method = ChoiceField(_l("Paid by"), list(METHODS.items()))
    reference = TextField(
        _l("Transaction number"), length=80, help=_l("As the bank or the payment app shows it.")
    )
    paid_on = DateField(_l("Paid on"), default=clock.today)
    proof = FileField(
        _l("Proof of payment"),
        extensions=("png", "jpg", "jpeg", "pdf"),
        megabytes=5,
        required=False,
        help=_l("A picture or a PDF, at most 5 MB."),
    )
    remark = TextAreaField(_l("Remark"), length=500, required=False)
    password = PasswordField(
        _l("Your password"), help=_l("Money is recorded only with the password.")
    )
