"""A workspace whose trial is over, the operator's bank account, and orders by transfer."""

from collections.abc import Callable
from datetime import timedelta
from itertools import count

import pytest

from control.billing.accounts import live_subscription
from control.billing.bookkeeping.entering import enter_missing
from control.billing.models import (
    Allocation,
    BillingAccount,
    CreditNote,
    Invoice,
    PlanPrice,
    Subscription,
)
from control.billing.transfer import buying, ledger
from control.billing.transfer.booking import Movement
from control.billing.transfer.receiving import receive
from control.billing.transfer.terms import TransferTerms, set_terms
from control.signup.models import Signup
from kit import audit, clock
from kit.db import control_session
from tests.factories.control import make_signup

_serial = count(1)


@pytest.fixture
def terms(db) -> TransferTerms:
    """Due after ten days; the next invoice is drawn a fortnight before."""
    made = TransferTerms("号树科技有限公司", "招商银行深圳分行", "7559 0000 1234", "", 10, 14)
    set_terms(made, by=audit.SYSTEM)
    return made


@pytest.fixture
def trial_over(account) -> None:
    account.workspace.trial_ends_at = clock.now() - timedelta(seconds=1)
    control_session().commit()


def movement(invoice: Invoice, amount: int | None = None, **values: object) -> Movement:
    """A movement that pays what remains of an invoice, under a reference of its own."""
    number = next(_serial)
    usual: dict[str, object] = {
        "amount": invoice.remaining_amount if amount is None else amount,
        "currency": invoice.currency,
        "bank_reference": f"CMB{number:010}",
        "moved_on": clock.today(),
        "submission": f"click-{number:016}",
    }
    return Movement(**usual | values)  # type: ignore[arg-type]


def pay(invoice: Invoice, amount: int | None = None, **values: object) -> None:
    """Book money for an invoice."""
    receive(invoice, movement(invoice, amount, **values), by=audit.SYSTEM)
    check_sums(invoice.account)


def check_sums(account: BillingAccount) -> None:
    """What is shown of an account and its invoices is what the rows say, and nothing is lost."""
    control = control_session()
    control.expire_all()
    credit, paid = ledger.sums(account)
    assert account.credit_amount == credit >= 0
    for one in control.query(Invoice).filter_by(account_id=account.id, provider="transfer"):
        assert one.paid_amount == paid.get(one.id, 0) >= 0
        notes = control.query(CreditNote).filter_by(invoice_id=one.id).all()
        assert one.refunded_amount == sum(note.amount for note in notes) <= one.paid_amount
        left = 0 if one.state == "void" else one.total_amount - one.paid_amount
        assert one.remaining_amount == left >= 0
        assert (one.state == "paid") == (one.state != "void" and left == 0)
    moved = control.query(Allocation).filter(
        Allocation.account_id == account.id, Allocation.transfer_id.is_(None)
    )
    assert sum(one.amount for one in moved) == 0
    # The platform's books say the same, without having to catch up.
    assert enter_missing() == 0


@pytest.fixture
def order(account, price, terms, trial_over) -> Callable[..., Invoice]:
    """Order a plan by transfer."""

    def go(of: PlanPrice = price, *, extra_seats: int = 0) -> Invoice:
        return buying.order(
            account, of, extra_seats=extra_seats, moment=clock.now(), by=audit.SYSTEM
        )

    return go


@pytest.fixture
def bought(order, account, held) -> Subscription:
    """A plan for a month, paid."""
    pay(order())
    found = live_subscription(account)
    assert found is not None
    return found


def later(days: float) -> None:
    """Let days go by."""
    clock.advance(timedelta(days=days))


def invoices(account: BillingAccount, **values: object) -> list[Invoice]:
    """The invoices of an account, the oldest first."""
    return (
        control_session()
        .query(Invoice)
        .filter_by(account_id=account.id, **values)
        .order_by(Invoice.id)
        .all()
    )


@pytest.fixture
def owner_known(account) -> None:
    """Somebody has signed the workspace up, and is told things."""
    signup = make_signup()
    control_session().get_one(Signup, signup.id).workspace_id = account.workspace_id
    control_session().commit()
