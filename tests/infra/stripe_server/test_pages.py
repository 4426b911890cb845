"""The hosted pages, pressed as people press them: plain forms, in Chinese and in English."""

import http.client
from html.parser import HTMLParser
from urllib.parse import urlencode, urlsplit

import html5lib
import pytest

RETURN = "https://shop.test"


class Form(HTMLParser):
    """The hidden fields of a page's forms, and its alerts."""

    def __init__(self) -> None:
        super().__init__()
        self.token = ""

    def handle_starttag(self, tag, attrs):
        known = dict(attrs)
        if tag == "input" and known.get("name") == "csrf_token":
            self.token = known["value"]


class Page:
    """A page as a browser without script sees it; each is checked when it is fetched."""

    def __init__(self, url, language="en"):
        self.url, self.language = url, language
        self.status, self.text, self.location = 0, "", ""

    def _call(self, method, body=None):
        parts = urlsplit(self.url)
        line = http.client.HTTPConnection(parts.hostname, parts.port, timeout=10)
        headers = {"Accept-Language": self.language}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        line.request(method, target, body, headers)
        answer = line.getresponse()
        self.status, self.raw = answer.status, answer.read()
        self.location = answer.headers.get("Location", "")
        self.kind = answer.headers.get("Content-Type", "")
        line.close()
        if self.kind.startswith("text/html") and self.status == 200:
            self.text = self.raw.decode()
            check(self.text)
        return self

    def get(self):
        return self._call("GET")

    def press(self, **fields):
        form = Form()
        form.feed(self.get().text)
        return self._call("POST", urlencode({"csrf_token": form.token} | fields))


def check(text):
    """The page is valid, has one heading, labels for its fields, and no script."""
    parser = html5lib.HTMLParser(strict=False, namespaceHTMLElements=False)
    document = parser.parse(text)
    assert not parser.errors, parser.errors
    assert len(document.findall(".//h1")) == 1
    assert not document.findall(".//script")
    assert document.find("head/title").text
    labelled = {each.get("for") for each in document.findall(".//label")}
    inside = [field for label in document.findall(".//label") for field in label]
    for kind in ("input", "select"):
        for field in document.findall(f".//{kind}"):
            assert field.get("type") == "hidden" or field in inside or field.get("id") in labelled
    ids = [each.get("id") for each in document.iter() if each.get("id")]
    assert len(ids) == len(set(ids))


@pytest.fixture
def subscribed(at_stripe):
    """A Checkout page for a subscription at 199.00 with a promotion code."""
    if at_stripe.account is None:
        pytest.skip("Stripe's own pages are for browsers")
    customer, price = at_stripe.customer(""), at_stripe.price(19_900, currency="cny")
    coupon = at_stripe.v1.coupons.create({"percent_off": 50, "duration": "once"})
    at_stripe.v1.promotion_codes.create(
        {"promotion": {"type": "coupon", "coupon": coupon.id}, "code": "HALF"}
    )

    def opened(**more):
        given = {"mode": "subscription", "customer": customer, "allow_promotion_codes": True,
                 "line_items": [{"price": price, "quantity": 1}],
                 "success_url": RETURN + "/ok?s={CHECKOUT_SESSION_ID}",
                 "cancel_url": RETURN + "/no"}  # fmt: skip
        made = at_stripe.v1.checkout.sessions.create(given | more)
        return made, Page(made.url)

    return at_stripe, customer, price, opened


def test_somebody_checks_out(subscribed):
    at_stripe, customer, _price, opened = subscribed
    made, page = opened(locale="zh")
    assert "结账" in page.get().text
    assert "优惠码无效" in page.press(deed="code", promotion_code="none").text
    assert "99.50 CNY" in page.press(deed="code", promotion_code="half").text
    said = page.press(deed="pay", number="4000 0000 0000 9995").text
    assert "余额不足" in said
    # What was typed is still there.
    assert "4000 0000 0000 9995" in said
    done = page.press(deed="pay", number="4242 4242 4242 4242")
    assert (done.status, done.location) == (303, f"{RETURN}/ok?s={made.id}")
    (sub,) = at_stripe.v1.subscriptions.list({"customer": customer}).data
    assert sub.status == "active"
    # Going back to the page pays nothing twice.
    assert f"{RETURN}/ok" in page.get().text


def test_the_bank_asks_on_a_page_of_its_own(subscribed):
    _at_stripe, _customer, _price, opened = subscribed
    _made, page = opened()
    asked = page.press(deed="pay", number="4000002760003184")
    assert "It is me" in asked.text
    assert "nothing has been charged" in page.press(deed="disagree").text
    assert page.press(deed="agree", number="4000002760003184").status == 303


def test_a_trial_without_a_card_is_one_press(subscribed):
    at_stripe, customer, _price, opened = subscribed
    _made, page = opened(subscription_data={"trial_period_days": 14},
                         payment_method_collection="if_required")  # fmt: skip
    assert "Card number" not in page.get().text
    assert page.press(deed="pay").status == 303
    assert at_stripe.v1.subscriptions.list({"customer": customer}).data[0].status == "trialing"


def test_a_session_that_is_over_says_so(subscribed):
    at_stripe, _customer, _price, opened = subscribed
    made, page = opened()
    at_stripe.v1.checkout.sessions.expire(made.id)
    assert "expired" in page.get().text


def test_somebody_looks_after_their_subscription(subscribed):
    at_stripe, customer, price, _opened = subscribed
    at_stripe.use_card(customer, "pm_card_visa")
    at_stripe.subscribe(customer, price)
    dearer = at_stripe.v1.prices.create({
        "product": at_stripe.v1.prices.retrieve(price).product, "currency": "cny",
        "unit_amount": 39_900, "recurring": {"interval": "month"},
    })  # fmt: skip
    configuration = at_stripe.v1.billing_portal.configurations.create({"features": {
        "invoice_history": {"enabled": True}, "payment_method_update": {"enabled": True},
        "subscription_cancel": {"enabled": True, "mode": "at_period_end"},
        "subscription_update": {
            "enabled": True, "default_allowed_updates": ["price"],
            "proration_behavior": "always_invoice",
            "products": [{"product": dearer.product, "prices": [price, dearer.id]}],
        },
    }})  # fmt: skip
    session = at_stripe.v1.billing_portal.sessions.create({
        "customer": customer, "configuration": configuration.id, "return_url": RETURN,
        "locale": "zh",
    })  # fmt: skip
    page = Page(session.url)
    assert "客户中心" in page.get().text

    def sub():
        return at_stripe.v1.subscriptions.list({"customer": customer}).data[0]

    known = sub().id
    page.press(deed="cancel", subscription=known)
    assert sub().cancel_at_period_end
    page.press(deed="renew", subscription=known)
    assert not sub().cancel_at_period_end
    page.press(deed="change", subscription=known, price=dearer.id)
    assert sub()["items"].data[0].price.id == dearer.id
    page.press(deed="card", number="5555555555554444")
    assert "4444" in page.get().text
    assert "卡号不正确" in page.press(deed="card", number="1234").text
    # What the configuration does not offer is not done.
    assert "此处不允许" in page.press(deed="change", subscription=known, price="price_1").text


def test_a_flow_leads_to_one_part_and_back(subscribed):
    at_stripe, customer, price, _opened = subscribed
    at_stripe.use_card(customer, "pm_card_chargeCustomerFail")
    given = {"customer": customer, "locale": "en"}
    whole = Page(at_stripe.v1.billing_portal.sessions.create(given).url)
    assert whole.press(deed="details", email="nobody").text.count("Enter an e-mail address") == 1
    whole.press(deed="details", name="Acme", tax_id="91310000MA1FL00000")
    buyer = at_stripe.v1.customers.retrieve(customer, {"expand": ["tax_ids"]})
    assert (buyer.name, [each.value for each in buyer.tax_ids.data]) == (
        "Acme", ["91310000MA1FL00000"],
    )  # fmt: skip
    session = at_stripe.v1.billing_portal.sessions.create(given | {"flow_data": {
        "type": "payment_method_update",
        "after_completion": {"type": "redirect", "redirect": {"return_url": RETURN}},
    }})  # fmt: skip
    page = Page(session.url)
    assert "Invoices" not in page.get().text
    assert page.press(deed="card", number="4242424242424242").location == RETURN
    assert at_stripe.subscribe(customer, price).status == "active"


def test_a_stranger_sees_nothing(subscribed, stripe_url):
    at_stripe, customer, _price, opened = subscribed
    made, page = opened()
    assert Page(page.url[:-5]).get().status == 404
    assert Page(f"{stripe_url}/p/session/acct_1/ps_1").get().status == 404
    assert (
        page._call("POST", urlencode({"deed": "pay", "number": "4242424242424242"})).status == 400
    )
    assert at_stripe.v1.checkout.sessions.retrieve(made.id).status == "open"
    assert at_stripe.v1.subscriptions.list({"customer": customer}).data == []


def test_an_invoice_is_paid_on_its_page(subscribed):
    at_stripe, customer, price, _opened = subscribed
    at_stripe.use_card(customer, "pm_card_chargeCustomerFail")
    invoice = at_stripe.subscribe(customer, price).latest_invoice
    page = Page(invoice.hosted_invoice_url)
    assert "199.00 CNY" in page.get().text
    assert "declined" in page.press(number="4000000000000341").text
    asked = page.press(number="4000002760003184")
    bank = Page(asked.location)
    assert bank.press(deed="agree").location == invoice.hosted_invoice_url
    assert at_stripe.v1.invoices.retrieve(invoice.id).status == "paid"
    pdf = Page(invoice.invoice_pdf).get()
    assert (pdf.kind, pdf.raw[:4]) == ("application/pdf", b"%PDF")
    assert "Nothing is open" in bank.get().text


def test_a_developer_moves_time_and_breaks_things(subscribed, stripe_url):
    at_stripe, customer, price, _opened = subscribed
    at_stripe.use_card(customer, "pm_card_visa")
    at_stripe.subscribe(customer, price)
    account = at_stripe.v1.accounts.retrieve_current().id
    assert account in Page(f"{stripe_url}/").get().text
    page = Page(f"{stripe_url}/dev/{account}", "zh-CN")
    assert "customer.subscription.created" in page.get().text
    page.press(deed="advance", days="32")
    assert len(at_stripe.v1.invoices.list({"customer": customer, "status": "paid"}).data) == 2
    page.press(deed="fault", kind="429", times="1")
    assert "429" in page.get().text
    page.press(deed="webhooks", duplicate="2", delay="0", reorder="0", drop="0")
    assert 'value="2"' in page.get().text
    assert "no number" in page.press(deed="advance", days="many").text
