"""How the words of this module read on screen."""

from kit.i18n import lazy_gettext as _l
from tenants.accounts.wording import Detail, describe
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
CHANNEL_USER_ROLES = {
    ChannelUserRole.OWNER: _l("Owner of the channel"),
    ChannelUserRole.CLERK: _l("Clerk"),
}
EVENTS = {
    "channel:added": _l("Channel added"),
    "channel:edited": _l("Channel changed"),
    "channel:moved": _l("Channel moved"),
    "channel:share_set": _l("Share changed"),
    "channel:frozen": _l("Channel frozen"),
    "channel:unfrozen": _l("Channel unfrozen"),
    "channel:deleted": _l("Channel deleted"),
    "channel:purged": _l("Channel destroyed"),
    "channel:restored": _l("Channel restored"),
    "channel:invited": _l("Person invited"),
    "channel:invitation_revoked": _l("Invitation revoked"),
    "channel:joined": _l("Person joined"),
    "channel:person_frozen": _l("Person frozen"),
    "channel:person_unfrozen": _l("Person unfrozen"),
    "grade:added": _l("Grade added"),
    "grade:edited": _l("Grade changed"),
    "grade:deleted": _l("Grade deleted"),
    "channel_user:signed_in": _l("Signed in to the portal"),
    "channel_user:password_set": _l("Portal password set"),
    "channel_user:code_sent": _l("Code sent by SMS"),
}
FIELDS = {
    "name": _l("Channel name"),
    "kind": _l("Kind"),
    "contact_name": _l("Contact"),
    "contact_phone": _l("Contact phone"),
    "grade": _l("Grade"),
    "manager": _l("Channel manager"),
    "unit": _l("Managing unit"),
    "share": _l("Share"),
    "region": _l("Region"),
    "remark": _l("Remark"),
}

WAYS = {
    "password": _l("By password"),
    "code": _l("By SMS code"),
}


def percent(points: int) -> str:
    """Return a share, kept in hundredths of a percent, as people read it."""
    return f"{points / 100:g}%"


describe(
    EVENTS,
    details={
        "parent": _l("Parent channel"),
        "changed": Detail(_l("Changed"), FIELDS),
        "before": Detail(_l("Before"), show=percent),
        "after": Detail(_l("After"), show=percent),
        "old": _l("Hung below"),
        "new": _l("Hangs below"),
        "count": _l("Channels that moved along"),
        "rank": _l("Rank"),
        "role": Detail(_l("Role"), CHANNEL_USER_ROLES),
        "way": Detail(_l("Way"), WAYS),
    },
    subjects={
        "Channel": _l("Channel"),
        "Grade": _l("Grade"),
        "ChannelUser": _l("Channel user"),
    },
)
