"""Groups of settings that operators make about billing, each a row by its code."""

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert

from control.billing.models import BillingSetting
from kit import clock, ids
from kit.db import control_session, control_transaction, lock_row


def find_setting(code: str) -> BillingSetting | None:
    """Return a group of settings, None until somebody has made one."""
    return (
        control_session()
        .scalars(select(BillingSetting).where(BillingSetting.code == code))
        .one_or_none()
    )


def locked_setting(code: str) -> BillingSetting:
    """Return a group of settings locked, empty where there is none yet; part of changing it.

    Two who make the first one at the same moment wait for each other.
    """
    with control_transaction() as control:
        control.execute(
            upsert(BillingSetting)
            .values(public_id=ids.new(), created_at=clock.now(), code=code, value={}, version=0)
            .on_conflict_do_nothing(index_elements=[BillingSetting.code])
        )
        found = find_setting(code)
        assert found is not None
        return lock_row(found)
