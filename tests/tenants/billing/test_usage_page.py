"""Usage and charges as the owner, a colleague with fewer rights and another workspace see them."""

import pytest

from control.billing.limits import Counted, Limit, write_limits
from control.billing.models import Subscription
from kit import clock
from kit.db import control_session, session, workspace_scope
from tenants.accounts import counters
from tests.factories import accounts as accounts_of
from tests.factories.billing import limit, make_charge
from tests.factories.channels import make_channel, make_person, portal
from tests.factories.orders import new_order

PAGE = "/settings/billing/usage/"
PAST = PAGE + "charges"


@pytest.fixture
def owner(client, acme):
    with workspace_scope(acme):
        return accounts_of.signed_in(client, accounts_of.owner())


@pytest.fixture
def used(acme, account, price):
    """A plan that is paid for long, and orders beyond what it includes."""
    price.plan_version.limits = write_limits(
        {
            Counted.ORDERS: Limit(2, is_hard=False, per=10, amounts={"CNY": 990}),
            Counted.STORAGE: Limit(2_048),
            Counted.SEATS: Limit(5, is_hard=False),
        }
    )
    account.plan_version_id = price.plan_version_id
    make_subscription(account)
    with workspace_scope(acme):
        counters.add(Counted.ORDERS, 14, period=counters.month_of(clock.now()))
        session().commit()
    return account


def make_subscription(account):
    long_ago = clock.now().replace(year=2026, month=1, day=1)
    control_session().add(
        Subscription(
            account_id=account.id,
            provider="transfer",
            state="active",
            plan_version_id=account.plan_version_id,
            interval="month",
            currency="CNY",
            started_at=long_ago,
        )
    )
    control_session().commit()


def test_the_page_says_what_is_used_what_it_costs_and_why(owner, used):
    page = owner.get(PAGE).text
    assert "14" in page
    assert "¥19.80" in page
    assert "¥9.90" in page
    assert "2 GB" in page
    assert PAGE in owner.get("/settings/billing/").text


def test_past_charges_are_listed_and_exported(owner, account):
    charge = make_charge(account)
    assert PAST in owner.get(PAGE).text
    assert "¥19.80" in owner.get(PAST).text
    assert f"{charge.month:%Y-%m}" in owner.get(PAST).text
    assert "¥19.80" not in owner.get(PAST + "?state=waived").text
    assert "¥19.80" not in owner.get(PAST + "?counted=seats").text
    sheet = owner.get(PAST + "?export=xlsx")
    assert sheet.status_code in {200, 302, 303}


def test_in_the_trial_it_says_that_nothing_is_charged(owner, account):
    assert "不收费" in owner.get(PAGE).text


def test_a_colleague_with_the_right_looks_and_one_without_does_not(client, acme, used):
    with workspace_scope(acme):
        finance = accounts_of.make_user(roles=[accounts_of.make_role(permissions=["billing:view"])])
        clerk = accounts_of.make_user(roles=[accounts_of.make_role(permissions=["order:view"])])
        colleague, other = (accounts_of.signed_in(client, one) for one in (finance, clerk))
    assert colleague.get(PAGE).status_code == 200
    assert colleague.get(PAST).status_code == 200
    assert {other.get(path).status_code for path in (PAGE, PAST)} == {403}
    assert PAGE not in other.get("/home/").text


def test_another_workspace_sees_none_of_it(client, account, rival):
    make_charge(account)
    with workspace_scope(rival):
        other = accounts_of.signed_in(client, accounts_of.owner())
    assert "¥19.80" not in other.get(PAST).text


def test_the_home_page_warns_whom_it_concerns(owner, acme, client):
    with workspace_scope(acme):
        limit(acme, orders_month=Limit(10))
        month = counters.month_of(clock.now())
        counters.add(Counted.ORDERS, 7, period=month)
        session().commit()
        assert PAGE not in owner.get("/home/").text
        counters.add(Counted.ORDERS, 1, period=month)
        session().commit()
        assert PAGE in owner.get("/home/").text
        counters.add(Counted.ORDERS, 2, period=month)
        session().commit()
    assert "10 / 10" in owner.get("/home/").text


def test_a_customer_of_the_portal_is_turned_away_with_what_he_typed(client, acme):
    with workspace_scope(acme):
        product = new_order().lines[0].product
        person = make_person(make_channel())
        session().commit()
        limit(acme, orders_month=Limit(0))
        browser = portal(client, person)
        path = f"/portal/take/{product.public_id}"
    answer = browser.submit(
        path,
        {
            "customer_name": "王小明",
            "customer_phone": "13700137009",
            "delivery_mode": product.delivery_modes[0],
            "recipient_address": "人民路 1 号",
        },
    )
    assert answer.status_code == 422
    assert "王小明" in answer.text
    assert "套餐" not in answer.text


@pytest.mark.parametrize("query", ["state=nothing", "counted=nothing", "after=x", "sort=-amount"])
def test_senseless_addresses_break_nothing(owner, account, query):
    make_charge(account)
    assert owner.get(f"{PAST}?{query}").status_code in {200, 422}
