"""How the words of this module read on screen."""

from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from kit.web.filters import money
from tenants.accounts.wording import Detail, describe
from tenants.catalogue.models import (
    DeliveryMode,
    MilestoneKind,
    PickingMode,
    ProductKind,
    ProductState,
    Timing,
)

KINDS = {
    ProductKind.TRAFFIC_CARD: _l("Traffic card"),
    ProductKind.PREMIUM_NUMBER: _l("Premium number"),
    ProductKind.BROADBAND: _l("Broadband"),
    ProductKind.SECONDARY_CARD: _l("Secondary card"),
    ProductKind.IOT: _l("Internet of things"),
    ProductKind.BENEFIT_PACK: _l("Benefit pack"),
}
STATES = {
    ProductState.DRAFT: _l("Draft"),
    ProductState.ON_SHELF: _l("On the shelf"),
    ProductState.OFF_SHELF: _l("Off the shelf"),
}
STATE_COLOURS = {
    ProductState.DRAFT: "gray",
    ProductState.ON_SHELF: "green",
    ProductState.OFF_SHELF: "orange",
}
PICKING = {
    PickingMode.NONE: _l("No number"),
    PickingMode.ANY: _l("Any number"),
    PickingMode.FIXED_HOME: _l("Of a fixed home area"),
    PickingMode.CUSTOMER_AREA: _l("Of the customer's area"),
    PickingMode.PROVINCE_CHOICE: _l("Chosen in a province"),
}
DELIVERY_MODES = {
    DeliveryMode.COURIER: _l("Courier"),
    DeliveryMode.COUNTER: _l("At the counter"),
    DeliveryMode.PICK_UP: _l("Pick-up"),
    DeliveryMode.ESIM: _l("eSIM"),
}
MILESTONES = {
    MilestoneKind.PLACED: _l("Order placed"),
    MilestoneKind.ACTIVATED: _l("Activated"),
    MilestoneKind.FIRST_TOPUP: _l("First top-up"),
    MilestoneKind.ON_NETWORK: _l("On the network"),
}
TIMINGS = {
    Timing.AT_ONCE: _l("At once"),
    Timing.NEXT_MONTH: _l("Next month"),
    Timing.MONTH_AFTER_NEXT: _l("The month after next"),
}
SOURCES = {
    "channel": _l("The channel's own rate"),
    "grade": _l("The rate of its grade"),
    "default": _l("The product's default"),
    "share": _l("Its share of the rate above"),
}
REPEAT_BY = {
    "document": _l("Document number"),
    "phone": _l("Phone"),
    "address": _l("Address"),
}
EVENTS = {
    "product:added": _l("Product added"),
    "product:put_on_shelf": _l("Put on the shelf"),
    "product:taken_off_shelf": _l("Taken off the shelf"),
    "product:deleted": _l("Product deleted"),
    "product:purged": _l("Product destroyed"),
    "product:restored": _l("Product restored"),
    "product:rate_set": _l("Rate set"),
    "product:rate_removed": _l("Rate removed"),
}


def data_text(megabytes: int) -> str:
    """Return an amount of data in GB, or in MB where it is less than one."""
    return f"{megabytes / 1024:g} GB" if megabytes >= 1024 else f"{megabytes} MB"


def milestone_label(milestone: str, month: int = 0) -> str:
    """Return the words for a milestone, with its month where it has one."""
    if milestone == MilestoneKind.ON_NETWORK:
        return str(_("On the network in month %(month)s", month=month))
    return str(MILESTONES[MilestoneKind(milestone)])


describe(
    EVENTS,
    details={
        "code": _l("Product code"),
        "milestone": Detail(_l("Milestone"), MILESTONES),
        "month": _l("Month"),
        "scope": _l("For whom"),
        "before": Detail(_l("Before"), show=money),
        "amount": Detail(_l("Amount"), show=money),
        "timing": Detail(_l("Settled"), TIMINGS),
        "valid_from": _l("Valid from"),
    },
    subjects={"Product": _l("Product")},
)
