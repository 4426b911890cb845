"""Row locks that a transaction takes once: a verb inside another's need not ask again.

A locked row cannot change under the one who holds it, and a session writes what is pending before
it reads, so a row that was read under its lock stays the newest until the transaction ends.
"""

from collections.abc import Collection
from typing import TypeVar

from sqlalchemy import func, select

from kit import tenancy
from kit.db.models import ControlModel, TenantModel, Versioned
from kit.db.session import BoundSession, control_session, session
from kit.errors import Stale
from kit.i18n import gettext as _

_Row = TypeVar("_Row", bound=TenantModel | ControlModel)


def _work(model: type[_Row]) -> BoundSession:
    return control_session() if issubclass(model, ControlModel) else session()


def held(model: type[_Row], key: int) -> _Row | None:
    """Return a row that this transaction of its plane has locked, or None when it has not."""
    row = _work(model).locked.get((model, key))
    return row if isinstance(row, model) else None


def hold(row: _Row) -> _Row:
    """Remember that this transaction has locked a row (or has just inserted it)."""
    _work(type(row)).locked[type(row), row.id] = row
    return row


def lock_rows(model: type[_Row], keys: Collection[int]) -> list[_Row]:
    """Return rows as they are now, in key order, locked until the transaction ends.

    A key without a row is left out.
    """
    known = [held(model, key) for key in sorted(set(keys))]
    if known and all(row is not None for row in known):
        return [row for row in known if row is not None]
    rows = _work(model).scalars(
        select(model)
        .where(model.id.in_(keys))
        .order_by(model.id)
        .with_for_update(of=model)
        .execution_options(populate_existing=True)
    )
    return [hold(row) for row in rows]


def lock_row(row: _Row) -> _Row:
    """Return a row as it is now, locked until the transaction ends; LookupError when it is gone."""
    found = lock_rows(type(row), [row.id])
    if not found:
        raise LookupError(f"{type(row).__name__} {row.id} is gone")
    return found[0]


def keep_alone(*names: str, shared: bool = False) -> None:
    """Keep others in the workspace who do the same waiting until this transaction ends.

    For what has no row that could be locked: what is counted, or looked for and not there yet.
    Those who `shared` it keep only those waiting who want it alone.
    """
    key = func.hashtextextended(tenancy.current().key(*names), 0)
    lock = func.pg_advisory_xact_lock_shared if shared else func.pg_advisory_xact_lock
    session().execute(select(lock(key)))


def refuse_stale(row: Versioned, version: int | None) -> None:
    """Refuse (Stale) to change a row that somebody else has changed since it was shown."""
    if row.version != version:
        raise Stale(
            _("Somebody else has changed this meanwhile. Open it again and repeat your change.")
        )
