"""Questions of operators about billing: lists of plans, coupons, accounts, invoices, events."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from control.billing.models import (
    BillingAccount,
    BillingPlan,
    BillingSetting,
    BookEntry,
    Coupon,
    Drift,
    Invoice,
    PlanVersion,
    StripeEvent,
    Subscription,
)
from control.billing.online.inbox import is_at_work
from control.billing.revenue import owed_now
from control.billing.schedule import schedule_now
from control.workspaces.models import LEAVING, Workspace, WorkspaceState
from kit import clock
from kit.audit import ControlAuditEntry
from kit.db import control_session

SHOWN = 60


def plans() -> Select[BillingPlan]:
    """Return the list of all billing plans, to be filtered and paged."""
    return select(BillingPlan).options(selectinload(BillingPlan.versions))


def plans_matching(statement: Select[Any], word: str) -> Select[Any]:
    """Return the plans whose names or code have a word in them."""
    columns = (BillingPlan.name_zh, BillingPlan.name_en, BillingPlan.code)
    return statement.where(or_(*(one.icontains(word, autoescape=True) for one in columns)))


def find_plan(public_id: str) -> BillingPlan | None:
    """Return a billing plan by public id, or None."""
    return (
        control_session()
        .scalars(select(BillingPlan).where(BillingPlan.public_id == public_id))
        .one_or_none()
    )


def versions_of(plan: BillingPlan) -> Sequence[PlanVersion]:
    """Return the versions of a plan with their prices, the newest first."""
    return (
        control_session()
        .scalars(
            select(PlanVersion)
            .where(PlanVersion.plan_id == plan.id)
            .order_by(PlanVersion.number.desc())
            .options(selectinload(PlanVersion.prices))
        )
        .all()
    )


def find_version(public_id: str) -> PlanVersion | None:
    """Return a version of a plan by public id, or None."""
    return (
        control_session()
        .scalars(select(PlanVersion).where(PlanVersion.public_id == public_id))
        .one_or_none()
    )


def accounts_on(version_ids: Collection[int]) -> dict[int, int]:
    """Return how many workspaces have each of some versions now."""
    rows = control_session().execute(
        select(BillingAccount.plan_version_id, func.count())
        .where(BillingAccount.plan_version_id.in_(version_ids))
        .group_by(BillingAccount.plan_version_id)
    )
    return {version: count for version, count in rows}  # noqa: C416 - rows, not pairs


def plan_choices() -> Sequence[BillingPlan]:
    """Return every plan, in the order of the price page."""
    return (
        control_session()
        .scalars(select(BillingPlan).order_by(BillingPlan.position, BillingPlan.id))
        .all()
    )


def coupons() -> Select[Coupon]:
    """Return the list of all coupons, to be filtered and paged."""
    return select(Coupon)


def coupons_matching(statement: Select[Any], word: str) -> Select[Any]:
    """Return the coupons whose code has a word in it."""
    return statement.where(Coupon.code.icontains(word, autoescape=True))


def find_coupon(public_id: str) -> Coupon | None:
    """Return a coupon by public id, or None."""
    return (
        control_session().scalars(select(Coupon).where(Coupon.public_id == public_id)).one_or_none()
    )


def owed_amount() -> ColumnElement[int]:
    """Return what an account of the list owes, in its currency."""
    return func.coalesce(
        select(func.sum(Invoice.remaining_amount))
        .where(
            Invoice.account_id == BillingAccount.id,
            Invoice.currency == BillingAccount.currency,
            *owed_now(),
        )
        .correlate(BillingAccount)
        .scalar_subquery(),
        0,
    )


def is_owing() -> ColumnElement[bool]:
    """Return whether an account of the list owes anything, in whatever currency."""
    return (
        select(Invoice.id)
        .where(Invoice.account_id == BillingAccount.id, *owed_now())
        .correlate(BillingAccount)
        .exists()
    )


def accounts() -> Select[Any]:
    """Return the list of all accounts with what they owe, to be filtered and paged."""
    # More columns than the type of a statement can name.
    return cast(
        "Select[Any]",
        select(
            BillingAccount.id,
            BillingAccount.public_id,
            BillingAccount.provider,
            BillingAccount.currency,
            BillingAccount.credit_amount,
            BillingAccount.standing,
            BillingAccount.standing_since,
            BillingAccount.review_at,
            BillingAccount.stripe_customer_id,
            Workspace.public_id.label("workspace_public_id"),
            Workspace.name,
            Workspace.address,
            Workspace.trial_ends_at,
            PlanVersion.number,
            BillingPlan.name_zh,
            BillingPlan.name_en,
            owed_amount().label("owed"),
        )
        .join(Workspace, Workspace.id == BillingAccount.workspace_id)
        .join(PlanVersion, PlanVersion.id == BillingAccount.plan_version_id)
        .join(BillingPlan, BillingPlan.id == PlanVersion.plan_id),
    )


def is_kept_long_enough() -> ColumnElement[bool]:
    """Return whether an account of the list was suspended so long ago that it need not be kept."""
    since = clock.now() - timedelta(days=schedule_now().keep_days)
    return and_(
        BillingAccount.standing == WorkspaceState.SUSPENDED,
        BillingAccount.standing_since < since,
        Workspace.state.not_in(LEAVING),
    )


def accounts_matching(statement: Select[Any], word: str) -> Select[Any]:
    """Return the accounts whose workspace has a word in name or address, or a customer's id."""
    return statement.where(
        or_(
            Workspace.name.icontains(word, autoescape=True),
            Workspace.address.icontains(word, autoescape=True),
            BillingAccount.stripe_customer_id == word,
        )
    )


def find_account(workspace: Workspace) -> BillingAccount | None:
    """Return the account of a workspace; None for one that was closed before there were any."""
    return (
        control_session()
        .scalars(select(BillingAccount).where(BillingAccount.workspace_id == workspace.id))
        .one_or_none()
    )


def subscriptions_of(account: BillingAccount) -> Sequence[Subscription]:
    """Return what an account has bought, the newest first."""
    return (
        control_session()
        .scalars(
            select(Subscription)
            .where(Subscription.account_id == account.id)
            .order_by(Subscription.started_at.desc(), Subscription.id.desc())
            .limit(SHOWN)
            .options(joinedload(Subscription.plan_version).joinedload(PlanVersion.plan))
        )
        .all()
    )


def owed_by(account: BillingAccount) -> list[tuple[str, int]]:
    """Return what an account owes in each currency."""
    rows = control_session().execute(
        select(Invoice.currency, func.sum(Invoice.remaining_amount))
        .where(Invoice.account_id == account.id, *owed_now())
        .group_by(Invoice.currency)
        .order_by(Invoice.currency)
    )
    return [(currency, int(amount)) for currency, amount in rows]


def invoices(account: BillingAccount | None = None) -> Select[Invoice]:
    """Return the list of all invoices or of one account's, to be filtered and paged."""
    statement = (
        select(Invoice)
        .join(BillingAccount, BillingAccount.id == Invoice.account_id)
        .join(Workspace, Workspace.id == BillingAccount.workspace_id)
        .options(joinedload(Invoice.account).joinedload(BillingAccount.workspace))
    )
    return statement if account is None else statement.where(Invoice.account_id == account.id)


def invoices_matching(statement: Select[Any], word: str) -> Select[Any]:
    """Return the invoices of a number, or of workspaces whose name or address has a word in it."""
    return statement.where(
        or_(
            Invoice.number == word,
            Invoice.stripe_id == word,
            Workspace.name.icontains(word, autoescape=True),
            Workspace.address.icontains(word, autoescape=True),
        )
    )


def book_entries() -> Select[BookEntry]:
    """Return the list of all entries of the books, to be filtered and paged."""
    return (
        select(BookEntry)
        .join(BillingAccount, BillingAccount.id == BookEntry.account_id)
        .join(Workspace, Workspace.id == BillingAccount.workspace_id)
        .outerjoin(Invoice, Invoice.id == BookEntry.invoice_id)
        .options(
            joinedload(BookEntry.invoice),
            joinedload(BookEntry.account).joinedload(BillingAccount.workspace),
        )
    )


def find_invoice(public_id: str) -> Invoice | None:
    """Return an invoice by public id, or None."""
    return (
        control_session()
        .scalars(select(Invoice).where(Invoice.public_id == public_id))
        .one_or_none()
    )


def events() -> Select[Any]:
    """Return the list of all events of Stripe's, and whether each is worked on."""
    return select(*StripeEvent.__table__.c, is_at_work().label("is_at_work"))


def find_stripe_event(public_id: str) -> StripeEvent | None:
    """Return an event of Stripe's by public id, or None."""
    return (
        control_session()
        .scalars(select(StripeEvent).where(StripeEvent.public_id == public_id))
        .one_or_none()
    )


def drifts() -> Select[Any]:
    """Return the list of differences that were found, with whose they are."""
    return (
        select(
            Drift.id,
            Drift.public_id,
            Drift.created_at,
            Drift.object_kind,
            Drift.object_id,
            Drift.differences,
            Workspace.public_id.label("workspace_public_id"),
            Workspace.name,
        )
        .outerjoin(BillingAccount, BillingAccount.id == Drift.account_id)
        .outerjoin(Workspace, Workspace.id == BillingAccount.workspace_id)
    )


def setting_log(code: str) -> Sequence[ControlAuditEntry]:
    """Return the last changes of one group of settings, newest first."""
    setting = select(BillingSetting.public_id).where(BillingSetting.code == code)
    return (
        control_session()
        .scalars(
            select(ControlAuditEntry)
            .where(ControlAuditEntry.subject_id == setting.scalar_subquery())
            .order_by(ControlAuditEntry.id.desc())
            .limit(SHOWN)
        )
        .all()
    )


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing of an account's timeline: what was done, told by Stripe, or invoiced."""

    at: datetime
    entry: ControlAuditEntry | None = None
    event: StripeEvent | None = None
    invoice: Invoice | None = None


def timeline(
    account: BillingAccount, *, until: datetime | None = None
) -> tuple[list[Happening], datetime | None]:
    """Return what happened to an account before a moment, the newest first, and where to go on.

    Each of the three sources is asked for a page, so that the merged page lacks nothing.
    """
    found = [
        *(Happening(one.created_at, entry=one) for one in _entries(account, until)),
        *(Happening(one.happened_at, event=one) for one in _events(account, until)),
        *(
            Happening(one.issued_at, invoice=one)
            for one in _issued(account, until)
            if one.issued_at is not None
        ),
    ]
    found.sort(key=lambda one: one.at, reverse=True)
    if len(found) <= SHOWN:
        return found, None
    last = found[SHOWN - 1].at
    # Stripe's times are whole seconds: what happened in the last one shown is shown whole.
    return [one for one in found if one.at >= last], last


def _entries(account: BillingAccount, until: datetime | None) -> Sequence[ControlAuditEntry]:
    statement = select(ControlAuditEntry).where(ControlAuditEntry.subject_id == account.public_id)
    if until is not None:
        statement = statement.where(ControlAuditEntry.created_at < until)
    return (
        control_session()
        .scalars(statement.order_by(ControlAuditEntry.id.desc()).limit(SHOWN + 1))
        .all()
    )


def _events(account: BillingAccount, until: datetime | None) -> Sequence[StripeEvent]:
    if account.stripe_customer_id is None:
        return ()
    statement = select(StripeEvent).where(StripeEvent.customer_id == account.stripe_customer_id)
    if until is not None:
        statement = statement.where(StripeEvent.happened_at < until)
    return (
        control_session()
        .scalars(
            statement.order_by(StripeEvent.happened_at.desc(), StripeEvent.id.desc()).limit(
                SHOWN + 1
            )
        )
        .all()
    )


def _issued(account: BillingAccount, until: datetime | None) -> Sequence[Invoice]:
    statement = select(Invoice).where(
        Invoice.account_id == account.id, Invoice.issued_at.is_not(None)
    )
    if until is not None:
        statement = statement.where(Invoice.issued_at < until)
    return (
        control_session()
        .scalars(statement.order_by(Invoice.issued_at.desc(), Invoice.id.desc()).limit(SHOWN + 1))
        .all()
    )
