"""The books say what invoices say: entry by entry, both sides, never changed, never twice."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select, text
from sqlalchemy.exc import ProgrammingError

from control.billing.accounts import live_subscription
from control.billing.bookkeeping import enter, enter_missing
from control.billing.bookkeeping.postings import Ledger, postings, turnovers
from control.billing.models import BookEntry, EntryKind, Invoice, InvoiceState, Provider
from control.billing.online.money_back import Way, take_back
from kit import audit, clock
from kit.db import control_session, control_transaction

MONTH = (datetime(2026, 7, 1, tzinfo=UTC), datetime(2026, 8, 1, tzinfo=UTC))


def sums(invoice=None) -> dict[str, int]:
    statement = select(BookEntry.kind, func.sum(BookEntry.amount)).group_by(BookEntry.kind)
    if invoice is not None:
        statement = statement.where(BookEntry.invoice_id == invoice.id)
    rows = control_session().execute(statement)
    return {kind: int(amount) for kind, amount in rows if amount}


@pytest.fixture
def invoice(account) -> Invoice:
    made = Invoice(
        account_id=account.id,
        provider=Provider.TRANSFER,
        number="2026-000001",
        state=InvoiceState.OPEN,
        currency="CNY",
        total_amount=10_600,
        tax_amount=600,
        remaining_amount=10_600,
        issued_at=MONTH[0] + timedelta(days=3),
        lines=[],
    )
    control_session().add(made)
    control_session().commit()
    return made


def say(invoice, **values) -> int:
    """What a verb does that changes an invoice, or its account's credit."""
    with control_transaction():
        for name, value in values.items():
            setattr(invoice.account if name == "credit_amount" else invoice, name, value)
        control_session().flush()
        return enter(invoice.account, invoice)


@given(
    st.sampled_from(EntryKind),
    st.sampled_from(Provider),
    st.integers(-(10**9), 10**9).filter(bool),
    st.integers(0, 100),
)
def test_both_sides_of_every_entry_are_the_same(kind, provider, amount, per_cent):
    tax = amount * per_cent // 100
    sides = postings(kind, provider, amount, tax)
    assert sum(one.amount for one in sides) == 0
    assert sides


def test_each_change_is_entered_once_and_dated(invoice):
    assert say(invoice) == 1
    assert say(invoice) == 0
    say(invoice, paid_amount=4_000, remaining_amount=6_600)
    paid_on = MONTH[0] + timedelta(days=9)
    say(invoice, paid_amount=10_600, remaining_amount=0, state=InvoiceState.PAID, paid_at=paid_on)
    say(invoice, credited_amount=5_300, refunded_amount=5_300)
    say(invoice, credit_amount=900)
    assert sums() == {
        "issued": 10_600, "paid": 10_600, "credited": 5_300, "refunded": 5_300, "advanced": 900,
    }  # fmt: skip
    entries = control_session().scalars(select(BookEntry).order_by(BookEntry.id)).all()
    assert [(one.amount, one.tax_amount) for one in entries] == [
        (10_600, 600), (4_000, 0), (6_600, 0), (5_300, 300), (5_300, 0), (900, 0),
    ]  # fmt: skip
    assert (entries[0].occurred_at, entries[2].occurred_at) == (invoice.issued_at, paid_on)


def test_what_is_made_void_is_taken_back_and_what_is_given_up_is_lost(invoice):
    say(invoice)
    say(invoice, state=InvoiceState.UNCOLLECTIBLE)
    assert sums() == {"issued": 10_600, "lost": 10_600}
    say(invoice, state=InvoiceState.PAID, paid_amount=10_600, remaining_amount=0)
    assert sums() == {"issued": 10_600, "paid": 10_600}
    say(invoice, state=InvoiceState.VOID, paid_amount=0)
    assert sums() == {}


def test_a_month_is_balanced_and_nothing_is_set_off(invoice):
    say(invoice, state=InvoiceState.PAID, paid_amount=10_600, remaining_amount=0,
        paid_at=MONTH[0] + timedelta(days=9))  # fmt: skip
    found = {one.ledger: (one.debit, one.credit) for one in turnovers(*MONTH)}
    assert found == {
        Ledger.RECEIVABLE: (10_600, 10_600),
        Ledger.SALES: (0, 10_000),
        Ledger.TAX: (0, 600),
        Ledger.BANK: (10_600, 0),
    }
    assert turnovers(MONTH[1], MONTH[1] + timedelta(days=31)) == []


def test_what_was_there_before_the_books_is_entered_by_the_clock(invoice):
    invoice.account.credit_amount = 50
    control_session().commit()
    lacked = enter_missing()
    assert lacked >= 2
    assert sums(invoice) == {"issued": 10_600}
    assert enter_missing() == 0


def test_an_entry_is_never_changed(invoice):
    say(invoice)
    control_session().commit()
    for statement in ("UPDATE book_entries SET amount = 1", "DELETE FROM book_entries"):
        with pytest.raises(ProgrammingError, match="permission denied"), control_transaction():
            control_session().execute(text(statement))


def test_what_stripe_says_is_in_the_books(account, buy, price, line):
    account.workspace.trial_ends_at = clock.now() - timedelta(seconds=1)
    control_session().commit()
    buy(price)
    assert live_subscription(account) is not None
    found = control_session().query(Invoice).filter(Invoice.total_amount > 0).one()
    assert sums(found) == {"issued": 29_900, "paid": 29_900}
    take_back(found, Way.REFUND, amount=9_900, reason="x", submission="s", by=audit.SYSTEM)
    line.bring()
    assert sums(found) == {
        "issued": 29_900, "paid": 29_900, "credited": 9_900, "refunded": 9_900,
    }  # fmt: skip
    assert enter_missing() == 0
