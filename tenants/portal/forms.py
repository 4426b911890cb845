"""Forms of the portal."""

from kit.forms import (
    ChoiceField,
    Form,
    MoneyField,
    PercentField,
    PhoneField,
    TextAreaField,
    TextField,
)
from kit.i18n import lazy_gettext as _l
from tenants.channels.labels import CHANNEL_USER_ROLES


class TakeOrderForm(Form):
    """Take an order: who, by which document, where to."""

    msisdn = TextField(_l("Number"), length=13, required=False)
    customer_name = TextField(_l("Customer name"), length=80)
    customer_phone = PhoneField(_l("Phone"), personal=True)
    document = TextField(_l("Document number"), length=40, required=False, personal=True)
    delivery_mode = ChoiceField(_l("Delivery mode"), radio=True)
    iccid = TextField(_l("SIM card (ICCID)"), length=20, required=False)
    province = TextField(_l("Province"), length=40, required=False)
    city = TextField(_l("City"), length=40, required=False)
    district = TextField(_l("District"), length=40, required=False)
    recipient_address = TextField(_l("Address"), length=200, required=False, personal=True)
    remark = TextAreaField(_l("Remark"), length=300, required=False)


class AddChildForm(Form):
    """Take a sub-agent into the team."""

    name = TextField(_l("Name of the business"), length=80)
    contact_name = TextField(_l("Contact"), length=40)
    contact_phone = PhoneField(_l("Phone"), personal=True)
    share = PercentField(
        _l("Share"),
        at_least=0,
        at_most=10_000,
        default=5_000,
        suffix="%",
        help=_l("What the sub-agent gets of your own rate, where you set nothing else."),
    )


class InviteForm(Form):
    """Invite somebody into a channel of the team."""

    name = TextField(_l("Name"), length=40)
    role = ChoiceField(_l("Role"), CHANNEL_USER_ROLES.items(), default="owner")


class ShareForm(Form):
    """Set what a sub-agent gets of my rate by default."""

    share = PercentField(_l("Share"), at_least=0, at_most=10_000, suffix="%")


class ChildShareForm(Form):
    """Set what a sub-agent gets of one milestone of a product."""

    amount = MoneyField(_l("Amount for each item"), at_least=0)


class ReasonForm(Form):
    """Do something that needs a reason."""

    reason = TextAreaField(_l("Reason"), length=300)
