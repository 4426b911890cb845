"""Sharing one record with a person or a unit, and taking it back (C024)."""

from datetime import date
from typing import Any

from sqlalchemy import select

from kit import audit, clock
from kit.db import lock_row, session, transaction
from kit.errors import Forbidden, Refused
from kit.i18n import gettext as _
from tenants.accounts import events
from tenants.accounts.kinds import RecordKind
from tenants.accounts.models import Share, ShareAccess, Unit, User


def share_record(
    kind: RecordKind,
    row: Any,
    *,
    target: User | Unit,
    access: ShareAccess,
    ends_on: date | None,
    by: User,
) -> Share:
    """Let a person, or the people of a unit and those below it, reach one record.

    It reaches no further than their own permissions do. A share that is there already is changed.
    Refused for what one does not reach oneself other than by a share, for writing where one may
    not write, for a day that is over, and for oneself.
    """
    _refuse_past(ends_on)
    if isinstance(target, User):
        _refuse_useless(target, by)
    with transaction() as work:
        # Two who share the same record at once wait here for each other.
        row = lock_row(row)
        if not may_share(kind, row, by):
            raise Forbidden(row.public_id)
        if access == ShareAccess.WRITE and not kind.may(by, kind.edit, row):
            raise Refused(_("You may not change this record yourself."), field="access")
        share = _same(row, target)
        if share is None:
            share = Share(
                kind=kind.code,
                record_id=row.id,
                user_id=target.id if isinstance(target, User) else None,
                unit_id=target.id if isinstance(target, Unit) else None,
                actor_kind=by.actor_kind,
                actor_id=by.actor_id,
                actor_name=by.actor_name,
            )
            work.add(share)
        share.access = access
        share.ends_on = ends_on
        work.flush()
        audit.record(
            events.SHARED,
            row,
            by=by,
            target=target.name,
            access=access.value,
            ends_on=ends_on.isoformat() if ends_on else "",
        )
    return share


def revoke_share(kind: RecordKind, row: Any, public_id: str, *, by: User) -> None:
    """Take a share back, at once; nothing happens when that was done already.

    For whoever may share the record, and for whoever shared it.
    """
    with transaction() as work:
        row = lock_row(row)
        share = work.scalars(
            select(Share).where(
                Share.public_id == public_id,
                Share.kind == kind.code,
                Share.record_id == row.id,
            )
        ).one_or_none()
        if share is None or share.revoked_at is not None:
            return
        if share.actor_id != by.actor_id and not may_share(kind, row, by):
            raise Forbidden(public_id)
        share.revoked_at = clock.now()
        audit.record(events.UNSHARED, row, by=by, target=share.with_name)


def may_share(kind: RecordKind, row: Any, person: User) -> bool:
    """Tell whether a person may share a row; nobody may those of a kind that is not shared."""
    share = kind.shield.share
    return share is not None and kind.may(person, share, row)


def _same(row: Any, target: User | Unit) -> Share | None:
    of = Share.user_id if isinstance(target, User) else Share.unit_id
    return (
        session()
        .scalars(
            select(Share).where(
                Share.record_id == row.id, of == target.id, Share.revoked_at.is_(None)
            )
        )
        .one_or_none()
    )


def _refuse_past(ends_on: date | None) -> None:
    if ends_on is not None and ends_on < clock.today():
        raise Refused(_("This day is over."), field="ends_on")


def _refuse_useless(target: User, by: User) -> None:
    if target.id == by.id:
        raise Refused(_("You reach this record already."), field="person")
    if not target.is_active:
        raise Refused(_("%(name)s is disabled.", name=target.name), field="person")
