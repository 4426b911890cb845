"""The words people read for this module's states, kinds and patterns."""

from datetime import datetime

from kit import i18n
from kit.i18n import lazy_gettext as _l
from tenants.accounts.wording import Detail, describe
from tenants.numbers.models import CardKind, CardState, NumberState, Source, StockKind
from tenants.numbers.patterns import NumberClass

NUMBER_STATES = {
    NumberState.AVAILABLE: _l("Available"),
    NumberState.RESERVED: _l("Held"),
    NumberState.ALLOCATED: _l("Allocated"),
    NumberState.IN_SERVICE: _l("In service"),
    NumberState.SUSPENDED: _l("Suspended"),
    NumberState.AGING: _l("Aging"),
    NumberState.BLOCKED: _l("Blocked"),
    NumberState.PORTING_IN: _l("Porting in"),
    NumberState.PORTED_OUT: _l("Ported out"),
}

CARD_STATES = {
    CardState.PLANNED: _l("On its way"),
    CardState.IN_STOCK: _l("In stock"),
    CardState.RESERVED: _l("Reserved"),
    CardState.ALLOCATED: _l("Allocated"),
    CardState.ACTIVATED: _l("Activated"),
    CardState.SUSPENDED: _l("Suspended"),
    CardState.TERMINATED: _l("Terminated"),
    CardState.SCRAPPED: _l("Scrapped"),
}

CARD_KINDS = {
    CardKind.BLANK: _l("Blank card"),
    CardKind.PAIRED: _l("Pre-paired card"),
    CardKind.ESIM: _l("eSIM"),
}

SOURCES = {
    Source.OWN_STOCK: _l("Own stock"),
    Source.CARRIER_LIVE: _l("Carrier's live pool"),
}

STOCK_KINDS = {
    StockKind.NUMBER: _l("Numbers"),
    StockKind.CARD: _l("SIM cards"),
}

CLASSES = {
    NumberClass.ORDINARY: _l("Ordinary number"),
    NumberClass.PREMIUM: _l("Premium number"),
}

FIELDS = {
    "name": _l("Name"),
    "alert_below": _l("Alert below"),
    "remark": _l("Remark"),
    "carrier": _l("Carrier"),
    "province": _l("Province"),
    "city": _l("City"),
}


def _instant(iso: str) -> str:
    return i18n.format_datetime(datetime.fromisoformat(iso))


describe(
    {
        "number:held": _l("Number held"),
        "number:released": _l("Number's hold released"),
        "number:hold_expired": _l("Number's hold expired"),
        "number:allocated": _l("Number allocated to an order"),
        "number:freed": _l("Number given back"),
        "number:in_service": _l("Number put in service"),
        "number:suspended": _l("Number suspended"),
        "number:resumed": _l("Number resumed"),
        "number:retired": _l("Number sent to rest"),
        "number:recycled": _l("Number back in stock after its rest"),
        "number:blocked": _l("Number blocked"),
        "number:unblocked": _l("Number unblocked"),
        "number:allotted": _l("Number allotted"),
        "card:added": _l("SIM card added"),
        "card:corrected": _l("SIM card corrected"),
        "card:withdrawn": _l("SIM card taken out of stock again"),
        "card:received": _l("SIM card arrived"),
        "card:allocated": _l("SIM card allocated to an order"),
        "card:freed": _l("SIM card given back"),
        "card:activated": _l("SIM card activated"),
        "card:scrapped": _l("SIM card scrapped"),
        "card:allotted": _l("SIM card allotted"),
        "pool:added": _l("Pool added"),
        "pool:edited": _l("Pool changed"),
        "pool:deleted": _l("Pool deleted"),
        "pool:stocked": _l("Numbers taken in"),
        "pool:corrected": _l("Numbers of the pool corrected"),
        "pool:withdrawn": _l("Numbers taken out of the pool"),
        "segment:added": _l("Segment added"),
        "segment:imported": _l("Segments taken in"),
        "segment:edited": _l("Segment changed"),
        "segment:deleted": _l("Segment deleted"),
        "stock:allotted": _l("Stock allotted"),
    },
    details={
        "owner": Detail(_l("Held by"), internal=True),
        "until": Detail(_l("Until"), show=_instant),
        "batch": _l("Batch"),
        "prefix": _l("Prefix"),
        "kind": Detail(_l("Kind"), STOCK_KINDS),
        "changes": Detail(_l("Changed"), FIELDS),
    },
    subjects={
        "Number": _l("Number"),
        "SimCard": _l("SIM card"),
        "NumberPool": _l("Number pool"),
        "Segment": _l("Segment"),
        "Allotment": _l("Allotment"),
    },
)
