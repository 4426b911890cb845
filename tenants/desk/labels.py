"""How the words of the desk read."""

from kit.i18n import lazy_gettext as _l
from tenants.accounts.wording import Detail, describe
from tenants.desk import events
from tenants.desk.models import Audience

AUDIENCES = {
    Audience.OWN: _l("Only me"),
    Audience.ROLE: _l("Everybody of a role"),
    Audience.WORKSPACE: _l("Everybody in the workspace"),
}

describe(
    {
        events.VIEW_SAVED.name: _l("View saved"),
        events.VIEW_CHANGED.name: _l("View changed"),
        events.VIEW_DELETED.name: _l("View deleted"),
    },
    details={
        "listing": Detail(_l("List"), internal=True),
        "audience": Detail(_l("For whom"), words=AUDIENCES),
    },
    subjects={"saved_views": _l("Saved view")},
)
