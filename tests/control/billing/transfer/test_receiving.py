"""Money that comes: in part, too much, twice, in another currency, late, for what is no more."""

import random

import pytest

from control.billing.accounts import live_subscription, review
from control.billing.models import BankTransfer, Invoice, InvoiceState
from control.billing.transfer import buying, drawing
from control.billing.transfer.receiving import pay_back, receive
from control.workspaces.models import WorkspaceState
from control.workspaces.services import bury, suspend_workspace
from kit import audit, clock
from kit.db import control_session, control_transaction
from kit.errors import Refused
from tests.control.billing.transfer.conftest import check_sums, invoices, later, movement, pay


def test_an_order_is_an_invoice_and_begins_when_it_is_paid(order, account, price, held):
    invoice = order(extra_seats=2)
    assert invoice.number.startswith(f"ST-{clock.today().year}-")
    assert (invoice.total_amount, invoice.state) == (33_900, "open")
    assert [line["amount"] for line in invoice.lines] == [29_900, 4_000]
    assert live_subscription(account) is None
    # Nothing of it is owed: until it is paid the end of the trial decides.
    assert account.standing == WorkspaceState.PAST_DUE
    later(2)
    pay(invoice)
    bought = live_subscription(account)
    assert (invoice.state, account.standing) == ("paid", WorkspaceState.ACTIVE)
    assert (bought.period_began_at, bought.extra_seats) == (clock.now(), 2)
    assert account.provider == "transfer"
    assert account.plan_version_id == price.plan_version_id


def test_paid_during_the_trial_it_begins_after_it(account, terms, price, held):
    ends = account.workspace.trial_ends_at
    invoice = buying.order(account, price, extra_seats=0, moment=clock.now(), by=audit.SYSTEM)
    assert invoice.due_at >= ends
    pay(invoice)
    assert live_subscription(account).period_began_at == ends


def test_a_part_leaves_it_open_and_the_rest_closes_it(order, account):
    invoice = order()
    pay(invoice, 10_000)
    assert (invoice.state, invoice.remaining_amount) == (InvoiceState.OPEN, 19_900)
    assert live_subscription(account) is None
    pay(invoice)
    assert (invoice.state, account.credit_amount) == (InvoiceState.PAID, 0)


def test_too_much_is_credit_that_the_next_invoice_uses(bought, account, larger):
    pay(invoices(account)[0], 500)
    assert account.credit_amount == 500
    upgrade = buying.change(account, larger, extra_seats=0, moment=clock.now(), by=audit.SYSTEM)
    check_sums(account)
    assert (upgrade.total_amount, upgrade.remaining_amount) == (30_000, 29_500)
    assert account.credit_amount == 0


def test_the_same_click_or_reference_books_nothing_twice(order, account, rival):
    invoice = order()
    first = movement(invoice, 10_000, bank_reference="cmb 4711")
    receive(invoice, first, by=audit.SYSTEM)
    receive(invoice, first, by=audit.SYSTEM)
    again = movement(invoice, 10_000, bank_reference="CMB4711")
    with pytest.raises(Refused, match="booked on") as refusal:
        receive(invoice, again, by=audit.SYSTEM)
    assert refusal.value.field == "bank_reference"
    other = movement(invoice, 20_000, submission=first.submission)
    with pytest.raises(Refused, match="sent already"):
        receive(invoice, other, by=audit.SYSTEM)
    assert control_session().query(BankTransfer).count() == 1
    check_sums(account)
    assert invoice.paid_amount == 10_000


def test_another_currency_is_refused_with_what_to_do(order, account):
    invoice = order()
    with pytest.raises(Refused, match="send the money back") as refusal:
        receive(invoice, movement(invoice, currency="USD"), by=audit.SYSTEM)
    assert refusal.value.field == "currency"
    assert control_session().query(BankTransfer).count() == 0


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("amount", {"amount": 0}),
        ("amount", {"amount": -5}),
        ("bank_reference", {"bank_reference": " 1 "}),
        ("bank_reference", {"bank_reference": "x" * 61}),
    ],
)
def test_what_cannot_be_a_movement_names_its_field(order, field, values):
    invoice = order()
    with pytest.raises(Refused) as refusal:
        receive(invoice, movement(invoice, **values), by=audit.SYSTEM)
    assert refusal.value.field == field


def test_for_a_void_invoice_it_is_credit_to_be_paid_back(order, account):
    invoice = order()
    pay(invoice, 9_000)
    drawing.void(invoice, reason="wrong", by=audit.SYSTEM)
    check_sums(account)
    assert account.credit_amount == 9_000
    pay(invoice, 20_900)
    assert (invoice.state, account.credit_amount) == ("void", 29_900)
    with pytest.raises(Refused) as refusal:
        pay_back(account, movement(invoice, 29_901), reason="x", by=audit.SYSTEM)
    assert refusal.value.field == "amount"
    back = movement(invoice, 29_900)
    for _each in range(2):
        pay_back(account, back, reason="Nothing is bought", by=audit.SYSTEM)
    check_sums(account)
    assert account.credit_amount == 0


def test_for_a_closed_workspace_it_is_credit(order, account):
    invoice = order()
    with control_transaction():
        workspace = account.workspace
        workspace.state = WorkspaceState.CLOSING
        bury(workspace)
    pay(invoice)
    assert (account.workspace.state, invoice.paid_amount) == (WorkspaceState.CLOSED, 0)
    assert account.credit_amount == invoice.total_amount


def test_who_was_shut_out_for_not_paying_is_back_at_once(order, account, held):
    invoice = order()
    later(9.9)
    account.workspace.trial_ends_at = clock.now().replace(year=clock.now().year - 1)
    control_session().commit()
    review(account)
    assert account.workspace.state == WorkspaceState.SUSPENDED
    pay(invoice)
    assert account.workspace.state == WorkspaceState.ACTIVE


def test_whom_an_operator_shut_out_stays_out(order, account):
    invoice = order()
    suspend_workspace(account.workspace, reason="abuse", by=audit.SYSTEM)
    pay(invoice)
    assert account.workspace.state == WorkspaceState.SUSPENDED
    assert account.workspace.suspended_from == WorkspaceState.ACTIVE


@pytest.mark.parametrize("seed", range(4))
def test_whatever_comes_in_whatever_order_no_fen_is_lost(order, account, held, seed):
    """Orders, parts, too much, void ones and money paid back, dealt by chance."""
    dice = random.Random(seed)
    received = returned = 0
    for _each in range(12):
        offers = [one for one in invoices(account) if one.state == "open"]
        if not offers and live_subscription(account) is None:
            offers = [order(extra_seats=dice.randrange(3))]
        chosen = dice.choice(invoices(account))
        deed = dice.random()
        if deed < 0.6:
            amount = dice.choice([1, 777, 29_900, 40_000])
            pay(chosen, amount)
            received += amount
        elif deed < 0.8 and account.credit_amount:
            amount = dice.randint(1, account.credit_amount)
            pay_back(account, movement(chosen, amount), reason="x", by=audit.SYSTEM)
            returned += amount
        elif chosen.state == "open":
            drawing.void(chosen, reason="x", by=audit.SYSTEM)
    check_sums(account)
    paid = sum(
        one.paid_amount
        for one in control_session()
        .query(Invoice)
        .filter_by(account_id=account.id, provider="transfer")
    )
    assert received - returned == paid + account.credit_amount
