"""The recycle bin: restore, destroy, and how long it keeps things."""

from datetime import timedelta
from functools import partial

import structlog
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from kit import audit, clock
from kit.db import TenantModel, after_commit, lock_row, refuse_stale, session, transaction
from kit.errors import Missing, Refused
from kit.i18n import gettext as _
from tenants.accounts import room
from tenants.records import events
from tenants.records.bins import Bin, every_bin, find_bin
from tenants.records.models import Attachment, BinRule, Comment, TagUse

_log = structlog.get_logger("tenants.records")
_AT_ONCE = 500


def restore(one: Bin, row: TenantModel, *, by: audit.Actor) -> None:
    """Take something out of the recycle bin; its own module may refuse."""
    with transaction():
        one.restore(row, by)


def purge(one: Bin, row: TenantModel, *, by: audit.Actor) -> None:
    """Destroy something in the recycle bin with all that belongs to it.

    Refuses what is not deleted and what other records still refer to.
    """
    with transaction():
        row = lock_row(row)
        if getattr(row, "deleted_at", None) is None:
            raise Refused(_("This is not in the recycle bin any more."))
        forget_record(one.code, row.public_id)
        try:
            one.purge(row, by)
            session().flush()
        except IntegrityError:
            raise Refused(
                _("Other records still refer to this, so it stays in the recycle bin.")
            ) from None


def forget_record(kind: str, public_id: str) -> None:
    """Destroy all attachments, comments and tags of a record that goes, or whose person does."""
    with transaction() as work:
        keys = work.scalars(
            delete(Attachment)
            .where(Attachment.record_kind == kind, Attachment.record_id == public_id)
            .returning(Attachment.file_key)
        ).all()
        work.execute(
            delete(Comment).where(Comment.record_kind == kind, Comment.record_id == public_id)
        )
        work.execute(delete(TagUse).where(TagUse.record_id == public_id))
        for key in keys:
            after_commit(partial(room.remove, key))


def set_bin_rule(*, days: int, version: int, by: audit.Actor) -> None:
    """Say after how many days the bin destroys what is in it; 0 is never."""
    with transaction() as work:
        rule = work.scalars(select(BinRule).with_for_update()).one_or_none()
        if rule is None:
            rule = BinRule(days=0, version=1)
            work.add(rule)
        refuse_stale(rule, version)
        rule.days = days
        rule.version += 1
        work.flush()
        audit.record(events.BIN_RULE_SET, rule, by=by, days=days)


def old_ones(days: int) -> list[tuple[str, str]]:
    """Return kind and public id of what has been in the bin for more than some days."""
    limit = clock.now() - timedelta(days=days)
    found: list[tuple[str, str]] = []
    for one in every_bin():
        rows = one.deleted(None).order_by(None).subquery()
        statement = select(rows.c.public_id).where(rows.c.deleted_at < limit).order_by(rows.c.id)
        found += [(one.code, key) for key in session().scalars(statement.limit(_AT_ONCE))]
    return found


def purge_old(kind: str, public_id: str) -> bool:
    """Destroy one old thing by the clock; False where it has to stay."""
    one = find_bin(kind)
    if one is None:
        return False
    try:
        purge(one, one.fetch(public_id, None), by=audit.SYSTEM)
    except (Refused, Missing) as error:
        _log.info("bin.kept", kind=kind, public_id=public_id, error=str(error))
        return False
    return True
