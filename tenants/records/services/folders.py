"""Folders of the document library: add, change, say who may read and write, remove."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from kit import audit
from kit.db import keep_alone, lock_row, refuse_stale, session, transaction
from kit.errors import Refused
from kit.i18n import gettext as _
from kit.personal import plain
from kit.sorting import sort_key
from tenants.accounts.models import Role, Unit
from tenants.records import events, queries
from tenants.records.models import Folder, FolderGrant

DEEPEST = 6
MOST_FOLDERS = 2_000


@dataclass(frozen=True, slots=True)
class Grants:
    """Who may read a folder and who may also write in it; nobody named: as the folder above."""

    reading_roles: Sequence[Role] = ()
    reading_units: Sequence[Unit] = ()
    writing_roles: Sequence[Role] = ()
    writing_units: Sequence[Unit] = ()


def add_folder(*, name: str, parent: Folder | None, by: audit.Actor) -> Folder:
    """Add a folder; refuses a name that its neighbours have, and a seventh level."""
    name = _name(name)
    with transaction() as work:
        keep_alone("folders")
        folders = queries.every_folder()
        if len(folders) >= MOST_FOLDERS:
            raise Refused(_("The library has at most %(count)s folders.", count=MOST_FOLDERS))
        if parent is not None:
            parent = lock_row(parent)
            if len(queries.folder_path(parent, folders)) >= DEEPEST:
                raise _too_deep()
        added = Folder(
            name=name, sort_key=sort_key(name), parent_id=parent.id if parent else None, version=1
        )
        work.add(added)
        _flush()
        audit.record(
            events.FOLDER_ADDED, added, by=by, name=name, parent=parent.name if parent else ""
        )
        return added


def edit_folder(
    folder: Folder, *, name: str, parent: Folder | None, version: int, by: audit.Actor
) -> None:
    """Rename a folder or move it; refuses a stale copy, and a place inside itself."""
    name = _name(name)
    with transaction() as work:
        # All folders in key order: two moves at once must not make a circle.
        work.scalars(select(Folder).order_by(Folder.id).with_for_update()).all()
        folder = lock_row(folder)
        refuse_stale(folder, version)
        folders = queries.every_folder()
        above = queries.folder_path(parent, folders) if parent is not None else []
        if any(one.id == folder.id for one in above):
            raise Refused(_("A folder cannot lie inside itself."), field="parent")
        if len(above) + _height(folder, folders) > DEEPEST:
            raise _too_deep()
        before, folder.name = folder.name, name
        folder.sort_key = sort_key(name)
        folder.parent_id = parent.id if parent else None
        folder.version += 1
        _flush()
        audit.record(
            events.FOLDER_EDITED,
            folder,
            by=by,
            before=before,
            after=name,
            parent=parent.name if parent else "",
        )


def _height(folder: Folder, folders: Sequence[Folder]) -> int:
    below = [one for one in folders if one.parent_id == folder.id]
    return 1 + max((_height(one, folders) for one in below), default=0)


def _too_deep() -> Refused:
    return Refused(_("Folders lie at most %(count)s deep.", count=DEEPEST), field="parent")


def grant_folder(folder: Folder, grants: Grants, *, version: int, by: audit.Actor) -> None:
    """Say who may read a folder and who may write in it; who writes reads, too."""
    with transaction() as work:
        folder = lock_row(folder)
        refuse_stale(folder, version)
        folder.grants.clear()
        work.flush()
        for may_write, roles, units in (
            (True, grants.writing_roles, grants.writing_units),
            (False, grants.reading_roles, grants.reading_units),
        ):
            known = {(one.role_id, one.unit_id) for one in folder.grants}
            folder.grants += [
                FolderGrant(role_id=role, unit_id=unit, may_write=may_write)
                for role, unit in (
                    *((one.id, None) for one in roles),
                    *((None, one.id) for one in units),
                )
                if (role, unit) not in known
            ]
        folder.version += 1
        audit.record(
            events.FOLDER_GRANTED,
            folder,
            by=by,
            name=folder.name,
            readers=_names(grants.reading_roles, grants.reading_units),
            writers=_names(grants.writing_roles, grants.writing_units),
        )


def _names(roles: Sequence[Role], units: Sequence[Unit]) -> list[str]:
    return [one.name for one in roles] + [one.name for one in units]


def remove_folder(folder: Folder, *, by: audit.Actor) -> None:
    """Remove an empty folder; refuses one with anything in it, also in the recycle bin."""
    with transaction() as work:
        folder = lock_row(folder)
        if queries.has_children(folder):
            raise Refused(
                _(
                    "%(name)s is not empty. Documents of it may be in the recycle bin.",
                    name=folder.name,
                )
            )
        audit.record(events.FOLDER_REMOVED, folder, by=by, name=folder.name)
        work.delete(folder)


def _name(text: str) -> str:
    name = plain(text)
    if not name:
        raise Refused(_("The folder needs a name."), field="name")
    return name


def _flush() -> None:
    try:
        session().flush()
    except IntegrityError:
        raise Refused(_("There is a folder of this name already."), field="name") from None
