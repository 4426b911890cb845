"""Read what one workspace uses, keep it, and tell its owner at 80 and 100 % of a limit."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import case, func, or_, select
from sqlalchemy.dialects.postgresql import insert as upsert

from control.billing.accounts import live_subscription
from control.billing.limits import SHARES, Counted, Limit, Meter, read_limits, with_seats
from control.billing.models import (
    BillingAccount,
    Subscription,
    SubscriptionState,
    UsageReading,
)
from control.billing.telling import note, tell
from control.billing.usage.reckoning import Beyond, Month, month_at, month_from, reckon
from control.plane import current_plane
from control.workspaces.directory import as_tenant
from control.workspaces.models import Workspace, WorkspaceState
from kit import clock, ids
from kit.db import control_session, control_transaction, workspace_scope
from kit.tenancy import Access

OFTEN = timedelta(hours=1)
"""So often is read where somebody is at work."""
SELDOM = timedelta(hours=6)
"""So often at least: files go, and calls come, where nobody logs in."""
_MOST_MONTHS = 24
_UNREAD = (WorkspaceState.PROVISIONING, WorkspaceState.CLOSED)


@dataclass(frozen=True, slots=True)
class Terms:
    """By what a workspace's use is judged at a moment: limits, currency, since when it pays."""

    plan_version_id: int
    extra_seats: int
    limits: Mapping[Counted, Limit]
    currency: str
    paid_since: datetime | None


def terms_of(account: BillingAccount) -> Terms:
    """Return what an account has now."""
    live = live_subscription(account)
    extra = live.extra_seats if live else 0
    return Terms(
        account.plan_version_id,
        extra,
        with_seats(read_limits(account.plan_version.limits), extra),
        live.currency if live else account.currency,
        _paid_since(live),
    )


def _paid_since(live: Subscription | None) -> datetime | None:
    if live is None or live.state == SubscriptionState.TRIALING:
        return None
    return max(live.started_at, live.trial_ends_at or live.started_at)


def preview(account: BillingAccount, used: Mapping[Counted, int]) -> tuple[Beyond, ...]:
    """Return what this month would cost beyond the plan if it ended now."""
    terms = terms_of(account)
    return reckon(
        terms.limits,
        used,
        currency=terms.currency,
        month=month_at(clock.now(), zone_of(account)),
        paid_since=terms.paid_since,
    )


def zone_of(account: BillingAccount) -> ZoneInfo:
    """Return the zone in which a workspace's months begin and end."""
    return ZoneInfo(account.workspace.timezone)


def due_accounts() -> list[int]:
    """Return the ids of the accounts to be read now, those first that were read longest ago.

    One query over small tables: who was at work since the last reading, and each after some hours.
    """
    last = (
        select(UsageReading.account_id, func.max(UsageReading.read_at).label("read_at"))
        .group_by(UsageReading.account_id)
        .subquery()
    )
    now = clock.now()
    found = control_session().scalars(
        select(BillingAccount.id)
        .join(Workspace, Workspace.id == BillingAccount.workspace_id)
        .outerjoin(last, last.c.account_id == BillingAccount.id)
        .where(
            Workspace.state.not_in(_UNREAD),
            Workspace.sandbox_of_id.is_(None),
            or_(
                last.c.read_at.is_(None),
                last.c.read_at <= now - SELDOM,
                (last.c.read_at <= now - OFTEN) & (Workspace.last_active_at > last.c.read_at),
            ),
        )
        .order_by(last.c.read_at.nulls_first(), BillingAccount.id)
    )
    return list(found)


def read_account(account_id: int) -> bool:
    """Read one workspace; False for one that cannot be asked now. No transaction may be open."""
    control_session().rollback()
    account = control_session().get_one(BillingAccount, account_id)
    workspace = account.workspace
    if workspace.state in _UNREAD or workspace.access == Access.NONE:
        return False
    tenant, month = as_tenant(workspace), month_at(clock.now(), zone_of(account))
    # The planes never stand open together.
    control_session().rollback()
    with workspace_scope(tenant):
        used = current_plane().read_usage()
    with control_transaction():
        account = control_session().get_one(BillingAccount, account_id)
        terms = terms_of(account)
        _fill_gap(account, terms, month)
        _keep(account, terms, month, used)
        _warn(account, terms, month, used)
    return True


def _keep(account: BillingAccount, terms: Terms, month: Month, used: Mapping[Counted, int]) -> None:
    """Write a reading over the former one of its month; a month that is closed stays.

    Where the plan has ended since, what it was stays with what was used until then.
    """
    values = {
        "used": {counted.value: amount for counted, amount in used.items()},
        "plan_version_id": terms.plan_version_id,
        "extra_seats": terms.extra_seats,
        "currency": terms.currency,
        "paid_since": terms.paid_since,
        "read_at": clock.now(),
    }
    new = upsert(UsageReading).values(
        public_id=ids.new(),
        created_at=clock.now(),
        account_id=account.id,
        month=month.first,
        ends_at=month.ends_at,
        **values,
    )
    has_ended = new.excluded.paid_since.is_(None) & UsageReading.paid_since.is_not(None)
    kept = {
        name: case((has_ended, getattr(UsageReading, name)), else_=new.excluded[name])
        for name in ("plan_version_id", "extra_seats", "currency", "paid_since")
    }
    control_session().execute(
        new.on_conflict_do_update(
            index_elements=[UsageReading.account_id, UsageReading.month],
            set_=values | kept,
            where=UsageReading.closed_at.is_(None),
        )
    )


def _fill_gap(account: BillingAccount, terms: Terms, month: Month) -> None:
    """Enter the months in which nobody looked, so that what was counted in them is charged.

    How many people, files and numbers there were then nobody knows, and they cost nothing.
    """
    zone = zone_of(account)
    newest = control_session().scalar(
        select(func.max(UsageReading.month)).where(UsageReading.account_id == account.id)
    )
    missed = month_from(newest, zone) if newest else None
    for _ in range(_MOST_MONTHS):
        if missed is None:
            return
        missed = month_at(missed.ends_at, zone)
        if missed.first >= month.first:
            return
        _keep(account, terms, missed, {})


def _warn(account: BillingAccount, terms: Terms, month: Month, used: Mapping[Counted, int]) -> None:
    """Have the owner told of the highest share reached, once for each limit, share and month.

    A larger plan is another limit; falling below and rising again within a month is not.
    """
    for counted, limit in terms.limits.items():
        warning = Meter(counted, used.get(counted, 0), limit).warning
        if warning is None:
            continue
        for share in SHARES:
            about = about_of(counted, share, month.first, limit)
            if share < warning:
                note(account, about)
            elif share == warning:
                tell(account, about)


def about_of(counted: Counted, share: int, month: date, limit: Limit) -> str:
    """Return what a warning is known by; `wording` reads it again."""
    return f"usage-{counted.value}-{share}-{month:%Y%m}-{limit.included}"
