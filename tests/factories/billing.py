"""What a workspace owes the platform."""

from itertools import count

from control.billing.accounts import account_of
from control.billing.models import Invoice, InvoiceState, Provider
from kit import clock
from kit.db import control_transaction

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
