"""The limits of what the workspace has bought: asked before more of a counted thing is made.

They are copied into the workspace's own row in its cell, which its role may read; so no question
leaves the cell, and a control plane that is down stops nobody.
"""

from collections.abc import Callable

from sqlalchemy import text

from control.billing.labels import COUNTED
from control.billing.limits import Counted, Limit, read_limits
from kit import tenancy
from kit.db import keep_alone, session
from kit.errors import Refused
from kit.i18n import gettext as _

_OWN = text("SELECT limits -> 'plan' FROM cell.workspaces WHERE workspace = :schema")


def limit_of(counted: Counted) -> Limit:
    """Return how much of something the open workspace may have; without limit until told."""
    stored = session().scalar(_OWN, {"schema": tenancy.current().schema})
    return read_limits(stored or {})[counted]


def refuse_beyond(counted: Counted, used: Callable[[], int], *, adding: int = 1) -> None:
    """Refuse to add more than the plan includes; part of the verb that adds, before it does.

    Two that add at once are counted one after the other. `used` counts what is there.
    """
    limit = limit_of(counted)
    if limit.included is None or not limit.is_hard:
        return
    keep_alone("limit", counted)
    have = used()
    if have + adding > limit.included:
        raise Refused(
            _(
                "The plan includes %(most)s: %(what)s; %(used)s are in use. An administrator can "
                "choose a larger plan under Plan and billing.",
                most=f"{limit.included:,}",
                what=COUNTED[counted],
                used=f"{have:,}",
            )
        )
