"""How the words of this module read on screen."""

from kit.i18n import lazy_gettext as _l
from tenants.channels.models import ChannelKind, ChannelState, ChannelUserRole

KINDS = {
    ChannelKind.AGENT: _l("Agent"),
    ChannelKind.STORE: _l("Store"),
    ChannelKind.CAMPUS: _l("Campus"),
    ChannelKind.ENTERPRISE: _l("Enterprise team"),
    ChannelKind.ONLINE: _l("Online"),
}
STATES = {
    ChannelState.ACTIVE: _l("Active"),
    ChannelState.FROZEN: _l("Frozen"),
}
STATE_COLOURS = {ChannelState.ACTIVE: "green", ChannelState.FROZEN: "red"}
ROLES = {
    ChannelUserRole.OWNER: _l("Owner of the channel"),
    ChannelUserRole.CLERK: _l("Clerk"),
}
EVENTS = {
    "channel:added": _l("Added"),
    "channel:edited": _l("Edited"),
    "channel:share_set": _l("Share changed"),
    "channel:frozen": _l("Frozen"),
    "channel:unfrozen": _l("Unfrozen"),
    "channel:deleted": _l("Deleted"),
    "channel:restored": _l("Restored"),
    "channel:invited": _l("Person invited"),
    "channel:invitation_revoked": _l("Invitation revoked"),
    "channel:joined": _l("Person joined"),
    "channel:person_frozen": _l("Person frozen"),
    "channel:person_unfrozen": _l("Person unfrozen"),
}
