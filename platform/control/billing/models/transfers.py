"""Money that comes by bank transfer: proofs, movements on our bank account, where each fen went."""

from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from control.billing.models.accounts import BillingAccount, Invoice
from kit.db import ControlModel, Versioned, states


class ProofState(StrEnum):
    """Where a proof stands."""

    WAITING = "waiting"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class Direction(StrEnum):
    """Which way money moved on our bank account."""

    RECEIVED = "received"
    PAID_BACK = "paid_back"


class Cause(StrEnum):
    """Why an amount went to an invoice or to the credit of an account."""

    RECEIVED = "received"
    CREDIT_USED = "credit_used"
    VOID = "void"
    PAID_BACK = "paid_back"


class Series(StrEnum):
    """What of ours is numbered without a gap, year by year."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"


class InvoiceSeries(ControlModel):
    """The last number of a series in a year; its row is the lock that leaves no gap."""

    __tablename__ = "invoice_series"
    __table_args__ = (states(Series, "series"), UniqueConstraint("series", "year"))

    series: Mapped[str] = mapped_column(default=Series.INVOICE, server_default=text("'invoice'"))
    year: Mapped[int]
    last_number: Mapped[int]


class TransferProof(Versioned, ControlModel):
    """What an owner hands in to show that he has paid an invoice: a scan, an amount and a day.

    The scan lies with the workspace's files, under its key, until its owner takes the proof back.
    `submission` names the click.
    """

    __tablename__ = "transfer_proofs"
    __table_args__ = (
        states(ProofState, "state"),
        CheckConstraint("amount > 0", name="amount_is_positive"),
        Index(None, "account_id", "id"),
        Index(None, "invoice_id"),
        Index(None, "state", "id"),
    )

    account_id: Mapped[int] = mapped_column(ForeignKey(BillingAccount.id))
    invoice_id: Mapped[int] = mapped_column(ForeignKey(Invoice.id))
    amount: Mapped[int]
    currency: Mapped[str]
    paid_on: Mapped[date]
    payer_name: Mapped[str] = mapped_column(default="")
    file_key: Mapped[str]
    file_type: Mapped[str]
    file_name: Mapped[str]
    submission: Mapped[str] = mapped_column(unique=True)
    submitter_name: Mapped[str]
    state: Mapped[str] = mapped_column(default=ProofState.WAITING)
    reason: Mapped[str] = mapped_column(default="")
    decided_at: Mapped[datetime | None]
    decider_name: Mapped[str | None]

    account: Mapped[BillingAccount] = relationship()
    invoice: Mapped[Invoice] = relationship()


class BankTransfer(ControlModel):
    """A movement on our bank account that an operator has booked; never changed afterwards.

    `bank_reference` is the bank's own number of it: booked once, whoever tries again. `submission`
    names the click.
    """

    __tablename__ = "billing_transfers"
    __table_args__ = (
        states(Direction, "direction"),
        CheckConstraint("amount > 0", name="amount_is_positive"),
        UniqueConstraint("direction", "bank_reference"),
        Index(None, "account_id", "id"),
        Index(None, "invoice_id"),
        Index(None, "proof_id"),
    )
    append_only: ClassVar[bool] = True

    account_id: Mapped[int] = mapped_column(ForeignKey(BillingAccount.id))
    invoice_id: Mapped[int | None] = mapped_column(ForeignKey(Invoice.id))
    proof_id: Mapped[int | None] = mapped_column(ForeignKey(TransferProof.id))
    direction: Mapped[str]
    amount: Mapped[int]
    currency: Mapped[str]
    bank_reference: Mapped[str]
    moved_on: Mapped[date]
    note: Mapped[str] = mapped_column(default="")
    submission: Mapped[str] = mapped_column(unique=True)
    operator_name: Mapped[str]

    account: Mapped[BillingAccount] = relationship()
    invoice: Mapped[Invoice | None] = relationship()


class Allocation(ControlModel):
    """A part of an amount, to an invoice or (without one) to the credit of an account.

    What is paid of an invoice, and the credit of an account, are the sums of these rows.
    """

    __tablename__ = "billing_allocations"
    __table_args__ = (
        states(Cause, "cause"),
        CheckConstraint("amount <> 0", name="amount_is_something"),
        Index(None, "account_id", "id"),
        Index(None, "invoice_id"),
        Index(None, "transfer_id"),
    )
    append_only: ClassVar[bool] = True

    account_id: Mapped[int] = mapped_column(ForeignKey(BillingAccount.id))
    invoice_id: Mapped[int | None] = mapped_column(ForeignKey(Invoice.id))
    transfer_id: Mapped[int | None] = mapped_column(ForeignKey(BankTransfer.id))
    cause: Mapped[str]
    amount: Mapped[int]
    currency: Mapped[str]


class CreditNote(ControlModel):
    """That an invoice of ours was paid back, wholly or in part: the paper of one movement.

    What was refunded of an invoice is the sum of these rows. `tax_amount` is the tax in it; the
    notes of an invoice that is paid back whole add up to its tax.
    """

    __tablename__ = "credit_notes"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount_is_positive"),
        Index(None, "account_id", "id"),
        Index(None, "invoice_id"),
    )
    append_only: ClassVar[bool] = True

    account_id: Mapped[int] = mapped_column(ForeignKey(BillingAccount.id))
    invoice_id: Mapped[int] = mapped_column(ForeignKey(Invoice.id))
    transfer_id: Mapped[int] = mapped_column(ForeignKey(BankTransfer.id), unique=True)
    number: Mapped[str] = mapped_column(unique=True)
    currency: Mapped[str]
    amount: Mapped[int]
    tax_amount: Mapped[int]
    reason: Mapped[str]
    issued_at: Mapped[datetime]
    operator_name: Mapped[str]

    account: Mapped[BillingAccount] = relationship()
    invoice: Mapped[Invoice] = relationship()
    transfer: Mapped[BankTransfer] = relationship()
