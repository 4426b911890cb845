"""The hook for archives of single workspaces beside the backups; their format is not ours.

Whoever writes archives registers one function; `flask backup archives`, run by a schedule of the
operator's, calls it for each workspace that has no archive of the day.
"""

from collections.abc import Callable
from pathlib import Path

from sqlalchemy import select

from control.workspaces.models import Workspace, WorkspaceState
from kit import clock
from kit.db import control_session
from kit.errors import Refused
from kit.i18n import gettext as _

Writer = Callable[[str, Path], None]
"""Writes the archive of a workspace (its schema) to a path; leaves nothing there if it fails."""

_writers: list[Writer] = []


def archives_by(writer: Writer) -> Writer:
    """Register the function that writes archives; RuntimeError for a second one."""
    if _writers:
        raise RuntimeError("archives have a writer already")
    _writers.append(writer)
    return writer


def write_due(folder: Path, *, say: Callable[[str], None]) -> bool:
    """Write today's archive of each workspace that lacks it; return whether all were written.

    One that fails does not stop the others.
    """
    if not _writers:
        raise Refused(_("This release writes no archives of single workspaces."))
    (writer,) = _writers
    schemas = (
        control_session()
        .scalars(
            select(Workspace.schema)
            .where(Workspace.state.not_in([WorkspaceState.PROVISIONING, WorkspaceState.CLOSED]))
            .order_by(Workspace.id)
        )
        .all()
    )
    control_session().rollback()
    day = clock.now().date().isoformat()
    failed = 0
    for schema in schemas:
        path = folder / schema / day
        if path.exists():
            continue
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            writer(schema, path)
        except Exception as error:  # noqa: BLE001 - one workspace must not stop the others
            failed += 1
            say(f"{schema}: {type(error).__name__}")
    say(f"{len(schemas) - failed} archives of {day}, {failed} failed.")
    return not failed
