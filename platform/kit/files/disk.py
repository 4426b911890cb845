"""Files on this machine's disk, or on one that all our machines mount."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO

from kit import clock, ids
from kit.crash import crash_point
from kit.errors import Missing

_CHUNK = 1 << 20
_PART = ".part"


class Disk:
    """DATA_DIR/files holds what is there, DATA_DIR/removed what was removed within a day."""

    is_far = False

    def __init__(self, data_dir: Path) -> None:
        """Promise nothing yet: folders are made when a file comes."""
        self._files = data_dir / "files"
        self._removed = data_dir / "removed"

    def put(self, place: str, stream: BinaryIO) -> None:
        """Write beside the place, then rename."""
        path = self._files / place
        path.parent.mkdir(parents=True, exist_ok=True)
        # A name of its own: of a job that runs twice at once, both may write the same file.
        partial = path.with_name(f"{path.name}.{ids.new()}{_PART}")
        try:
            with partial.open("wb") as file:
                while chunk := stream.read(_CHUNK):
                    file.write(chunk)
                    crash_point("files.half")
            partial.replace(path)
        except BaseException:
            partial.unlink(missing_ok=True)
            raise

    def open(self, place: str) -> BufferedReader:
        """Open the file itself."""
        try:
            return (self._files / place).open("rb")
        except (FileNotFoundError, IsADirectoryError):
            raise Missing(place) from None

    def open_any(self, place: str) -> BufferedReader:
        """Look where the file is, then where removed ones are."""
        try:
            return self.open(place)
        except Missing:
            pass
        try:
            return (self._removed / place).open("rb")
        except FileNotFoundError:
            raise Missing(place) from None

    @contextmanager
    def local(self, place: str) -> Iterator[Path]:
        """Lend the file's own path."""
        self.size(place)
        yield self._files / place

    def size(self, place: str) -> int:
        """Ask the file system."""
        path = self._files / place
        if not path.is_file():
            raise Missing(place)
        return path.stat().st_size

    def places(self, root: str) -> Iterator[str]:
        """Walk the workspace's folder."""
        return self._below(self._files, f"{root}*/*" if root else "*/*/*")

    def all_places(self) -> Iterator[str]:
        """Walk both folders; one that is removed meanwhile is met twice or in the second."""
        for top in (self._files, self._removed):
            yield from self._below(top, "*/*/*")

    @staticmethod
    def _below(top: Path, pattern: str) -> Iterator[str]:
        for path in top.glob(pattern):
            if path.suffix != _PART and path.is_file():
                yield path.relative_to(top).as_posix()

    def delete(self, place: str) -> None:
        """Unlink."""
        (self._files / place).unlink(missing_ok=True)

    def shelve(self, place: str) -> None:
        """Move the file into the other folder; its time of change is when it was removed."""
        path, gone = self._files / place, self._removed / place
        if not path.is_file():
            return
        gone.parent.mkdir(parents=True, exist_ok=True)
        try:
            path.replace(gone)
            now = clock.now().timestamp()
            os.utime(gone, (now, now))
        except FileNotFoundError:
            # Another process removed it in this moment.
            return

    def clear(self, root: str) -> None:
        """Delete both folders of a workspace."""
        for top in (self._files, self._removed):
            shutil.rmtree(top / root, ignore_errors=True)

    def purge(self, before: datetime) -> int:
        """Go by the time of change."""
        return _delete(self._removed.glob("*/*/*"), before)

    def sweep(self, root: str, before: datetime) -> int:
        """Delete parts: whoever writes one renames it within minutes."""
        return _delete(self._files.glob(f"{root}*/*{_PART}"), before)

    def refuse_unusable(self) -> None:
        """Try whether the folder can be written."""
        self._files.mkdir(parents=True, exist_ok=True)
        if not os.access(self._files, os.W_OK):
            raise OSError(f"{self._files} cannot be written")


def _delete(paths: Iterator[Path], before: datetime) -> int:
    deleted = 0
    for path in paths:
        try:
            if path.stat().st_mtime < before.timestamp():
                path.unlink()
                deleted += 1
        except FileNotFoundError:
            # Another process was quicker.
            continue
    return deleted
