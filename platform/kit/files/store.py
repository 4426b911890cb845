"""What a store of files can do, and which one the settings name."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import datetime
from functools import lru_cache
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO, Protocol

from kit.errors import Misconfigured, Missing
from kit.settings import get_settings


class Store(Protocol):
    """Keeps files under places such as `t_01/abcd/abcd…`; whoever calls it made those names."""

    is_far: bool
    """Whether looking at every file there costs much: another machine has to be asked."""

    def put(self, place: str, stream: BinaryIO) -> None:
        """Keep a stream, read in pieces: whole or not at all, in place of what was there."""

    def open(self, place: str) -> BufferedReader:
        """Open a file that can be sought in; Missing when it is not there."""

    def open_any(self, place: str) -> BufferedReader:
        """Open a file though it may have been removed within the last day; Missing for none."""

    def local(self, place: str) -> AbstractContextManager[Path]:
        """Lend a path at which a file can be read; Missing when it is not there."""

    def size(self, place: str) -> int:
        """Return a file's bytes; Missing when it is not there."""

    def places(self, root: str) -> Iterator[str]:
        """Yield every whole file below a root that ends in a slash; of all for none."""

    def all_places(self) -> Iterator[str]:
        """Yield every whole file of all workspaces, those removed lately included."""

    def delete(self, place: str) -> None:
        """Delete a file at once, if it is there."""

    def shelve(self, place: str) -> None:
        """Put a file out of reach until `purge`, if it is there."""

    def clear(self, root: str) -> None:
        """Delete all below a root, shelved and unfinished files included."""

    def purge(self, before: datetime) -> int:
        """Delete what was shelved before a moment; return how many."""

    def sweep(self, root: str, before: datetime) -> int:
        """Delete what was begun below a root before a moment and never finished."""

    def refuse_unusable(self) -> None:
        """Raise OSError with the reason when files can be neither written nor read now."""


def carry(source: Store, target: Store) -> tuple[int, int]:
    """Copy the files that a store lacks; return how many were copied and how many were there.

    Killed and repeated, it goes on where it was.
    """
    copied = there = 0
    for place in source.places(""):
        try:
            target.size(place)
            there += 1
        except Missing:
            with source.open(place) as stream:
                target.put(place, stream)
            copied += 1
    return copied, there


def chosen() -> Store:
    """Return the store that FILES_URL names; Misconfigured says what is wrong with it."""
    settings = get_settings()
    return _made(settings.files_url.get_secret_value(), settings.data_dir)


@lru_cache(maxsize=8)
def _made(url: str, data_dir: Path) -> Store:
    from kit.files.bucket import Bucket
    from kit.files.disk import Disk

    if url == "disk:":
        return Disk(data_dir)
    if url.startswith("s3:"):
        return Bucket.at(url)
    raise Misconfigured("FILES_URL is disk: or s3://key:secret@host:port/bucket.")
