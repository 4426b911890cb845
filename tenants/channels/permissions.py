"""What people of channels may do in the portal, by their role in the channel."""

from enum import StrEnum

from tenants.channels.models import ChannelUserRole


class PortalPermission(StrEnum):
    """Permissions of the portal."""

    SELL = "portal:sell"
    MONEY = "portal:money"
    TEAM = "portal:team"


# Clerks take orders and see their own; money, team and shares are the owner's.
ROLES = {
    ChannelUserRole.OWNER: frozenset(PortalPermission),
    ChannelUserRole.CLERK: frozenset({PortalPermission.SELL}),
}
