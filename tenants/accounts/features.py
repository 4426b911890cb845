"""What the plan of the workspace contains or not, beyond what is counted; asked where it is used.

It stands beside the limits in the workspace's own row in its cell (`tenants.accounts.limits`).
"""

from sqlalchemy import text as sql

from control.billing.features import FEATURES, Feature
from control.workspaces.models import WorkspaceState
from kit import tenancy
from kit.db import session
from kit.errors import Refused
from kit.i18n import current_locale
from kit.i18n import gettext as _

_OWN = sql("SELECT limits -> 'features' FROM cell.workspaces WHERE workspace = :schema")


def refuse_without(feature: Feature) -> None:
    """Refuse what the plan does not contain; on trial, and until the plan is told, all may be."""
    workspace = tenancy.current()
    if workspace.standing == WorkspaceState.TRIAL:
        return
    told = session().scalar(_OWN, {"schema": workspace.schema})
    if told is None or feature in told["codes"]:
        return
    raise Refused(
        _(
            "The plan %(plan)s does not contain: %(what)s. An administrator chooses another plan "
            "under Settings, Plan and billing.",
            plan=told["plan"].get(current_locale(), ""),
            what=FEATURES[feature],
        )
    )
