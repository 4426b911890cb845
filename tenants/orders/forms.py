"""Forms of orders."""

from kit.forms import (
    ChoiceField,
    DateField,
    Form,
    IntegerField,
    Line,
    LinesField,
    LookUpField,
    PhoneField,
    SelectedField,
    TextAreaField,
    TextField,
)
from kit.i18n import lazy_gettext as _l
from tenants.accounts.permissions import Permission
from tenants.catalogue.labels import DELIVERY_MODES
from tenants.channels.kinds import CHANNEL
from tenants.customers.labels import CUSTOMER_KINDS, DOCUMENT_KINDS
from tenants.orders.labels import CARRIER
from tenants.orders.services.activation import Told
from tenants.orders.states import CarrierState, FulfilmentState
from tenants.setup.reasons import ReasonForm

ANSWERS = (
    CarrierState.OPENING,
    CarrierState.OPENED,
    CarrierState.FAILED,
    CarrierState.INFO_WANTED,
    CarrierState.UNKNOWN,
)
TOLD = {
    Told.SUBMITTED: _l("Submitted"),
    Told.OPENING: _l("Opening"),
    Told.OPENED: _l("Opened"),
    Told.FAILED: _l("Opening failed"),
    Told.INFO_WANTED: _l("Information wanted"),
    Told.REAL_NAME_CHECK: _l("Real-name check"),
    Told.ACTIVATED: _l("Activated"),
    Told.ACTIVATION_FAILED: _l("Activation failed"),
    Told.FIRST_TOPUP: _l("First top-up"),
    Told.ON_NETWORK: _l("On network in month"),
    Told.CLOSED: _l("Closed"),
}
RETURNS = {
    FulfilmentState.REFUSED: _l("Refused by customer"),
    FulfilmentState.RETURNING: _l("Returning"),
    FulfilmentState.RETURNED_TO_STOCK: _l("Returned to stock"),
    FulfilmentState.LOST: _l("Lost"),
}


class OrderLine(Line):
    """A product of an order, so many times."""

    product = ChoiceField(_l("Product"), picker=True)
    quantity = IntegerField(_l("Quantity"), at_least=1, at_most=50, default=1)
    msisdn = TextField(
        _l("Number"), length=13, required=False, help=_l("Empty: any number that fits later.")
    )
    iccid = TextField(
        _l("SIM card (ICCID)"),
        length=20,
        required=False,
        help=_l("Type or scan; may follow later."),
    )


class NewOrderForm(Form):
    """Enter an order: the customer, the product, how it gets there."""

    customer_kind = ChoiceField(_l("Customer type"), CUSTOMER_KINDS.items(), default="person")
    customer_name = TextField(_l("Customer name"), length=80)
    customer_phone = PhoneField(_l("Phone"), personal=True)
    document_kind = ChoiceField(_l("Document type"), DOCUMENT_KINDS.items(), required=False)
    document = TextField(_l("Document number"), length=40, required=False, personal=True)

    lines = LinesField(_l("Products"), line=OrderLine, at_most=20, add=_l("Add a product"))
    channel = LookUpField(
        _l("Channel"),
        finder=CHANNEL,
        required=False,
        empty=_l("Our own sale"),
        add="channels.new",
        may_add=Permission.Channel.EDIT,
    )

    delivery_mode = ChoiceField(_l("Delivery mode"), DELIVERY_MODES.items(), default="counter")
    recipient_name = TextField(
        _l("Recipient"), length=80, required=False, help=_l("Empty: the customer.")
    )
    recipient_phone = PhoneField(_l("Recipient's phone"), required=False, personal=True)
    province = TextField(_l("Province"), length=40, required=False)
    city = TextField(_l("City"), length=40, required=False)
    district = TextField(_l("District"), length=40, required=False)
    recipient_address = TextField(_l("Address"), length=200, required=False, personal=True)
    traded_on = DateField(_l("Trade date"), required=False)
    deliver_on = DateField(_l("Delivery date"), required=False)
    remark = TextAreaField(_l("Remark"), length=500, required=False)


class EditOrderForm(Form):
    """Change what the order's state still allows."""

    recipient_name = TextField(_l("Recipient"), length=80)
    recipient_phone = PhoneField(_l("Recipient's phone"), required=False, personal=True)
    province = TextField(_l("Province"), length=40, required=False)
    city = TextField(_l("City"), length=40, required=False)
    district = TextField(_l("District"), length=40, required=False)
    recipient_address = TextField(_l("Address"), length=200, required=False, personal=True)
    delivery_mode = ChoiceField(_l("Delivery mode"), DELIVERY_MODES.items())
    deliver_on = DateField(_l("Delivery date"), required=False)
    remark = TextAreaField(_l("Remark"), length=500, required=False)


class RemarkForm(Form):
    """Do something with a remark that may stay empty."""

    remark = TextAreaField(_l("Remark"), length=500, required=False)


class AssignOrderForm(Form):
    """Choose who handles the order."""

    handler = ChoiceField(_l("Handler"), picker=True)


class AssignSelectedForm(AssignOrderForm):
    """Choose who handles the selected orders."""

    ids = SelectedField()


class CancelSelectedForm(ReasonForm):
    """Say why the selected orders are cancelled."""

    ids = SelectedField()


class SubmitOrderForm(Form):
    """Note that the order went to the carrier."""

    carrier_order_number = TextField(_l("Carrier's order number"), length=64, required=False)


class AnswerForm(Form):
    """Enter the carrier's answer."""

    state = ChoiceField(_l("Answer"), [(state.value, CARRIER[state]) for state in ANSWERS])
    carrier_order_number = TextField(_l("Carrier's order number"), length=64, required=False)
    code = TextField(_l("Carrier's code"), length=64, required=False)
    text = TextField(_l("Carrier's words"), length=300, required=False)


class BindCardForm(Form):
    """Bind a card by typing or scanning its ICCID."""

    iccid = TextField(_l("SIM card (ICCID)"), length=20)


class PickNumberForm(Form):
    """Choose the number of an item."""

    msisdn = TextField(_l("Number"), length=13)


class ShipForm(Form):
    """Note that a courier has the card."""

    courier = TextField(_l("Courier"), length=40)
    tracking_number = TextField(_l("Tracking number"), length=40)


class ReturnForm(Form):
    """Note that a card comes back or is lost."""

    state = ChoiceField(
        _l("What happened"), [(state.value, text) for state, text in RETURNS.items()]
    )
    remark = TextField(_l("Remark"), length=300, required=False)


class CarrierEventForm(Form):
    """Enter an event that the carrier told."""

    event = ChoiceField(_l("Event"), [(event.value, text) for event, text in TOLD.items()])
    occurred_on = DateField(_l("Date"))
    month = IntegerField(
        _l("Month"), at_least=0, at_most=60, default=0, help=_l("Only for “on network”: 1, 2, 3 …")
    )
    code = TextField(_l("Carrier's code"), length=64, required=False)
    text = TextField(_l("Carrier's words"), length=300, required=False)
