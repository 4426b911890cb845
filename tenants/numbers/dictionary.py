"""Reasons that numbers are blocked and cards written off for."""

from kit.i18n import lazy_gettext as _l
from tenants.setup import dictionary
from tenants.setup.dictionary import Type, Value

BLOCK_REASON = dictionary.declare(
    Type(
        "number_block_reason",
        _l("Reasons for blocking a number"),
        _l("Numbers and SIM cards"),
        (
            Value("carrier", _l("Taken back by the carrier"), "red"),
            Value("reserved", _l("Kept for a customer"), "azure"),
            Value("dispute", _l("Somebody claims it"), "orange"),
            Value("error", _l("Wrong data"), "gray"),
        ),
        help=_l("Offered when a number is taken off sale."),
    )
)
SCRAP_REASON = dictionary.declare(
    Type(
        "card_scrap_reason",
        _l("Reasons for writing off a card"),
        _l("Numbers and SIM cards"),
        (
            Value("damaged", _l("Damaged"), "orange"),
            Value("lost", _l("Lost"), "red"),
            Value("expired", _l("Expired"), "gray"),
        ),
        help=_l("Offered when a SIM card is written off."),
    )
)
