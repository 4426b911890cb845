"""The form of who stands on invoices."""

from control.billing.buyers import COUNTRIES, TAX_ID_KINDS, Named
from control.billing.models import TaxIdKind
from kit.forms import ChoiceField, EmailField, Form, TextField
from kit.i18n import lazy_gettext as _l

_WITH_NUMBER = ("tax_kind", tuple(kind.value for kind in TAX_ID_KINDS))


class BuyerForm(Form):
    """Company, address and tax number on invoices, and where they go."""

    name = TextField(_l("Company on invoices"), length=150, help=_l("As on the licence."))
    email = EmailField(
        _l("Invoices go to"),
        required=False,
        help=_l("Empty: to whoever signed the workspace up."),
    )
    country = ChoiceField(_l("Country or region"), COUNTRIES.items(), default="CN")
    state = TextField(_l("Province or state"), length=80, required=False)
    city = TextField(_l("City"), length=80, required=False)
    postal_code = TextField(_l("Postal code"), length=20, required=False)
    address = TextField(
        _l("Street and number"), length=200, required=False, personal=True, wide=True
    )
    tax_kind = ChoiceField(
        _l("Kind of tax number"),
        [(kind.value, words) for kind, words in TAX_ID_KINDS.items()],
        required=False,
        empty=_l("No tax number"),
    )
    tax_id = TextField(_l("Tax number"), length=30, only_when=_WITH_NUMBER)

    def named(self) -> Named:
        """Return what was typed."""
        return Named(
            name=self.name.data or "",
            country=self.country.value,
            state=self.state.data or "",
            city=self.city.data or "",
            postal_code=self.postal_code.data or "",
            address=self.address.data or "",
            tax_kind=TaxIdKind(self.tax_kind.data or ""),
            tax_id=self.tax_id.data or "",
        )
