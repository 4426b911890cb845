"""What a plan has or has not, beyond what is counted; the price page lists them."""

from enum import StrEnum

from kit.i18n import lazy_gettext as _l


class Feature(StrEnum):
    """A part of the product, or of our help, that not every plan contains."""

    CARRIER_LINKS = "carrier_links"
    PRIORITY_SUPPORT = "priority_support"


FEATURES = {
    Feature.CARRIER_LINKS: _l("Orders sent to carriers by themselves"),
    Feature.PRIORITY_SUPPORT: _l("Help within four working hours"),
}
