"""Forms of customers."""

from kit.forms import (
    CheckField,
    ChoiceField,
    DateField,
    EmailField,
    Form,
    PhoneField,
    TextAreaField,
    TextField,
)
from kit.i18n import LANGUAGES
from kit.i18n import lazy_gettext as _l
from tenants.customers.dictionary import INDUSTRY
from tenants.customers.labels import CREDIT_LEVELS, CUSTOMER_KINDS, DOCUMENT_KINDS


class CustomerForm(Form):
    """Add or change a customer."""

    number = TextField(
        _l("Customer number"), readonly=True, required=False, help=_l("Made by the system.")
    )
    added_at = TextField(_l("Added at"), readonly=True, required=False)
    kind = ChoiceField(_l("Customer type"), CUSTOMER_KINDS.items(), radio=True, default="person")
    name = TextField(
        _l("Customer name"), length=80, help=_l("As in the document, or the company's full name.")
    )
    contact_name = TextField(
        _l("Contact person"), length=60, required=False, help=_l("For enterprises and government.")
    )
    phone = PhoneField(_l("Phone"))
    same_phone_confirmed = CheckField(
        _l("Another customer with the same phone number is right"),
        help=_l("Tick it when the number is shared, as in a family."),
    )
    email = EmailField(_l("E-mail"), required=False)
    document_kind = ChoiceField(_l("Document"), DOCUMENT_KINDS.items(), required=False)
    document = TextField(
        _l("Document number"),
        length=40,
        required=False,
        personal=True,
        help=_l("Check digit and birth date are checked at once."),
    )
    born_on = DateField(
        _l("Birth date"),
        required=False,
        personal=True,
        help=_l("Read from a resident identity number by itself."),
    )
    industry = ChoiceField(_l("Industry"), INDUSTRY.options, required=False)
    credit = ChoiceField(_l("Credit level"), CREDIT_LEVELS.items(), default="normal")
    language = ChoiceField(
        _l("Language"),
        LANGUAGES.items(),
        required=False,
        empty=_l("That of the company"),
        help=_l("Messages to the customer are written in it."),
    )
    province = TextField(_l("Province"), length=40, required=False)
    city = TextField(_l("City"), length=40, required=False)
    district = TextField(_l("District"), length=40, required=False)
    address = TextField(_l("Address"), length=200, required=False, personal=True, wide=True)
    remark = TextAreaField(_l("Remark"), length=500, required=False)
