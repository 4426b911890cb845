"""What a workspace owes the platform, and what operators make of billing."""

import io
import json
from datetime import timedelta
from itertools import count

from sqlalchemy import text

from control.billing import planning
from control.billing.accounts import account_of
from control.billing.limits import Counted, Limit, write_limits
from control.billing.models import (
    BillingAccount,
    Coupon,
    CreditNote,
    Invoice,
    InvoiceReason,
    InvoiceState,
    Provider,
    StripeEvent,
    TransferProof,
    UsageCharge,
)
from control.billing.transfer import proving, receiving, refunding
from control.billing.transfer.booking import Movement
from control.billing.transfer.proving import Claim
from kit import audit, clock
from kit.db import apart, control_transaction, session
from kit.tenancy import Workspace
from tests.factories.trust import PNG

_serial = count(1)


def make_invoice(workspace_id: int, *, amount: int = 29_900) -> Invoice:
    """An invoice that was paid, as the mirror shows it."""
    number = f"WORLD-{next(_serial):04}"
    with control_transaction() as control:
        made = Invoice(
            account_id=account_of(workspace_id).id,
            provider=Provider.STRIPE,
            stripe_id=f"in_{number}",
            number=number,
            state=InvoiceState.PAID,
            currency="CNY",
            total_amount=amount,
            paid_amount=amount,
            remaining_amount=0,
            issued_at=clock.now(),
            paid_at=clock.now(),
            attempts=1,
        )
        control.add(made)
        return made


def make_transfer(tenant: Workspace) -> TransferProof:
    """An open invoice that is paid by transfer, with a proof that waits; in the open workspace."""
    number = f"ST-2026-9{next(_serial):05}"
    with control_transaction() as control:
        account = account_of(tenant.id)
        invoice = Invoice(
            account_id=account.id,
            provider=Provider.TRANSFER,
            number=number,
            state=InvoiceState.OPEN,
            reason=InvoiceReason.CYCLE,
            currency="CNY",
            total_amount=29_900,
            paid_amount=0,
            remaining_amount=29_900,
            issued_at=clock.now(),
            due_at=clock.now() + timedelta(days=14),
            lines=[{"text": "团队版 · 每月", "amount": 29_900, "quantity": 1}],
            bill_to={"name": "号树科技有限公司", "tax_id": "91440300MA5EXAMPL8"},
        )
        control.add(invoice)
    claim = Claim(29_900, clock.today(), f"world-click-{number}", "号树科技有限公司")
    kept = proving.keep_scan(io.BytesIO(PNG), name="回单.png")
    return proving.hand_in(invoice, claim, kept, by=audit.SYSTEM)


def make_credit_note(tenant: Workspace) -> CreditNote:
    """An invoice that was paid by transfer, of which a part was paid back; in the workspace."""
    invoice = make_transfer(tenant).invoice
    number = invoice.number
    came = Movement(29_900, "CNY", f"IN{number}", clock.today(), f"world-in-{number}")
    receiving.receive(invoice, came, by=audit.SYSTEM)
    went = Movement(10_000, "CNY", f"OUT{number}", clock.today(), f"world-out-{number}")
    return refunding.refund(invoice, went, reason="两天不能用", by=audit.SYSTEM)


def make_billing() -> dict[str, str]:
    """One of each thing that operators see of billing; their public ids by kind."""
    names = planning.PlanNames("团队版", "Team", position=50)
    plan = planning.add_plan("world", names, by=audit.SYSTEM)
    with control_transaction() as control:
        coupon = Coupon(code="WORLD20", percent=20, months=3)
        event = StripeEvent(
            stripe_id="evt_world",
            kind="invoice.paid",
            object_kind="invoice",
            object_id="in_world",
            happened_at=clock.now(),
            way="webhook",
        )
        control.add_all([coupon, event])
        control.flush()
        return {
            "plan": plan.public_id,
            "plan version": plan.versions[0].public_id,
            "coupon": coupon.public_id,
            "stripe event": event.public_id,
        }


def limit(workspace: Workspace, **limits: Limit) -> None:
    """Tell a workspace's cell what its plan includes, as its account would."""
    told = write_limits({Counted(name): one for name, one in limits.items()})
    # What is open here and taken back later would take the limits with it.
    session().commit()
    with apart(workspace.cell, role="simtree_control") as cell:
        cell.execute(
            text("UPDATE workspaces SET limits = CAST(:limits AS jsonb) WHERE workspace = :it"),
            {"limits": json.dumps({"plan": told}), "it": workspace.schema},
        )


def make_charge(account: BillingAccount) -> UsageCharge:
    """Twelve orders beyond the two of last month's plan, at 9.90 for each begun ten."""
    last = clock.today().replace(day=1) - timedelta(days=1)
    with control_transaction() as control:
        made = UsageCharge(
            account_id=account.id,
            month=last.replace(day=1),
            counted=Counted.ORDERS,
            plan_version_id=account.plan_version_id,
            used=14,
            included=2,
            per=10,
            units=2,
            unit_amount=990,
            amount=1_980,
            currency="CNY",
        )
        control.add(made)
        return made
