"""Questions about backups: how each place stands, and whether that is good enough."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, select

from control.backups.models import Backup, BackupDrill, BackupState, BackupStream
from kit import clock
from kit.db import apart, control_session
from kit.settings import get_settings

RPO = timedelta(minutes=5)
"""Work of at most so long may be lost."""

RTO = timedelta(hours=1)
"""The service is back within this time."""


@dataclass(frozen=True, slots=True)
class PlaceState:
    """How safe a place is: its last good backup, and until when its work is safe."""

    name: str
    backup: Backup | None
    safe_at: datetime | None

    @property
    def lost(self) -> timedelta | None:
        """Return how much work a loss at this moment would take; None: all of it."""
        return clock.now() - self.safe_at if self.safe_at else None

    @property
    def is_late(self) -> bool:
        """Tell whether that is more than the target."""
        return self.lost is None or self.lost > RPO


def backups() -> Select[Backup]:
    """Return the list of all backups, to be filtered and paged."""
    return select(Backup)


def place_states() -> list[PlaceState]:
    """Return how each place stands: the control plane first, then the cells."""
    good = (
        control_session()
        .scalars(select(Backup).where(Backup.state == BackupState.GOOD).order_by(Backup.id.desc()))
        .all()
    )
    streams = control_session().scalars(select(BackupStream)).all()
    return [_place(name, good, streams) for name in ("control", *get_settings().cell_urls())]


def _place(name: str, good: Sequence[Backup], streams: Sequence[BackupStream]) -> PlaceState:
    newest = next((backup for backup in good if name in backup.places), None)
    if newest is None:
        # The stream alone restores nothing: there must be a backup that it follows.
        return PlaceState(name, None, None)
    streamed = [stream.safe_at for stream in streams if name in stream.places]
    return PlaceState(name, newest, max([newest.started_at, *streamed]))


def last_drill() -> BackupDrill | None:
    """Return the newest drill, or None."""
    return (
        control_session()
        .scalars(select(BackupDrill).order_by(BackupDrill.id.desc()).limit(1))
        .one_or_none()
    )


def is_streaming_late() -> bool:
    """Tell whether a stream that is to run is later than the target; False where none is."""
    if not get_settings().backup_urls():
        return False
    with apart(None) as control:
        times = control.scalars(select(BackupStream.safe_at)).all()
    return not times or min(times) < clock.now() - RPO
