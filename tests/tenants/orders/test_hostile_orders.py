"""What people paste into the forms of orders: quotes, markup, emoji, and what nobody can see."""

from html import unescape

import pytest
from sqlalchemy import func, select

from kit.db import session
from tenants.accounts.dictionary import Carrier
from tenants.orders.models import Order
from tests.factories.accounts import owner, signed_in
from tests.factories.catalogue import make_product
from tests.factories.channels import again
from tests.factories.customers import resident_id
from tests.factories.orders import make_order

TEXTS = ("customer_name", "recipient_name", "province", "city", "district", "recipient_address")
ONE_LINE = (
    *TEXTS,
    "document",
    "lines-0-msisdn",
    "lines-0-iccid",
    "recipient_phone",
    "customer_phone",
)
HARMLESS = (
    'O\'Brien "x"',
    "<script>alert(1)</script>",
    "{{ 7 * 7 }} %(name)s %s",
    "Robert');DROP/**/TABLE/**/orders;--",
    "👨‍👩‍👧 😀",
    "𠮷野家 · Ünïcödé",
)
UNSEEN = {"NUL": "王\x00明", "override": "王\u202e明", "isolate": "王\u2066明", "bell": "王\x07明"}
EDITED = ("recipient_name", "province", "city", "district", "recipient_address", "remark")


@pytest.fixture
def office(client, in_acme):
    return signed_in(client, owner())


@pytest.fixture
def filled(in_acme):
    product = make_product(carrier=Carrier.MOBILE)
    return {
        "customer_kind": "person",
        "customer_name": "周小满",
        "customer_phone": "13700137001",
        "document_kind": "resident_id",
        "document": resident_id(),
        "lines-0-product": product.public_id,
        "lines-0-quantity": "1",
        "delivery_mode": product.delivery_modes[0],
    }


def _count():
    return session().scalar(select(func.count()).select_from(Order))


@pytest.mark.parametrize("text", HARMLESS)
def test_harmless_text_is_kept_and_shown_as_it_is(office, filled, text):
    kept = dict.fromkeys((*TEXTS, "remark"), text)
    answer = office.submit("/orders/new", filled | {"remark": text, "recipient_name": text})
    assert answer.status_code == 303
    order = session().scalars(select(Order)).one()
    assert (order.recipient_name, order.remark) == (text, text)
    path = answer.location
    page = office.get(path).text
    assert "<script>alert(1)" not in page
    assert text in unescape(page)
    assert office.get(f"{path}/edit").status_code == 200
    assert "<script>alert(1)" not in office.get("/orders/").text
    typed = {
        **{name: kept[name] for name in EDITED},
        "recipient_phone": "13700137001",
        "delivery_mode": filled["delivery_mode"],
    }
    assert office.submit(f"{path}/edit", typed).status_code == 303
    assert again(order).recipient_address == text
    assert "<script>alert(1)" not in office.get(path).text


@pytest.mark.parametrize("name", [*ONE_LINE, "remark"])
@pytest.mark.parametrize("kind", UNSEEN)
def test_what_cannot_be_seen_is_refused_in_every_field(office, filled, name, kind):
    answer = office.submit("/orders/new", filled | {name: UNSEEN[kind]})
    assert answer.status_code == 422
    assert _count() == 0


@pytest.mark.parametrize("name", [*ONE_LINE, "remark"])
def test_too_long_a_text_is_refused_in_every_field(office, filled, name):
    answer = office.submit("/orders/new", filled | {name: "长" * 501})
    assert answer.status_code == 422
    assert _count() == 0


@pytest.mark.parametrize("name", EDITED)
@pytest.mark.parametrize("text", [*UNSEEN.values(), "长" * 501])
def test_a_change_refuses_them_too(office, filled, name, text):
    order = make_order()
    path, mode, before = f"/orders/{order.public_id}/edit", order.delivery_mode, order.version
    typed = {"recipient_name": "王", "recipient_phone": "13700137000", "delivery_mode": mode}
    assert office.submit(path, typed | {name: text}).status_code == 422
    assert again(order).version == before


@pytest.mark.parametrize("action", ["hold", "reject", "cancel"])
@pytest.mark.parametrize("text", [*UNSEEN.values(), "长" * 501])
def test_a_reason_refuses_them_too(office, action, text):
    order = make_order()
    path = f"/orders/{order.public_id}/{action}"
    assert office.submit(path, {"reason": text}).status_code == 422
    assert again(order).state == "new"


@pytest.mark.parametrize("text", HARMLESS)
def test_a_reason_is_shown_as_it_is(office, text):
    order = make_order()
    path = f"/orders/{order.public_id}"
    assert office.submit(f"{path}/hold", {"reason": text}).status_code == 303
    page = office.get(path).text
    assert "<script>alert(1)" not in page
    assert text in unescape(page)
    assert again(order).hold_cause == text
