"""Fetch imports and kinds for a person: a kind's permission opens all imports of that kind."""

from collections.abc import Mapping

from sqlalchemy import select

from kit.db import session
from kit.errors import Forbidden, Missing
from tenants.accounts.models import User
from tenants.bulk.models import Import, ImportTemplate
from tenants.bulk.registry import ImportKind, find_kind, kinds


def kind(name: str, user: User) -> ImportKind:
    """Return a kind of rows; Missing when unknown, Forbidden without its permission."""
    found = find_kind(name)
    if found is None:
        raise Missing(name)
    if not user.can(found.permission):
        raise Forbidden(str(found.permission))
    return found


def kinds_of(user: User) -> Mapping[str, ImportKind]:
    """Return the kinds that a person may import; Forbidden when there are none."""
    found = {name: one for name, one in kinds().items() if user.can(one.permission)}
    if not found:
        raise Forbidden("import")
    return found


def brought(public_id: str, user: User) -> tuple[Import, ImportKind]:
    """Return an import with its kind; Missing, or Forbidden without the kind's permission."""
    found = session().scalars(select(Import).where(Import.public_id == public_id)).one_or_none()
    if found is None:
        raise Missing(public_id)
    return found, kind(found.kind, user)


def template(public_id: str, user: User) -> tuple[ImportTemplate, ImportKind]:
    """Return an own template with its kind; Missing, or Forbidden without the kind's permission."""
    found = session().scalars(select(ImportTemplate).where(ImportTemplate.public_id == public_id))
    chosen = found.one_or_none()
    if chosen is None:
        raise Missing(public_id)
    return chosen, kind(chosen.kind, user)


def own(public_id: str, user: User) -> tuple[Import, ImportKind]:
    """Return an import whose cells a person may see: of persons' data only who brought them in."""
    found, of = brought(public_id, user)
    if not is_own(found, of, user):
        raise Forbidden(public_id)
    return found, of


def is_own(brought: Import, kind: ImportKind, user: User) -> bool:
    """Tell whether a person may see an import's cells."""
    return not kind.is_personal or brought.actor_id == user.actor_id
