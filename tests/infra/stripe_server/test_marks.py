"""An account that goes back to how it was: tests need not make again what they begin with."""

import pytest

from tests.stripe_server import KnobRefused


def test_an_account_goes_back_to_its_mark_as_often_as_asked(at_stripe):
    known = at_stripe.v1.customers.retrieve(at_stripe.customer(""))
    at_stripe.knob("mark")
    for _each in range(2):
        at_stripe.v1.customers.update(known.id, {"name": "Grace"})
        at_stripe.customer("")
        at_stripe.knob("clock/advance", seconds=86_400)
        at_stripe.knob("faults", kind="down", times=9)
        at_stripe.knob("back")
        [found] = at_stripe.v1.customers.list().data
        assert (found.id, found.name) == (known.id, "Ada")
        later = at_stripe.v1.products.create({"name": "Plan"})
        assert 0 <= later.created - known.created < 3_600


def test_without_a_mark_there_is_no_way_back(at_stripe):
    with pytest.raises(KnobRefused, match="no mark"):
        at_stripe.knob("back")
