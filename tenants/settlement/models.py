"""Milestones, commission lines, ledger, settlement runs and payouts."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kit.db import TenantModel, states
from tenants.catalogue.models import MilestoneKind, Timing
from tenants.channels.models import Channel


class MilestoneState(StrEnum):
    """Whether an event that earns commission has happened."""

    WAITING = "waiting"
    MET = "met"
    NOT_MET = "not_met"
    UNKNOWN = "unknown"


class Milestone(TenantModel):
    """One event of an item that earns commission: waiting until the carrier or a person says.

    They come in any order; each is met at most once.
    """

    __tablename__ = "milestones"
    __table_args__ = (
        states(MilestoneKind, "kind"),
        states(MilestoneState, "state"),
        CheckConstraint("(state = 'met') = (met_on IS NOT NULL)", name="met_has_a_date"),
        UniqueConstraint("item_id", "kind", "month"),
    )

    item_id: Mapped[str]
    kind: Mapped[str]
    month: Mapped[int] = mapped_column(default=0)
    state: Mapped[str] = mapped_column(default=MilestoneState.WAITING)
    met_on: Mapped[date | None]
    evidence: Mapped[dict[str, Any]]
    reason: Mapped[str] = mapped_column(default="")


class LineState(StrEnum):
    """Where a commission line stands."""

    EXPECTED = "expected"
    PENDING = "pending"
    SETTLED = "settled"
    REFUSED = "refused"
    CLAWED_BACK = "clawed_back"
    VOID = "void"


class SettlementRun(TenantModel):
    """A confirmation of pending lines up to a date; posted once, never changed."""

    __tablename__ = "settlement_runs"

    append_only: ClassVar[bool] = True

    key: Mapped[str] = mapped_column(unique=True)
    until: Mapped[date]
    line_count: Mapped[int]
    total_amount: Mapped[int]
    currency: Mapped[str]
    actor_name: Mapped[str]


class CommissionLine(TenantModel):
    """What one channel earns of one milestone of one item; unique, so nothing is paid twice.

    `why` answers "why did I get this": own rate, child's rate, the rates' source, the snapshot.
    `due_on` is the first day on which a settlement run may take it.
    """

    __tablename__ = "commission_lines"
    __table_args__ = (
        states(MilestoneKind, "milestone"),
        states(LineState, "state"),
        states(Timing, "timing"),
        CheckConstraint("amount >= 0", name="amount_not_negative"),
        CheckConstraint(
            "state NOT IN ('refused', 'clawed_back', 'void') OR reason <> ''",
            name="refusals_have_a_reason",
        ),
        CheckConstraint("(state = 'settled') <= (run_id IS NOT NULL)", name="settled_has_a_run"),
        UniqueConstraint("item_id", "channel_id", "milestone", "month"),
        Index(None, "channel_id", "state", "id"),
        Index(None, "due_on", "id", postgresql_where=text("state = 'pending'")),
        Index(None, "state", "id"),
    )

    item_id: Mapped[str]
    order_number: Mapped[str] = mapped_column(index=True)
    product_name: Mapped[str]
    channel_id: Mapped[int] = mapped_column(ForeignKey(Channel.id))
    milestone: Mapped[str]
    month: Mapped[int] = mapped_column(default=0)
    state: Mapped[str] = mapped_column(default=LineState.EXPECTED)
    timing: Mapped[str]
    amount: Mapped[int]
    currency: Mapped[str]
    why: Mapped[dict[str, Any]]
    reason: Mapped[str] = mapped_column(default="")
    met_on: Mapped[date | None]
    due_on: Mapped[date | None]
    run_id: Mapped[int | None] = mapped_column(ForeignKey(SettlementRun.id), index=True)
    changed_at: Mapped[datetime]

    channel: Mapped[Channel] = relationship()
    run: Mapped[SettlementRun | None] = relationship()


class AccountCode(StrEnum):
    """The accounts of the ledger; the first two exist once for each channel."""

    PENDING = "pending"
    PAYABLE = "payable"
    COMMISSION_EXPENSE = "commission_expense"
    CASH = "cash"


HOUSE = (AccountCode.COMMISSION_EXPENSE, AccountCode.CASH)


class Account(TenantModel):
    """A ledger account. Channels' accounts keep their balance; house accounts are summed.

    Amounts owed to a channel are positive.
    """

    __tablename__ = "accounts"
    __table_args__ = (
        states(AccountCode, "code"),
        CheckConstraint(
            "(code IN ('commission_expense', 'cash')) = (channel_id IS NULL)",
            name="house_accounts_have_no_channel",
        ),
        Index(
            "uq_accounts_owner",
            text("coalesce(channel_id, 0)"),
            "code",
            "currency",
            unique=True,
        ),
        Index(None, "channel_id"),
    )

    channel_id: Mapped[int | None] = mapped_column(ForeignKey(Channel.id))
    code: Mapped[str]
    currency: Mapped[str]
    balance: Mapped[int] = mapped_column(default=0)


class JournalKind(StrEnum):
    """Why money moved."""

    EARNED = "earned"
    SETTLED = "settled"
    PAID = "paid"
    REVERSED = "reversed"


class Journal(TenantModel):
    """One movement of money: entries that add up to zero, never changed.

    `key` makes a repeat harmless; the same key with another `digest` of its entries is an error.
    """

    __tablename__ = "journals"
    __table_args__ = (states(JournalKind, "kind"),)

    append_only: ClassVar[bool] = True

    key: Mapped[str] = mapped_column(unique=True)
    digest: Mapped[str]
    kind: Mapped[str]
    reverses_id: Mapped[int | None] = mapped_column(ForeignKey("journals.id"), index=True)
    reason: Mapped[str] = mapped_column(default="")
    actor_kind: Mapped[str]
    actor_id: Mapped[str]
    actor_name: Mapped[str]

    entries: Mapped[list["Entry"]] = relationship(back_populates="journal")


class Entry(TenantModel):
    """One side of a journal: signed minor units on an account, with the line that caused it."""

    __tablename__ = "entries"
    __table_args__ = (
        CheckConstraint("amount <> 0", name="amount_not_zero"),
        Index(None, "account_id", "id"),
    )

    append_only: ClassVar[bool] = True

    journal_id: Mapped[int] = mapped_column(ForeignKey(Journal.id), index=True)
    account_id: Mapped[int] = mapped_column(ForeignKey(Account.id))
    amount: Mapped[int]
    currency: Mapped[str]
    line_id: Mapped[int | None] = mapped_column(ForeignKey(CommissionLine.id), index=True)

    journal: Mapped[Journal] = relationship(back_populates="entries")
    account: Mapped[Account] = relationship()


class PayoutMethod(StrEnum):
    """How money was sent."""

    BANK = "bank"
    ALIPAY = "alipay"
    WECHAT = "wechat"
    CASH = "cash"


class Payout(TenantModel):
    """Money sent to a channel, recorded with its proof."""

    __tablename__ = "payouts"
    __table_args__ = (
        states(PayoutMethod, "method"),
        CheckConstraint("amount > 0", name="amount_positive"),
        Index(None, "channel_id", "id"),
    )

    append_only: ClassVar[bool] = True

    key: Mapped[str] = mapped_column(unique=True)
    channel_id: Mapped[int] = mapped_column(ForeignKey(Channel.id))
    amount: Mapped[int]
    currency: Mapped[str]
    method: Mapped[str]
    reference: Mapped[str]
    paid_on: Mapped[date]
    proof_key: Mapped[str | None]
    proof_name: Mapped[str] = mapped_column(default="")
    remark: Mapped[str] = mapped_column(default="")
    journal_id: Mapped[int] = mapped_column(ForeignKey(Journal.id), index=True)
    actor_name: Mapped[str]

    channel: Mapped[Channel] = relationship()
    journal: Mapped[Journal] = relationship()
