"""The words people read for support access and verification."""

from collections.abc import Mapping

from control.verification.labels import VERIFICATION_FIELDS, VERIFICATION_STATES
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from kit.web import Tag
from tenants.accounts.dictionary import CARRIER_LABELS, Carrier
from tenants.accounts.support import VIEWED
from tenants.accounts.wording import Detail, describe
from tenants.trust import events

__all__ = ["GRANT_STATES", "MODES", "VERIFICATION_FIELDS", "VERIFICATION_STATES", "carrier_name"]

GRANT_STATES = {
    "open": Tag(_l("Doors open"), "orange"),
    "over": Tag(_l("Doors shut"), "gray"),
}
MODES: dict[bool, object] = {
    False: _l("Look only"),
    True: _l("Look and change"),
}


def carrier_name(code: str) -> object:
    """Return a carrier as people call it; its code when there is none."""
    return CARRIER_LABELS[Carrier(code)] if code in set(Carrier) else code


def _carriers(named: Mapping[str, str]) -> str:
    return str(_(", ")).join(f"{carrier_name(code)} {until}" for code, until in named.items())


def _remarks(told: Mapping[str, str]) -> str:
    return str(_("; ")).join(
        f"{VERIFICATION_FIELDS.get(name, name)}: {text}" for name, text in told.items()
    )


describe(
    {
        events.GRANTED.name: _l("Support access given"),
        events.REVOKED.name: _l("Support access ended"),
        events.ENTERED.name: _l("Platform operator entered"),
        events.LAPSED.name: _l("Support access ended by itself"),
        VIEWED.name: _l("Platform operator looked at a page"),
    },
    details={
        "hours": _l("For how many hours"),
        "may_write": _l("May change things"),
        "page": _l("Page"),
        "method": Detail(_l("Way"), words={"GET": _l("Looked"), "POST": _l("Sent")}),
        "grant": Detail(_l("Support access"), internal=True),
    },
    subjects={"SupportGrant": _l("Support access"), "Verification": _l("Company verification")},
)
describe(
    {
        events.CHANGED.name: _l("Data of the company changed"),
        events.AUTHORISED.name: _l("Authorisation of a carrier added"),
        events.UNAUTHORISED.name: _l("Authorisation of a carrier removed"),
        events.SUBMITTED.name: _l("Verification handed in"),
        events.WITHDRAWN.name: _l("Verification taken back to be changed"),
        events.PASSED.name: _l("Verification passed"),
        events.RETURNED.name: _l("Verification returned"),
        events.REVOKED_AGAIN.name: _l("Verification revoked"),
        events.REVEALED.name: _l("Personal data of a verification revealed"),
        events.LOOKED_AT.name: _l("Scan of a verification opened"),
    },
    details={
        "carrier": Detail(_l("Carrier"), words=CARRIER_LABELS),
        "valid_until": _l("Valid until"),
        "carriers": Detail(_l("Carriers"), show=_carriers),
        "remarks": Detail(_l("Remarks"), show=_remarks),
        "field": Detail(_l("Field"), words=VERIFICATION_FIELDS),
        "paper": _l("Scan"),
    },
)
