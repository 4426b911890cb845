"""Archives of single workspaces beside the backups, for an operator's own shelf.

`flask backup archives`, run by a schedule of the operator's, writes one for each workspace that has
none of the day, encrypted with the passphrase of the settings: any of them can be restored alone.
"""

from collections.abc import Callable
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from control.archives import container
from control.archives.queries import facts_of
from control.archives.writing import write_archive
from control.plane import TenantPlane
from control.workspaces.directory import as_tenant
from control.workspaces.models import Workspace, WorkspaceState
from kit import clock
from kit.db import control_session
from kit.errors import Refused
from kit.i18n import gettext as _
from kit.settings import get_settings


def write_due(plane: TenantPlane, folder: Path, *, say: Callable[[str], None]) -> bool:
    """Write today's archive of each workspace that lacks it; return whether all were written.

    One that fails does not stop the others. Refused without a passphrase in the settings.
    """
    passphrase = get_settings().archive_passphrase
    if passphrase is None:
        raise Refused(_("Set ARCHIVE_PASSPHRASE: archives are never written in the clear."))
    due = [
        (as_tenant(workspace), facts_of(workspace))
        for workspace in control_session().scalars(
            select(Workspace)
            .where(Workspace.state.not_in([WorkspaceState.PROVISIONING, WorkspaceState.CLOSED]))
            .options(selectinload(Workspace.keys))
            .order_by(Workspace.id)
        )
    ]
    control_session().rollback()
    # Each file has a salt of its own beside it, so one key may serve them all.
    salt = container.new_salt()
    master = container.master_key(passphrase.get_secret_value(), salt)
    day = clock.now().date().isoformat()
    written = failed = 0
    for tenant, facts in due:
        path = folder / tenant.schema / f"{day}.simtree"
        if path.exists():
            continue
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_archive(path, tenant, plane, master=master, salt=salt, facts=facts)
        except Exception as error:  # noqa: BLE001 - one workspace must not stop the others
            failed += 1
            say(f"{tenant.schema}: {type(error).__name__}")
        else:
            written += 1
    say(f"{written} archives of {day} written, {failed} failed, {len(due)} workspaces.")
    return not failed
