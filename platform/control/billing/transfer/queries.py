"""Questions about bank transfers: the operators' queue, movements, what belongs to an invoice."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import joinedload

from control.billing.models import (
    BankTransfer,
    BillingAccount,
    CreditNote,
    Invoice,
    ProofState,
    TransferProof,
)
from control.workspaces.models import Workspace
from kit.db import control_session

COUNTED = 100
SHOWN = 100


def proofs() -> Select[Any]:
    """Return the list of what owners handed in, to be filtered and paged."""
    return (
        select(TransferProof)
        .join(BillingAccount, BillingAccount.id == TransferProof.account_id)
        .join(Workspace, Workspace.id == BillingAccount.workspace_id)
        .join(Invoice, Invoice.id == TransferProof.invoice_id)
        .options(
            joinedload(TransferProof.account).joinedload(BillingAccount.workspace),
            joinedload(TransferProof.invoice),
        )
    )


def proofs_matching(statement: Select[Any], word: str) -> Select[Any]:
    """Return the proofs of an invoice's number or reference, or of a workspace or payer."""
    return statement.where(
        or_(
            *_of_invoice(word),
            Workspace.name.icontains(word, autoescape=True),
            Workspace.address.icontains(word, autoescape=True),
            TransferProof.payer_name.icontains(word, autoescape=True),
        )
    )


def movements(account: BillingAccount | None = None) -> Select[Any]:
    """Return the list of what was booked on our bank account, to be filtered and paged."""
    statement = (
        select(BankTransfer)
        .join(BillingAccount, BillingAccount.id == BankTransfer.account_id)
        .join(Workspace, Workspace.id == BillingAccount.workspace_id)
        .outerjoin(Invoice, Invoice.id == BankTransfer.invoice_id)
        .options(
            joinedload(BankTransfer.account).joinedload(BillingAccount.workspace),
            joinedload(BankTransfer.invoice),
        )
    )
    return statement if account is None else statement.where(BankTransfer.account_id == account.id)


def movements_matching(statement: Select[Any], word: str) -> Select[Any]:
    """Return the movements of a bank reference, of an invoice, or of a workspace."""
    return statement.where(
        or_(
            BankTransfer.bank_reference == as_reference(word),
            *_of_invoice(word),
            Workspace.name.icontains(word, autoescape=True),
            Workspace.address.icontains(word, autoescape=True),
        )
    )


def _of_invoice(word: str) -> tuple[Any, ...]:
    plain = as_reference(word)
    # As it is printed, and as it stands in a transfer, where banks leave the strokes out.
    return (Invoice.number == plain, Invoice.number == f"{plain[:2]}-{plain[2:6]}-{plain[6:]}")


def as_reference(text: str) -> str:
    """Return a bank's reference in its normal form: capitals, without blanks."""
    return "".join(text.split()).upper()


def waiting() -> int:
    """Return how many proofs wait for an operator, 100 at most."""
    found = select(TransferProof.id).where(TransferProof.state == ProofState.WAITING).limit(COUNTED)
    return len(control_session().scalars(found).all())


def find_proof(public_id: str) -> TransferProof | None:
    """Return a proof by public id, or None."""
    return (
        control_session()
        .scalars(select(TransferProof).where(TransferProof.public_id == public_id))
        .one_or_none()
    )


def find_movement(public_id: str) -> BankTransfer | None:
    """Return a movement by public id, or None."""
    return (
        control_session()
        .scalars(select(BankTransfer).where(BankTransfer.public_id == public_id))
        .one_or_none()
    )


def find_invoice(public_id: str) -> Invoice | None:
    """Return an invoice by public id, or None."""
    return (
        control_session()
        .scalars(select(Invoice).where(Invoice.public_id == public_id))
        .one_or_none()
    )


def proofs_of(invoice: Invoice) -> Sequence[TransferProof]:
    """Return what was handed in for an invoice, the newest first."""
    return (
        control_session()
        .scalars(
            select(TransferProof)
            .where(TransferProof.invoice_id == invoice.id)
            .order_by(TransferProof.id.desc())
            .limit(SHOWN)
        )
        .all()
    )


def movements_of(invoice: Invoice) -> Sequence[BankTransfer]:
    """Return what was booked for an invoice, the newest first."""
    return (
        control_session()
        .scalars(
            select(BankTransfer)
            .where(BankTransfer.invoice_id == invoice.id)
            .order_by(BankTransfer.id.desc())
            .limit(SHOWN)
        )
        .all()
    )


def credit_notes_of(invoice: Invoice) -> Sequence[CreditNote]:
    """Return the credit notes of an invoice of ours, the newest first."""
    return (
        control_session()
        .scalars(
            select(CreditNote)
            .where(CreditNote.invoice_id == invoice.id)
            .options(joinedload(CreditNote.transfer))
            .order_by(CreditNote.id.desc())
            .limit(SHOWN)
        )
        .all()
    )


def find_credit_note(public_id: str) -> CreditNote | None:
    """Return a credit note by public id, or None."""
    return (
        control_session()
        .scalars(select(CreditNote).where(CreditNote.public_id == public_id))
        .one_or_none()
    )


def note_of(movement: BankTransfer) -> CreditNote:
    """Return the credit note of a movement with which an invoice was paid back."""
    return (
        control_session()
        .scalars(select(CreditNote).where(CreditNote.transfer_id == movement.id))
        .one()
    )
