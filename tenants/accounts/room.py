"""Room for files: every file of the workspace is kept and thrown away through here.

Its size is entered before it is written, in a transaction of its own where none is open: a hard
limit refuses before a byte is stored, and of two who want the last room one is refused. Killed in
between, the row names a file that is not there; the daily comparison takes it back.
"""

from typing import BinaryIO

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert as upsert

from control.billing.limits import Counted
from kit import clock, files, ids
from kit.db import session, transaction
from kit.i18n import format_size
from kit.i18n import gettext as _
from tenants.accounts import counters
from tenants.accounts.limits import MEGABYTE, Beyond, limit_of
from tenants.accounts.models import StoredFile


def store(stream: BinaryIO, *, field: str | None = None) -> files.Stored:
    """Keep a file; Beyond, naming the field, where a hard limit leaves no room for it."""
    return _kept(stream, ids.new(), field=field, is_held=True)


def keep(stream: BinaryIO, key: str) -> files.Stored:
    """Keep a file under a key of one's own, in the place of an older one; never refused.

    For what the workspace takes out and what goes by itself: being full locks nobody's data in.
    """
    return _kept(stream, key, field=None, is_held=False)


def remove(key: str) -> None:
    """Remove a file and give its room back; twice is once."""
    _give_back(key)
    files.remove(key)


def discard(key: str) -> None:
    """Delete a file at once that no committed row has ever named, and give its room back."""
    _give_back(key)
    files.discard(key)


def _kept(stream: BinaryIO, key: str, *, field: str | None, is_held: bool) -> files.Stored:
    _enter(key, _size(stream), field=field, is_held=is_held)
    try:
        return files.keep(stream, key)
    except BaseException:
        discard(key)
        raise


def _size(stream: BinaryIO) -> int:
    at = stream.tell()
    size = stream.seek(0, 2)
    stream.seek(at)
    return size - at


def _enter(key: str, size: int, *, field: str | None, is_held: bool) -> None:
    with transaction(even_read_only=True) as work:
        # The counter first, and nothing after it: it is what the others wait for.
        limit = limit_of(Counted.STORAGE)
        before = work.scalar(select(StoredFile.size).where(StoredFile.key == key).with_for_update())
        work.execute(
            upsert(StoredFile)
            .values(public_id=ids.new(), created_at=clock.now(), key=key, size=size)
            .on_conflict_do_update(index_elements=[StoredFile.key], set_={"size": size})
        )
        used = counters.add(Counted.STORAGE, size - (before or 0))
        if is_held and limit.is_hard and limit.included is not None:
            most = limit.included * MEGABYTE
            if used > most:
                raise Beyond(Counted.STORAGE, _full(used - size, size, most), field=field)


def _full(used: int, size: int, most: int) -> str:
    text: str = _(
        "There is no room for this file of %(size)s: %(used)s of %(most)s are in use. Delete files "
        "that are not needed any more and empty the recycle bin, or have an administrator choose a "
        "larger plan under Plan and billing.",
        size=format_size(size),
        used=format_size(used),
        most=format_size(most),
    )
    return text


def _give_back(key: str) -> None:
    with transaction(even_read_only=True):
        size = session().scalar(
            delete(StoredFile).where(StoredFile.key == key).returning(StoredFile.size)
        )
        if size:
            counters.add(Counted.STORAGE, -size)
