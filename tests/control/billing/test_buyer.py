"""Who stands on invoices and how much of them is tax, here and at Stripe."""

from datetime import timedelta

import pytest

from control.billing.accounts import live_subscription
from control.billing.buyers import Named, details_of, name_buyer
from control.billing.models import Invoice, TaxIdKind
from control.billing.online.customers import ensure_customer, tell_buyer
from control.billing.online.taxes import ensure_rate, rates_now, set_rate
from kit import audit, clock
from kit.db import control_session
from kit.errors import Refused, Stale
from tests.factories.trust import CREDIT_CODE

COMPANY = {
    "name": "深圳山海通信有限公司",
    "country": "CN",
    "state": "广东",
    "city": "深圳",
    "postal_code": "518000",
    "address": "科技园一路一号",
    "tax_kind": TaxIdKind.CN_TIN,
    "tax_id": CREDIT_CODE,
}


def name(account, *, email="", **changes):
    found = details_of(account)
    version = found.version if found else 1
    name_buyer(account, Named(**COMPANY | changes), email=email, version=version, by=audit.SYSTEM)


def at_stripe(line, account):
    v1 = line.stripe.client.v1
    customer = v1.customers.retrieve(account.stripe_customer_id, {"expand": ["tax_ids"]})
    return customer, [(one.type, one.value) for one in customer.tax_ids.data]


@pytest.fixture
def trial_is_over(account):
    account.workspace.trial_ends_at = clock.now() - timedelta(seconds=1)
    control_session().commit()


def test_stripe_learns_of_it_once_and_of_each_change(account, line, work):
    name(account, email="cw@example.com")
    work()
    assert details_of(account).told_version == 0
    ensure_customer(account)
    tell_buyer(account)
    customer, numbers = at_stripe(line, account)
    assert (customer.name, customer.email) == (COMPANY["name"], "cw@example.com")
    assert (customer.address.line1, customer.address.city) == ("科技园一路一号", "深圳")
    assert numbers == [("cn_tin", CREDIT_CODE)]
    # An empty address keeps the one that is there; another number replaces the first.
    name(account, email="cw@example.com", address="", tax_kind=TaxIdKind.HK_BR, tax_id="22334455")
    work()
    name(account, email="cw@example.com", address="", tax_kind=TaxIdKind.HK_BR, tax_id="22334455")
    assert work() == []
    customer, numbers = at_stripe(line, account)
    assert (customer.address.line1, numbers) == ("科技园一路一号", [("hk_br", "22334455")])
    name(account, address="", tax_kind=TaxIdKind.NONE)
    work()
    assert at_stripe(line, account)[1] == []
    control_session().expire_all()
    found = details_of(account)
    assert (found.told_version, found.problem) == (found.version, "")


def test_a_call_that_got_no_answer_is_told_again_and_makes_one_number(account, line, work):
    ensure_customer(account)
    name(account)
    line.stripe.knob("faults", kind="500_after", times=1, path="/v1/customers")
    work()
    tell_buyer(account)
    assert at_stripe(line, account)[1] == [("cn_tin", CREDIT_CODE)]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": "x"}, "name"),
        ({"country": "XX"}, "country"),
        ({"tax_id": "91440300MA5FMX2P1J"}, "tax_id"),
        ({"tax_id": ""}, "tax_id"),
        ({"tax_kind": TaxIdKind.EU_VAT, "tax_id": "DE 1!"}, "tax_id"),
        ({"email": "nobody"}, "email"),
    ],
)
def test_nonsense_names_its_field(account, changes, field):
    with pytest.raises(Refused) as refused:
        name(account, **changes)
    assert refused.value.field == field
    assert details_of(account) is None


def test_a_stale_page_changes_nothing(account):
    name(account)
    with pytest.raises(Stale):
        name_buyer(account, Named(**COMPANY), email="", version=1, by=audit.SYSTEM)


@pytest.mark.usefixtures("trial_is_over")
def test_an_invoice_says_who_and_how_much_of_it_is_tax(account, buy, price, line):
    name(account)
    set_rate("CNY", points=600, name="增值税 VAT", by=audit.SYSTEM)
    buy(price)
    paid = control_session().query(Invoice).one()
    # 299.00 includes 6 %: 299.00 × 6 / 106.
    assert (paid.total_amount, paid.tax_amount) == (29_900, 1_692)
    printed = line.stripe.client.v1.invoices.retrieve(paid.stripe_id)
    assert printed.customer_name == COMPANY["name"]
    assert [one.value for one in printed.customer_tax_ids] == [CREDIT_CODE]


@pytest.mark.usefixtures("trial_is_over")
def test_another_rate_holds_from_the_next_invoice_and_none_for_none(
    account, buy, price, line, work
):
    buy(price)
    set_rate("CNY", points=600, name="VAT", by=audit.SYSTEM)
    set_rate("CNY", points=600, name="VAT", by=audit.SYSTEM)
    work()
    rate = ensure_rate("CNY")
    assert rates_now()["CNY"].stripe_id == rate
    assert len(line.stripe.client.v1.tax_rates.list().data) == 1
    line.pass_days(31.1)
    line.bring()
    control_session().expire_all()
    amounts = [one.tax_amount for one in control_session().query(Invoice).order_by(Invoice.id)]
    assert sorted(amounts) == [0, 1_692]
    set_rate("CNY", points=None, name="", by=audit.SYSTEM)
    work()
    stripe_id = live_subscription(account).stripe_id
    found = line.stripe.client.v1.subscriptions.retrieve(stripe_id)
    assert not found.default_tax_rates
    assert ensure_rate("CNY") is None


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"points": 0, "name": "VAT"}, "points"),
        ({"points": 5_001, "name": "VAT"}, "points"),
        ({"points": 600, "name": ""}, "name"),
    ],
)
def test_a_rate_that_cannot_be_is_refused(db, values, field):
    with pytest.raises(Refused) as refused:
        set_rate("CNY", by=audit.SYSTEM, **values)
    assert refused.value.field == field
    with pytest.raises(Refused):
        set_rate("XXX", points=600, name="VAT", by=audit.SYSTEM)
    assert rates_now() == {}
