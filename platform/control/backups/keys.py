"""Copies of the wrapped keys, kept apart from the backups and never longer than thirty days.

They are useless without the master keys, which no backup ever holds.
"""

import base64
import json
import struct
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from control.workspaces.models import Workspace, WorkspaceKey
from kit.db import control_session
from kit.settings import get_settings

LONGEST = timedelta(days=30)
"""No copy of a key, in a backup, its log or here, is older than this; settings only shorten it."""

_PRUNED_AFTER = LONGEST - timedelta(days=1)
_WRAPPED = struct.Struct(">BI")


def keys_expire_on(day: date) -> date:
    """Return the day on which the last copy of a key destroyed on a day is gone."""
    return day + LONGEST


def folder() -> Path:
    """Return where the copies lie."""
    made = get_settings().backup_keys_folder().absolute()
    made.mkdir(mode=0o700, parents=True, exist_ok=True)
    return made


def export(name: str) -> list[int]:
    """Write the wrapped keys of every workspace; return the versions of master keys they need."""
    rows = control_session().execute(
        select(Workspace.schema, WorkspaceKey.key_version, WorkspaceKey.wrapped)
        .join(Workspace, Workspace.id == WorkspaceKey.workspace_id)
        .order_by(WorkspaceKey.id)
    )
    keys = [
        {"schema": row.schema, "version": row.key_version, "wrapped": _text(row.wrapped)}
        for row in rows
    ]
    control_session().rollback()
    masters = sorted({_WRAPPED.unpack_from(base64.b64decode(key["wrapped"]))[1] for key in keys})
    unfinished = folder() / f".{name}.new"
    unfinished.touch(mode=0o600)
    unfinished.write_text(json.dumps({"keys": keys, "masters": masters}), encoding="utf-8")
    unfinished.replace(folder() / f"{name}.json")
    return masters


def read(name: str) -> list[dict[str, Any]]:
    """Return the keys that were copied with a backup; empty when their copy has expired."""
    path = folder() / f"{name}.json"
    if not path.is_file():
        return []
    known: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return list(known["keys"])


def missing_masters(versions: list[int]) -> list[int]:
    """Return the versions of master keys that a backup needs and this machine does not have."""
    return [version for version in versions if version not in get_settings().master_keys]


def prune(*, now: datetime) -> int:
    """Delete copies that are as old as the setting allows, at most thirty days."""
    days = min(timedelta(days=get_settings().backup_days), _PRUNED_AFTER)
    pruned = 0
    for path in folder().glob("*Z.json"):
        if datetime.strptime(path.stem, "%Y%m%dT%H%M%S%z") < now - days:
            path.unlink()
            pruned += 1
    return pruned


def _text(wrapped: bytes) -> str:
    return base64.b64encode(wrapped).decode()
