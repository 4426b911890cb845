"""A movement on our bank account as an operator reads it off the statement: booked once."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert

from control.billing.models import (
    BankTransfer,
    BillingAccount,
    Direction,
    Invoice,
    TransferProof,
)
from control.billing.transfer.queries import as_reference
from kit import audit, clock, ids
from kit.db import control_session
from kit.errors import Refused
from kit.i18n import format_date, format_money
from kit.i18n import gettext as _

LONGEST_REFERENCE = 60


@dataclass(frozen=True, slots=True)
class Movement:
    """What an operator reads off the bank's statement; `submission` names his click."""

    amount: int
    currency: str
    bank_reference: str
    moved_on: date
    submission: str
    note: str = ""


def of_click(
    account: BillingAccount,
    direction: Direction,
    movement: Movement,
    *,
    invoice: Invoice | None = None,
) -> BankTransfer | None:
    """Return what this click has booked already; Refused where it was about something else."""
    found = (
        control_session()
        .scalars(select(BankTransfer).where(BankTransfer.submission == movement.submission))
        .one_or_none()
    )
    if found is None:
        return None
    same = (found.account_id, found.direction, found.amount, found.bank_reference) == (
        account.id,
        direction,
        movement.amount,
        as_reference(movement.bank_reference),
    ) and (invoice is None or found.invoice_id == invoice.id)
    if not same:
        raise Refused(_("This form was sent already. Open it again."))
    return found


def book(
    account: BillingAccount,
    direction: Direction,
    movement: Movement,
    *,
    by: audit.Actor,
    invoice: Invoice | None = None,
    proof: TransferProof | None = None,
) -> BankTransfer:
    """Book a movement; the account's row is held. Refused for a reference that is booked."""
    reference = as_reference(movement.bank_reference)
    control = control_session()
    made = control.scalar(
        upsert(BankTransfer)
        .values(
            public_id=ids.new(),
            created_at=clock.now(),
            account_id=account.id,
            invoice_id=invoice.id if invoice else None,
            proof_id=proof.id if proof else None,
            direction=direction,
            amount=movement.amount,
            currency=movement.currency,
            bank_reference=reference,
            moved_on=movement.moved_on,
            note=movement.note,
            submission=movement.submission,
            operator_name=by.actor_name,
        )
        .on_conflict_do_nothing()
        .returning(BankTransfer.id)
    )
    if made is None:
        _refuse_booked(direction, reference)
    return control.get_one(BankTransfer, made)


def _refuse_booked(direction: Direction, reference: str) -> None:
    booked = (
        control_session()
        .scalars(
            select(BankTransfer).where(
                BankTransfer.direction == direction, BankTransfer.bank_reference == reference
            )
        )
        .one_or_none()
    )
    if booked is None:
        raise Refused(_("This form was sent already. Open it again."))
    raise Refused(
        _(
            "This reference was booked on %(day)s already: %(amount)s for %(name)s.",
            day=format_date(booked.created_at),
            amount=format_money(booked.amount, booked.currency),
            name=booked.account.workspace.name,
        ),
        field="bank_reference",
    )


def refuse_movement(movement: Movement) -> None:
    """Refuse a movement that cannot be: without reference or amount, or still to come."""
    reference = as_reference(movement.bank_reference)
    if not 4 <= len(reference) <= LONGEST_REFERENCE:
        raise Refused(
            _("A bank's reference has 4 to %(most)s characters.", most=LONGEST_REFERENCE),
            field="bank_reference",
        )
    if movement.amount <= 0:
        raise Refused(_("Enter an amount above zero."), field="amount")
    if movement.moved_on > clock.today() + timedelta(days=1):
        raise Refused(_("This day is still to come."), field="moved_on")
