"""Coupons in the console: made at Stripe once, used, switched off."""

import re

import pytest
from sqlalchemy import select

from control.billing import coupons as verbs
from control.billing.models import Coupon
from kit import audit
from kit.db import control_session
from kit.errors import Refused

COUPONS = "/console/billing/coupons"
GOOD = {"code": "spring-20", "kind": "percent", "percent": "20", "months": "3", "most_uses": "5"}


def only() -> Coupon:
    control_session().expire_all()
    return control_session().scalars(select(Coupon)).one()


def test_a_coupon_is_made_at_stripe_and_used(console, stripe_here, logged):
    assert console.submit(f"{COUPONS}/new", GOOD).status_code == 303
    coupon = only()
    assert coupon.code == "SPRING-20"
    client = stripe_here.client.v1
    there = client.coupons.retrieve(coupon.stripe_coupon_id)
    assert (there.percent_off, there.duration, there.duration_in_months) == (20, "repeating", 3)
    code = client.promotion_codes.retrieve(coupon.stripe_code_id)
    assert (code.code, code.max_redemptions, code.active) == ("SPRING-20", 5, True)
    assert "0" in console.get(f"{COUPONS}/{coupon.public_id}/uses").text
    assert console.get(f"{COUPONS}/{coupon.public_id}").status_code == 200
    assert logged(coupon) == ["billing:coupon_added", "billing:coupon_offered"]


def test_an_amount_for_ever(console, stripe_here):
    data = {"code": "YEN", "kind": "amount", "currency": "JPY", "amount": "500"}
    assert console.submit(f"{COUPONS}/new", data).status_code == 303
    coupon = only()
    assert (coupon.amount, coupon.currency, coupon.percent) == (500, "JPY", None)
    there = stripe_here.client.v1.coupons.retrieve(coupon.stripe_coupon_id)
    assert (there.amount_off, there.currency, there.duration) == (500, "jpy", "forever")


def test_for_the_first_invoice_of_who_has_never_paid(console, stripe_here):
    data = {"code": "HELLO", "kind": "percent", "percent": "50"}
    marks = {"is_once": "y", "is_first_only": "y"}
    refused = console.submit(f"{COUPONS}/new", data | marks | {"months": "3"})
    assert 'id="months-error"' in refused.text
    assert console.submit(f"{COUPONS}/new", data | marks).status_code == 303
    coupon = only()
    assert (coupon.is_once, coupon.is_first_only) == (True, True)
    client = stripe_here.client.v1
    assert client.coupons.retrieve(coupon.stripe_coupon_id).duration == "once"
    code = client.promotion_codes.retrieve(coupon.stripe_code_id)
    assert code.restrictions.first_time_transaction
    assert "首" in console.get(f"{COUPONS}/{coupon.public_id}").text


def test_with_stripe_down_it_is_kept_and_made_later_once(console, press, stripe_here):
    # Each of the three tries is done, and its answer lost.
    stripe_here.knob("faults", kind="cut", method="POST", path="/v1/promotion_codes", times=3)
    answer = console.submit(f"{COUPONS}/new", GOOD)
    assert answer.status_code == 303
    coupon = only()
    assert coupon.stripe_code_id is None
    page = f"{COUPONS}/{coupon.public_id}"
    press(f"{page}/offer", on=page)
    assert only().stripe_code_id
    assert len(stripe_here.client.v1.promotion_codes.list().data) == 1
    assert len(stripe_here.client.v1.coupons.list().data) == 1


def test_it_is_switched_off_at_both_ends(console, press, stripe_here, logged):
    console.submit(f"{COUPONS}/new", GOOD)
    coupon = only()
    page = f"{COUPONS}/{coupon.public_id}"
    assert press(f"{page}/off", on=page).status_code == 303
    assert not only().is_active
    code = stripe_here.client.v1.promotion_codes.retrieve(coupon.stripe_code_id)
    assert not code.active
    verbs.switch_off(only(), by=audit.SYSTEM)
    assert logged(coupon).count("billing:coupon_switched_off") == 1
    assert "SPRING-20" not in console.get(f"{COUPONS}?active=yes").text
    assert "SPRING-20" in console.get(f"{COUPONS}?active=no&q=spring").text


def test_without_stripe_it_is_only_kept(console, settled):
    assert console.submit(f"{COUPONS}/new", GOOD).status_code == 303
    assert only().stripe_coupon_id is None
    assert console.get(f"{COUPONS}/{only().public_id}/uses").status_code == 200


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("code", "a b"), ("percent", "0"), ("percent", "101"), ("percent", ""), ("months", "37"),
        ("most_uses", "0"), ("ends_at", "2020-01-01T00:00"), ("ends_at", "soon"),
    ],
)  # fmt: skip
def test_bad_input_names_the_field_and_makes_nothing(console, settled, field, value):
    refused = console.submit(f"{COUPONS}/new", GOOD | {field: value})
    assert refused.status_code == 422
    assert f'id="{field}-error"' in refused.text
    assert not control_session().scalars(select(Coupon)).all()


def test_a_code_stands_for_one_coupon(console, settled):
    console.submit(f"{COUPONS}/new", GOOD)
    refused = console.submit(f"{COUPONS}/new", GOOD | {"code": "SPRING-20"})
    assert refused.status_code == 422
    assert re.search(r'id="code-error"', refused.text)
    with pytest.raises(Refused):
        verbs.add_coupon("BOTH", percent=5, amount=5, currency="CNY", by=audit.SYSTEM)
