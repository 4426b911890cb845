"""Proofs of transfers: a scan with an amount and a day, handed in by owners, or rejected."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import BinaryIO

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert

from control.billing.models import Invoice, InvoiceState, ProofState, Provider, TransferProof
from control.billing.transfer.telling import tell
from control.verification.papers import Paper, keep
from kit import audit, clock, ids
from kit.db import control_session, control_transaction, lock_row, refuse_stale
from kit.errors import Refused
from kit.i18n import gettext as _
from kit.scanning import ScannerAway, scanner

HANDED_IN = audit.Event.named("billing:proof_handed_in", "invoice", "amount", "currency")
REJECTED = audit.Event.named("billing:proof_rejected", "invoice", "reason")
TAKEN_BACK = audit.Event.named("billing:proof_taken_back", "invoice", "amount", "currency")
LOOKED_AT = audit.Event.named("billing:proof_looked_at", "invoice")
MOST_WAITING = 10
LONGEST = 500
_OLDEST = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Claim:
    """What an owner says that he has paid, and when; `submission` names his click."""

    amount: int
    paid_on: date
    submission: str
    payer_name: str = ""


def keep_scan(stream: BinaryIO, *, name: str) -> Paper:
    """Keep a scan of the open workspace, judged by its content.

    Refused for another kind of file, one too large, and one in which a scanner finds something.
    """
    looking = scanner()
    if looking is not None:
        stream.seek(0)
        try:
            verdict = looking.scan(stream)
        except ScannerAway:
            raise Refused(
                _("The file cannot be checked for viruses now. Try again in some minutes."),
                field="scan",
            ) from None
        if not verdict.is_clean:
            raise Refused(_("A virus was found in this file."), field="scan")
        stream.seek(0)
    return keep(stream, name=name, field="scan")


def hand_in(invoice: Invoice, claim: Claim, paper: Paper, *, by: audit.Actor) -> TransferProof:
    """Hand in a proof that an invoice was paid; the same click again hands in nothing.

    Refused for an invoice that is not paid by transfer, and for a day or amount that cannot be.
    """
    if claim.amount <= 0:
        raise Refused(_("Enter an amount above zero."), field="amount")
    today = clock.today()
    if not today - _OLDEST <= claim.paid_on <= today + timedelta(days=1):
        raise Refused(_("Enter the day on which you paid; it is not to come."), field="paid_on")
    with control_transaction() as control:
        account = lock_row(invoice.account)
        invoice = lock_row(invoice)
        known = _of_click(claim.submission)
        if known is not None:
            if known.invoice_id != invoice.id:
                raise Refused(_("This form was sent already. Open it again."))
            return known
        if invoice.provider != Provider.TRANSFER or invoice.state == InvoiceState.DRAFT:
            raise Refused(_("This invoice is paid through Stripe."))
        _refuse_many(invoice)
        made = control.scalar(
            upsert(TransferProof)
            .values(
                public_id=ids.new(),
                created_at=clock.now(),
                account_id=account.id,
                invoice_id=invoice.id,
                amount=claim.amount,
                currency=invoice.currency,
                paid_on=claim.paid_on,
                payer_name=claim.payer_name,
                file_key=paper.key,
                file_type=paper.media_type,
                file_name=paper.name,
                submission=claim.submission,
                submitter_name=by.actor_name,
                state=ProofState.WAITING,
                reason="",
                version=1,
            )
            .on_conflict_do_nothing()
            .returning(TransferProof.id)
        )
        if made is None:
            raise Refused(_("This form was sent already. Open it again."))
        audit.record_control(
            HANDED_IN,
            account,
            by=by,
            invoice=invoice.number,
            amount=claim.amount,
            currency=invoice.currency,
        )
        return control.get_one(TransferProof, made)


def reject(proof: TransferProof, *, reason: str, version: int, by: audit.Actor) -> None:
    """Say that a proof proves nothing, and why; its owner is told. Refused once it is decided."""
    reason = " ".join(reason.split())[:LONGEST]
    if len(reason) < 2:
        raise Refused(_("Say why: the owner is told."), field="reason")
    with control_transaction():
        account = lock_row(proof.account)
        proof = lock_row(proof)
        if proof.state != ProofState.WAITING:
            raise Refused(_("This proof has been decided already."))
        refuse_stale(proof, version)
        proof.state, proof.reason = ProofState.REJECTED, reason
        proof.decided_at, proof.decider_name = clock.now(), by.actor_name
        proof.version += 1
        audit.record_control(REJECTED, account, by=by, invoice=proof.invoice.number, reason=reason)
        tell(account, "rejected", invoice=proof.invoice, proof=proof)


def take_back(proof: TransferProof, *, by: audit.Actor) -> str:
    """Take a proof back on which nobody has decided; return the key of its scan, to be removed.

    Refused once an operator has confirmed or rejected it.
    """
    with control_transaction():
        account = lock_row(proof.account)
        proof = lock_row(proof)
        if proof.state == ProofState.WITHDRAWN:
            raise Refused(_("This proof has been taken back already."))
        if proof.state != ProofState.WAITING:
            raise Refused(_("This proof has been decided already."))
        proof.state = ProofState.WITHDRAWN
        proof.decided_at, proof.decider_name = clock.now(), by.actor_name
        proof.version += 1
        audit.record_control(
            TAKEN_BACK,
            account,
            by=by,
            invoice=proof.invoice.number,
            amount=proof.amount,
            currency=proof.currency,
        )
        return proof.file_key


def record_look(proof: TransferProof, *, by: audit.Actor) -> None:
    """Log that an operator opened a scan."""
    with control_transaction():
        audit.record_control(LOOKED_AT, proof.account, by=by, invoice=proof.invoice.number)


def _of_click(submission: str) -> TransferProof | None:
    return (
        control_session()
        .scalars(select(TransferProof).where(TransferProof.submission == submission))
        .one_or_none()
    )


def _refuse_many(invoice: Invoice) -> None:
    waiting = control_session().scalars(
        select(TransferProof.id).where(
            TransferProof.invoice_id == invoice.id, TransferProof.state == ProofState.WAITING
        )
    )
    if len(waiting.all()) >= MOST_WAITING:
        raise Refused(_("Several proofs of this invoice wait already. Wait for the operator."))
