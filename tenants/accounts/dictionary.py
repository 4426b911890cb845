"""Words that several modules share: carriers and regions."""

from enum import StrEnum

from kit.i18n import lazy_gettext as _l


class Carrier(StrEnum):
    """Who issues numbers."""

    MOBILE = "mobile"
    UNICOM = "unicom"
    TELECOM = "telecom"
    BROADNET = "broadnet"
    MVNO = "mvno"


CARRIER_LABELS = {
    Carrier.MOBILE: _l("China Mobile"),
    Carrier.UNICOM: _l("China Unicom"),
    Carrier.TELECOM: _l("China Telecom"),
    Carrier.BROADNET: _l("China Broadnet"),
    Carrier.MVNO: _l("Virtual operator"),
}
