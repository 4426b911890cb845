"""The form with which a fapiao is asked for."""

from collections.abc import Sequence
from typing import Any

from control.billing.fapiao.amounts import kept_of
from control.billing.fapiao.labels import FAPIAO_BUYERS, FAPIAO_FIELDS, FAPIAO_KINDS
from control.billing.fapiao.titles import Buyer, masked
from control.billing.models import FapiaoBuyer, FapiaoKind, FapiaoTitle, Invoice
from kit.forms import ChoiceField, ChoicesField, EmailField, Form, PhoneField, TextField
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from kit.web.filters import date_text, money

_COMPANY = ("buyer", (FapiaoBuyer.COMPANY.value,))
_FOR_SPECIAL = _l("A special VAT fapiao needs it; on an ordinary one it may stand.")


class FapiaoForm(Form):
    """About which invoices, of which kind, made out to whom."""

    invoices = ChoicesField(_l("Invoices"), required=True, wide=True)
    kind = ChoiceField(
        _l("Kind of fapiao"),
        [(one.value, words) for one, words in FAPIAO_KINDS.items()],
        radio=True,
        default=FapiaoKind.ORDINARY.value,
        help=_l("With a special one a company deducts the tax."),
    )
    buyer = ChoiceField(
        _l("Made out to"),
        [(one.value, words) for one, words in FAPIAO_BUYERS.items()],
        radio=True,
        default=FapiaoBuyer.COMPANY.value,
    )
    name = TextField(FAPIAO_FIELDS["name"], length=100, help=_l("A company as on its licence."))
    tax_number = TextField(
        FAPIAO_FIELDS["tax_number"],
        length=30,
        only_when=_COMPANY,
        help=_l("18 characters; the last one checks the others."),
    )
    address = TextField(
        FAPIAO_FIELDS["address"],
        length=120,
        required=False,
        personal=True,
        only_when=_COMPANY,
        help=_FOR_SPECIAL,
    )
    phone = PhoneField(
        FAPIAO_FIELDS["phone"], required=False, only_when=_COMPANY, help=_FOR_SPECIAL
    )
    bank = TextField(
        FAPIAO_FIELDS["bank"], length=80, required=False, only_when=_COMPANY, help=_FOR_SPECIAL
    )
    bank_account = TextField(
        FAPIAO_FIELDS["bank_account"],
        length=40,
        required=False,
        personal=True,
        only_when=_COMPANY,
        help=_FOR_SPECIAL,
        render_kw={"inputmode": "numeric", "autocomplete": "off"},
    )
    email = EmailField(
        FAPIAO_FIELDS["email"], help=_l("The document goes there as soon as it is issued.")
    )

    def offer(self, invoices: Sequence[Invoice], title: FapiaoTitle | None) -> None:
        """Offer invoices; of a remembered title, show masked what is kept when left empty."""
        self.invoices.refill([(one.public_id, _words(one)) for one in invoices])
        for name, text in (masked(title) if title else {}).items():
            field: Any = self[name]
            if text:
                field.render_kw = {**(field.render_kw or {}), "placeholder": text}
                field.help = _l("Leave it empty to keep what is there.")

    def named(self) -> Buyer:
        """Return the buyer as typed."""
        return Buyer(
            buyer=FapiaoBuyer(self.buyer.value),
            name=self.name.data or "",
            tax_number=self.tax_number.data or "",
            address=self.address.data or "",
            phone=self.phone.data or "",
            bank=self.bank.data or "",
            bank_account=self.bank_account.data or "",
        )


def _words(invoice: Invoice) -> str:
    amount = money(kept_of(invoice), invoice.currency)
    day = date_text(invoice.paid_at or invoice.issued_at)
    return str(
        _(
            "%(number)s · %(amount)s · paid %(day)s",
            number=invoice.number or "–",
            amount=amount,
            day=day,
        )
    )
