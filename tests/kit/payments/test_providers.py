"""Ways in which a workspace's customers pay it: by hand, and through Stripe to its own account."""

import json

import pytest

from kit.errors import Misconfigured
from kit.money import Money
from kit.payments import (
    PROVIDERS,
    Declined,
    Forged,
    PaymentStatus,
    Unclear,
    Way,
    provider_of,
)
from kit.payments.amounts import from_stripe, to_stripe
from tests.infra.stripe_server.receiver import receiving
from tests.kit.payments.conftest import SECRET

BACK = "https://shop.test/orders/1"
SIM = Money(9_900, "CNY")


@pytest.fixture
def shop(stripe_here):
    """A workspace's connected account, as orders reach it."""
    account = stripe_here.client.v1.accounts.create({"country": "HK", "type": "standard"}).id
    return stripe_here, provider_of("stripe", account=account)


def begin(provider, amount=SIM, key="order-1", way=Way.CARD):
    return provider.begin(amount, key=key, way=way, description="SIM 号卡", return_url=BACK)


def finish(stripe_here, provider, payment, **more):
    return stripe_here.knob(f"checkout/{payment.reference}/complete", account=provider.account,
                            email="buyer@example.com", **more)  # fmt: skip


def count(stripe_here, provider):
    options = {"stripe_account": provider.account}
    return len(stripe_here.client.v1.charges.list({}, options).data)


def test_cash_waits_for_people():
    provider = provider_of("offline")
    for way in provider.ways:
        made = begin(provider, way=way)
        assert (made.status, made.amount, made.page) == (PaymentStatus.DUE, SIM, "")
        assert made.reference == begin(provider, way=way).reference
    assert provider.intent(SIM, key="k", method="", description="").status is PaymentStatus.DUE
    assert not provider.refund(made.reference, SIM, key="r").is_done
    assert provider.status(made.reference).status is PaymentStatus.DUE
    with pytest.raises(Forged):
        provider.read_webhook(b"{}", None)
    assert provider.news_of("charge", "ch_1") is None
    with pytest.raises(ValueError, match="by hand"):
        begin(provider, way=Way.CARD)
    with pytest.raises(ValueError, match="more than nothing"):
        begin(provider, Money(0), way=Way.CASH)


def test_providers_are_found_by_name():
    assert set(PROVIDERS) == {"offline", "stripe"}
    with pytest.raises(ValueError, match="no payment provider"):
        provider_of("barter")
    with pytest.raises(Misconfigured):
        provider_of("stripe")


@pytest.mark.parametrize("way", [Way.CARD, Way.ALIPAY, Way.WECHAT_PAY])
def test_a_customer_pays_on_stripes_page(shop, way):
    stripe_here, provider = shop
    made = begin(provider, way=way)
    assert made.status is PaymentStatus.DUE
    assert made.page.startswith("http")
    assert provider.status(made.reference).status is PaymentStatus.DUE
    finish(stripe_here, provider, made, method=way.value, agreed=True)
    paid = provider.status(made.reference)
    assert (paid.status, paid.amount, paid.refunded) == (PaymentStatus.PAID, SIM, Money(0))
    # It is the workspace's money, not the platform's.
    assert stripe_here.client.v1.charges.list().data == []


def test_an_order_is_begun_once_however_often_it_is_asked(shop):
    stripe_here, provider = shop
    one = begin(provider)
    assert begin(provider).reference == one.reference
    assert begin(provider, key="order-2").reference != one.reference
    with pytest.raises(Declined):
        begin(provider, Money(1, "CNY"))
    # A connection that broke changes nothing of that.
    stripe_here.knob("faults", kind="cut", method="POST", times=9)
    with pytest.raises(Unclear):
        begin(provider, key="order-3")
    stripe_here.knob("reset")
    assert begin(provider, key="order-3").reference == begin(provider, key="order-3").reference


@pytest.mark.parametrize("kind", ["500_after", "cut", "down"])
def test_a_charge_that_nobody_confirmed_is_made_once(shop, kind):
    stripe_here, provider = shop
    stripe_here.knob("faults", kind=kind, method="POST", times=3)

    def take():
        return provider.intent(SIM, key="order-9", method="pm_card_visa", description="SIM")

    with pytest.raises(Unclear, match="Nothing is charged twice"):
        take()
    paid = take()
    assert (paid.status, paid.amount) == (PaymentStatus.PAID, SIM)
    assert count(stripe_here, provider) == 1
    assert provider.status(paid.reference) == paid or provider.status(paid.reference).amount == SIM


def test_a_card_that_says_no_is_final(shop):
    stripe_here, provider = shop
    with pytest.raises(Declined, match="too little money"):
        provider.intent(
            SIM, key="k", method="pm_card_chargeDeclinedInsufficientFunds", description=""
        )
    assert count(stripe_here, provider) == 1
    with pytest.raises(Declined):
        provider.intent(
            SIM, key="k", method="pm_card_chargeDeclinedInsufficientFunds", description=""
        )
    assert count(stripe_here, provider) == 1


def test_money_goes_back_once_per_key(shop):
    stripe_here, provider = shop
    made = begin(provider)
    with pytest.raises(Declined, match="nothing to give back"):
        provider.refund(made.reference, Money(900, "CNY"), key="r0")
    finish(stripe_here, provider, made)
    stripe_here.knob("faults", kind="500_after", method="POST", path="/v1/refunds")
    part = Money(900, "CNY")
    one = provider.refund(made.reference, part, key="r1")
    assert provider.refund(made.reference, part, key="r1") == one
    assert one.is_done
    assert provider.status(made.reference).refunded == part
    with pytest.raises(Declined, match="more than what is left"):
        provider.refund(made.reference, Money(9_001, "CNY"), key="r2")
    provider.refund(made.reference, Money(9_000, "CNY"), key="r3")
    with pytest.raises(Declined, match="refunded already"):
        provider.refund(made.reference, part, key="r4")


def test_an_objection_shows(shop):
    stripe_here, provider = shop
    made = begin(provider)
    finish(stripe_here, provider, made, number="4000000000000259")
    assert provider.status(made.reference).is_disputed


def test_a_page_that_nobody_finished_is_cancelled(shop):
    stripe_here, provider = shop
    made = begin(provider)
    stripe_here.client.v1.checkout.sessions.expire(
        made.reference, None, {"stripe_account": provider.account}
    )
    assert provider.status(made.reference).status is PaymentStatus.CANCELLED


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (Money(1_234, "CNY"), 1_234),
        (Money(500, "JPY"), 500),
        (Money(50_000, "KRW"), 500),
        (Money(1_234, "KWD"), 12_340),
    ],
)
def test_amounts_are_right_in_every_currency(ours, theirs):
    assert to_stripe(ours) == theirs
    assert from_stripe(theirs, ours.currency.lower()) == ours


def test_amounts_that_do_not_exist_are_refused():
    with pytest.raises(ValueError, match="that small"):
        to_stripe(Money(50_001, "KRW"))
    with pytest.raises(ValueError, match="that small"):
        from_stripe(12_345, "kwd")


def test_yen_are_charged_as_yen(shop):
    stripe_here, provider = shop
    made = begin(provider, Money(1_500, "JPY"))
    finish(stripe_here, provider, made)
    (charge,) = stripe_here.client.v1.charges.list({}, {"stripe_account": provider.account}).data
    assert (charge.amount, charge.currency) == (1_500, "jpy")
    assert provider.status(made.reference).amount == Money(1_500, "JPY")


def test_a_webhook_names_the_payment_by_what_was_given_out(shop):
    """Paid, given back in part, taken back by the bank, and charged to a card that was left."""
    stripe_here, provider = shop
    options = {"stripe_account": provider.account}
    v1 = stripe_here.client.v1
    with receiving() as application:
        stripe_here.knob("webhooks/endpoint", url=application.url, secret=SECRET, connect=True)
        made = begin(provider)
        finish(stripe_here, provider, made)
        provider.refund(made.reference, Money(500, "CNY"), key="refund-1")
        (charge,) = v1.charges.list({}, options).data
        stripe_here.knob(f"charges/{charge.id}/dispute", account=provider.account)
        direct = provider.intent(SIM, key="order-2", method="pm_card_visa", description="again")
        v1.payment_intents.create({"amount": 100, "currency": "cny"}, options)
        stripe_here.knob("webhooks/settle")
    named = {}
    for payload, signature in application.got:
        kind = json.loads(payload)["type"]
        news = provider.read_webhook(payload, signature)
        named.setdefault(kind, set()).add(news and (news.key, news.reference))
    ordered, again = ("order-1", made.reference), ("order-2", direct.reference)
    for kind in ("checkout.session.completed", "charge.refunded", "charge.dispute.created"):
        assert named[kind] == {ordered}, kind
    assert named["refund.created"] == {ordered}
    assert named["payment_intent.succeeded"] == named["charge.succeeded"] == {ordered, again}
    # What the shop charges by itself is not ours.
    assert None in named["payment_intent.created"]
    assert provider.status(made.reference).is_disputed
    other = provider_of("stripe", account="acct_other")
    assert {other.read_webhook(*each) for each in application.got} == {None}
    assert provider.news_of("charge", "ch_of_nobody") is None
    assert provider.news_of("payout", "po_1") is None
    with pytest.raises(Forged):
        provider.read_webhook(application.got[0][0], "t=1,v1=0")
