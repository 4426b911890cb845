"""What a workspace sets about its channels."""

from kit.i18n import lazy_gettext as _l
from tenants.setup import parameters
from tenants.setup.parameters import Parameter

# Paying uplines for deeper downlines is legally delicate; deeper trees stay off.
DEEPEST = 3

MAX_DEPTH = parameters.declare(
    Parameter(
        "channels.max_depth",
        _l("Channels"),
        _l("Levels of channels"),
        DEEPEST,
        help=_l("How deep the tree may grow; what is deeper already stays."),
        at_least=1,
        at_most=DEEPEST,
    )
)
INVITATION_DAYS = parameters.declare(
    Parameter(
        "channels.invitation_days",
        _l("Channels"),
        _l("An invitation is good for"),
        7,
        help=_l("After that the link or the QR code opens nothing, and a new one is needed."),
        unit=_l("days"),
        at_least=1,
        at_most=30,
    )
)
