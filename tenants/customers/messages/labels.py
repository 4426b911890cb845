"""How the words of messages to customers read."""

from kit.i18n import LANGUAGES
from kit.i18n import lazy_gettext as _l
from tenants.accounts.wording import Detail, describe
from tenants.customers.messages import events
from tenants.customers.messages.models import MessageWay
from tenants.notices.customer_kinds import kind_label
from tenants.notices.labels import DELIVERY_STATES
from tenants.notices.models import DeliveryState

WAYS = {MessageWay.SMS: _l("SMS"), MessageWay.MAIL: _l("Mail")}
STATE_COLOURS = {
    DeliveryState.WAITING: "blue",
    DeliveryState.SENT: "green",
    DeliveryState.SKIPPED: "gray",
    DeliveryState.FAILED: "red",
}
PROBLEMS = {
    "gone": _l("The customer has been deleted"),
    "address": _l("There is no number or address any more"),
    "off": _l("Switched off meanwhile"),
    "provider": _l("The provider did not take it"),
}


def _cells(codes: list[str]) -> str:
    parts = [code.split("|") for code in codes]
    return "、".join(
        f"{kind_label(kind)} · {WAYS[MessageWay(way)]} · {LANGUAGES.get(language, language)}"
        for kind, way, language in parts
    )


describe(
    {
        events.SWITCHED.name: _l("Messages to customers switched"),
        events.TOLD.name: _l("Customer told"),
    },
    details={
        "switched_on": Detail(_l("Switched on"), show=_cells),
        "switched_off": Detail(_l("Switched off"), show=_cells),
        "kind": Detail(_l("Told of"), show=kind_label),
        "way": Detail(_l("Way"), WAYS),
        "outcome": Detail(_l("Outcome"), DELIVERY_STATES),
        "record": _l("Record"),
    },
)
