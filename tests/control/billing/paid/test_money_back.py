"""Invoices taken back in the console: refunded, credited, void; each click once."""

import pytest

from control.billing.models import Invoice
from control.billing.online.money_back import Possible, Way, possible, take_back
from kit import audit
from kit.db import control_session
from kit.errors import Refused
from tests.factories.control import PASSWORD


@pytest.fixture
def invoice(line) -> Invoice:
    """What was paid for the first month: 299.00."""
    return control_session().query(Invoice).filter(Invoice.total_amount > 0).one()


# Whoever asks for it logs in after it: a log-in ends long before the month.
@pytest.fixture
def unpaid(invoice, account, line) -> Invoice:
    """What could not be charged for the second month."""
    client, customer = line.stripe.client.v1, account.stripe_customer_id
    method = client.payment_methods.attach("pm_card_chargeCustomerFail", {"customer": customer})
    subscription = client.subscriptions.list({"customer": customer}).data[0]
    client.subscriptions.update(subscription.id, {"default_payment_method": method.id})
    line.pass_days(31.2)
    line.bring()
    control_session().expire_all()
    return control_session().query(Invoice).filter_by(state="open").one()


def path(invoice, way="") -> str:
    return f"/console/billing/invoices/{invoice.public_id}" + (f"/{way}" if way else "")


def ask(console, invoice, way, typed):
    return console.submit(path(invoice, way), {"own": PASSWORD, **typed})


@pytest.mark.parametrize("own", ["", "not my password"])
def test_without_the_own_password_nothing_goes_back(console, invoice, line, own):
    typed = {"amount": "100", "reason": "x", "own": own}
    refused = ask(console, invoice, "refund", typed)
    assert refused.status_code == 422
    assert 'id="own-error"' in refused.text
    line.bring()
    control_session().expire_all()
    assert invoice.refunded_amount == 0


def test_a_part_is_refunded_then_the_rest_and_no_more(console, invoice, line, logged):
    assert "299.00" in console.get(path(invoice)).text
    sent = {"amount": "100", "reason": "两天不能用"}
    assert ask(console, invoice, "refund", sent).status_code == 303
    control_session().expire_all()
    assert (invoice.refunded_amount, invoice.credited_amount) == (10_000, 10_000)
    line.bring()
    refused = ask(console, invoice, "refund", sent | {"amount": "199.01"})
    assert refused.status_code == 422
    assert 'id="amount-error"' in refused.text
    ask(console, invoice, "refund", sent | {"amount": "199"})
    control_session().expire_all()
    assert invoice.refunded_amount == 29_900
    assert possible(invoice) == Possible(0, 0, is_voidable=False)
    assert logged(invoice.account).count("billing:money_back") == 2
    assert console.get(path(invoice, "refund")).status_code == 303


def test_the_same_click_twice_is_one_refund(invoice, line, logged):
    for _each in range(3):
        take_back(invoice, Way.REFUND, amount=29_900, reason="x", submission="one", by=audit.SYSTEM)
    control_session().expire_all()
    assert invoice.refunded_amount == 29_900
    assert len(line.stripe.client.v1.refunds.list().data) == 1
    events = logged(invoice.account)
    assert (events.count("billing:money_back_asked"), events.count("billing:money_back")) == (1, 1)


def test_a_paid_invoice_is_credited_without_money(console, invoice):
    sent = {"amount": "50.00", "reason": "Goodwill"}
    assert ask(console, invoice, "credit", sent).status_code == 303
    control_session().expire_all()
    assert (invoice.refunded_amount, invoice.credited_amount) == (0, 5_000)


def test_an_unpaid_one_is_lowered_by_a_credit_note(unpaid, console):
    sent = {"amount": "99.00", "reason": "Late"}
    assert ask(console, unpaid, "credit", sent).status_code == 303
    control_session().expire_all()
    assert (unpaid.remaining_amount, unpaid.state) == (20_000, "open")


def test_an_unpaid_one_is_made_void_and_nothing_is_owed(unpaid, console, account, logged):
    assert account.standing == "past_due"
    assert ask(console, unpaid, "void", {"reason": "Never used"}).status_code == 303
    control_session().expire_all()
    assert unpaid.state == "void"
    assert account.standing == "active"
    assert not possible(unpaid).is_voidable
    assert "billing:money_back" in logged(account)


def test_a_paid_one_is_not_void_and_a_reason_is_asked(console, invoice):
    with pytest.raises(Refused):
        take_back(invoice, Way.VOID, amount=0, reason="x", submission="a", by=audit.SYSTEM)
    refused = ask(console, invoice, "refund", {"amount": "1", "reason": ""})
    assert 'id="reason-error"' in refused.text
    assert console.get(path(invoice, "steal")).status_code == 404
    control_session().expire_all()
    assert invoice.refunded_amount == 0


def test_what_is_paid_by_transfer_is_not_taken_back_at_stripe(console, account):
    invoice = Invoice(
        account_id=account.id,
        provider="transfer",
        state="paid",
        currency="CNY",
        total_amount=100,
        paid_amount=100,
        remaining_amount=0,
        number="T-1",
        lines=[],
    )
    control_session().add(invoice)
    control_session().commit()
    assert f"{path(invoice)}/refund" not in console.get(path(invoice)).text
    assert "T-1" in console.get("/console/billing/invoices?provider=transfer&q=T-1&state=paid").text
