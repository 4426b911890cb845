"""What administrators are told of the plan's limits in the inbox; the owner gets a mail, too."""

from control.billing.labels import COUNTED
from control.billing.limits import Counted
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from tenants.notices.kinds import Kind, Placeholder, register


def _counted(code: object) -> object:
    return COUNTED[Counted(str(code))]


def _follows(is_hard: object) -> object:
    return (
        _("More is refused until there is a larger plan.")
        if is_hard
        else _("Work goes on; what is used beyond it is charged.")
    )


_WHAT = Placeholder(_l("What is counted"), _l("Orders a month"), _counted)
_SHARE = Placeholder(_l("Per cent"), "80")
_FOLLOWS = Placeholder(
    _l("What follows"), _l("More is refused until there is a larger plan."), _follows
)
_PLACEHOLDERS = {"what": _WHAT, "share": _SHARE, "is_hard": _FOLLOWS}
_WHOM = _l("Administrators, once for each limit and month")

NEAR = register(
    Kind(
        code="billing:limit_near",
        group=_l("Plan and billing"),
        label=_l("A limit of the plan is nearly reached"),
        title=_l("{what}: {share} per cent of what the plan includes are in use"),
        whom=_WHOM,
        placeholders=_PLACEHOLDERS,
        path="/settings/billing/usage/",
        icon="gauge",
    )
)
REACHED = register(
    Kind(
        code="billing:limit_reached",
        group=_l("Plan and billing"),
        label=_l("A limit of the plan is reached"),
        title=_l("{what}: what the plan includes is used up"),
        body="{is_hard}",
        whom=_WHOM,
        placeholders=_PLACEHOLDERS,
        path="/settings/billing/usage/",
        icon="alert-triangle",
    )
)
