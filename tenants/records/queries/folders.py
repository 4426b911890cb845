"""Questions about the document library: its folders, who may read and write, what is in them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, exists, select
from sqlalchemy.orm import joinedload, selectinload

from kit.db import session
from tenants.accounts.models import User
from tenants.accounts.permissions import Permission
from tenants.records.models import Document, Folder, FolderGrant


@dataclass(frozen=True, slots=True)
class FolderRights:
    """Which folders a person may read and write in, by id; and all there are."""

    readable: frozenset[int]
    writable: frozenset[int]
    folders: Sequence[Folder] = ()


def every_folder() -> Sequence[Folder]:
    """Return all folders with their grants, in alphabetical order."""
    return session().scalars(
        select(Folder)
        .options(
            selectinload(Folder.grants).options(
                joinedload(FolderGrant.role), joinedload(FolderGrant.unit)
            )
        )
        .order_by(Folder.sort_key, Folder.id)
    ).all()  # fmt: skip


def folder_rights(person: User) -> FolderRights:
    """Return what a person may do with each folder.

    The grants of the nearest folder that has any decide; where none has, everybody who sees the
    library reads. Who manages the library does everything.
    """
    folders = every_folder()
    ids = frozenset(one.id for one in folders)
    if not person.can(Permission.Document.VIEW):
        return FolderRights(frozenset(), frozenset(), folders)
    if person.can(Permission.Document.EDIT):
        return FolderRights(ids, ids, folders)
    by_id = {one.id: one for one in folders}
    readable, writable = set(), set()
    for one in folders:
        grants = granting(one, by_id)
        mine = [grant for grant in grants if _is_for(grant, person)]
        if mine or not grants:
            readable.add(one.id)
        if any(grant.may_write for grant in mine):
            writable.add(one.id)
    return FolderRights(frozenset(readable), frozenset(writable), folders)


def granting(folder: Folder, by_id: Mapping[int, Folder]) -> list[FolderGrant]:
    """Return the grants that hold for a folder: its own, else those of the nearest above it."""
    at: Folder | None = folder
    while at is not None:
        if at.grants:
            return at.grants
        at = by_id.get(at.parent_id) if at.parent_id else None
    return []


def _is_for(grant: FolderGrant, person: User) -> bool:
    if grant.role_id is not None:
        return any(role.id == grant.role_id for role in person.roles)
    return bool(
        grant.unit is not None
        and person.unit is not None
        and person.unit.path.startswith(grant.unit.path)
    )


def folder_path(folder: Folder, folders: Collection[Folder]) -> list[Folder]:
    """Return the folders from the top down to one, itself included."""
    by_id = {one.id: one for one in folders}
    path: list[Folder] = []
    at: Folder | None = folder
    while at is not None and at not in path:
        path.insert(0, at)
        at = by_id.get(at.parent_id) if at.parent_id else None
    return path


def has_children(folder: Folder) -> bool:
    """Tell whether anything lies in a folder, deleted documents included."""
    below = exists().where(Folder.parent_id == folder.id)
    inside = exists().where(Document.folder_id == folder.id)
    return bool(session().scalar(select(below | inside)))


def documents_in(folder_ids: Collection[int]) -> Select[Document]:
    """Return the statement of the live documents in some folders."""
    return (
        select(Document)
        .where(Document.deleted_at.is_(None), Document.folder_id.in_(folder_ids))
        .options(joinedload(Document.folder))
    )
