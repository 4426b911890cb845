"""Reasons that orders are held, rejected and cancelled for."""

from kit.i18n import lazy_gettext as _l
from tenants.setup import dictionary
from tenants.setup.dictionary import Type, Value

HOLD_REASON = dictionary.declare(
    Type(
        "order_hold_reason",
        _l("Reasons for holding an order"),
        _l("Orders"),
        (
            Value("information", _l("Information is missing"), "orange"),
            Value("photo", _l("A photo is missing or unreadable"), "yellow"),
            Value("risk", _l("Risk check"), "red"),
            Value("unreachable", _l("The customer cannot be reached"), "purple"),
            Value("carrier", _l("Waiting for the carrier"), "azure"),
            Value("stock", _l("Out of stock"), "gray"),
        ),
        help=_l("Offered when an order is put on hold; the channel sees it in the portal."),
    )
)
REJECT_REASON = dictionary.declare(
    Type(
        "order_reject_reason",
        _l("Reasons for rejecting an order"),
        _l("Orders"),
        (
            Value("information", _l("The information is wrong"), "orange"),
            Value("rules", _l("Against the carrier's rules"), "red"),
            Value("duplicate", _l("Entered twice"), "gray"),
            Value("risk", _l("Risk check not passed"), "purple"),
        ),
        help=_l("Offered when the audit of an order is not passed."),
    )
)
CANCEL_REASON = dictionary.declare(
    Type(
        "order_cancel_reason",
        _l("Reasons for cancelling an order"),
        _l("Orders"),
        (
            Value("customer", _l("The customer changed their mind"), "azure"),
            Value("unreachable", _l("The customer cannot be reached"), "purple"),
            Value("stock", _l("Out of stock"), "gray"),
            Value("carrier", _l("Refused by the carrier"), "red"),
            Value("mistake", _l("Entered by mistake"), "yellow"),
        ),
        help=_l("Offered when an order is cancelled; used in statistics."),
    )
)
