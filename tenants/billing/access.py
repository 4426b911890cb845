"""What people reach of their workspace's billing: only its own."""

from control.billing.models import (
    BillingAccount,
    CreditNote,
    Invoice,
    PlanPrice,
    ProofState,
    TransferProof,
)
from control.billing.plans import find_price
from control.billing.transfer.queries import find_credit_note, find_proof
from kit.db import control_session
from kit.errors import Missing


def price(public_id: str) -> PlanPrice:
    """Return a price that is on sale somewhere; Missing for an unknown one."""
    found = find_price(public_id)
    if found is None:
        raise Missing(public_id)
    return found


def invoice(account: BillingAccount, public_id: str) -> Invoice:
    """Return an invoice of an account; Missing for one of another."""
    found = (
        control_session()
        .query(Invoice)
        .filter_by(account_id=account.id, public_id=public_id)
        .one_or_none()
    )
    if found is None:
        raise Missing(public_id)
    return found


def credit_note(account: BillingAccount, public_id: str) -> CreditNote:
    """Return a credit note of an account; Missing for one of another."""
    found = find_credit_note(public_id)
    if found is None or found.account_id != account.id:
        raise Missing(public_id)
    return found


def scan(account: BillingAccount, public_id: str) -> TransferProof:
    """Return a proof whose file is there; Missing for one that was taken back."""
    found = proof(account, public_id)
    if found.state == ProofState.WITHDRAWN:
        raise Missing(public_id)
    return found


def proof(account: BillingAccount, public_id: str) -> TransferProof:
    """Return a proof of transfer of an account; Missing for one of another."""
    found = find_proof(public_id)
    if found is None or found.account_id != account.id:
        raise Missing(public_id)
    return found
