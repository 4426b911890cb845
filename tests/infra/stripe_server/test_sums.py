"""Sums and periods hold for whatever numbers come."""

from hypothesis import given
from hypothesis import strategies as some

from infra.stripe_server.customers import make as make_customer
from infra.stripe_server.invoices.drafts import draft
from infra.stripe_server.invoices.lines import line
from infra.stripe_server.invoices.totals import shared
from infra.stripe_server.server import StripeServer
from infra.stripe_server.times import boundary_after, moved

AMOUNTS = some.integers(0, 10_000_000)
SERVER = StripeServer()


@given(total=AMOUNTS, weights=some.lists(AMOUNTS, min_size=1, max_size=6))
def test_shares_add_up(total, weights):
    parts = shared(total, weights)
    whole = sum(weights)
    assert sum(parts) == (total if whole else 0)
    for part, weight in zip(parts, weights, strict=True):
        assert not whole or abs(part - total * weight / whole) < 1.001


@given(
    anchor=some.integers(1_500_000_000, 2_000_000_000),
    interval=some.sampled_from(["day", "week", "month", "year"]),
    count=some.integers(1, 6),
    after=some.integers(0, 400_000_000),
)
def test_periods_follow_each_other_without_gap_or_overlap(anchor, interval, count, after):
    instant = anchor + after
    end = boundary_after(anchor, interval, count, instant)
    ends = [moved(anchor, interval, times * count) for times in range(5_000 if interval == "day"
                                                                      else 700)]  # fmt: skip
    assert end > instant
    assert end in ends
    assert max(each for each in ends if each <= instant) == ends[ends.index(end) - 1]


@given(
    amounts=some.lists(AMOUNTS, min_size=1, max_size=4),
    percent=some.integers(1, 100),
    off=some.integers(1, 10_000_000),
    tax=some.integers(0, 30),
    inclusive=some.booleans(),
)
def test_an_invoice_adds_up(amounts, percent, off, tax, inclusive):
    world = SERVER.world("acct_sums")
    customer = make_customer(world, {})
    rate = world.add("tax_rate", "txr", percentage=tax, inclusive=inclusive)
    discounts = [
        world.add("discount", "di", _coupon=rule)["id"]
        for rule in (
            {"percent_off": percent, "amount_off": None, "duration": "once"},
            {"percent_off": None, "amount_off": off, "duration": "once"},
        )
    ]
    invoice = draft(
        world, customer, currency="cny", reason="manual",
        lines=[line("cny", amount, "x", 1, 2, _tax_rates=[rate["id"]]) for amount in amounts],
        more={"discounts": discounts},
    )  # fmt: skip
    taken = sum(each["amount"] for each in invoice["total_discount_amounts"])
    taxes = sum(each["amount"] for each in invoice["total_taxes"])
    assert invoice["subtotal"] == sum(amounts)
    assert 0 <= taken <= invoice["subtotal"]
    assert invoice["total"] == invoice["subtotal"] - taken + (0 if inclusive else taxes)
    assert invoice["amount_due"] == invoice["total"] >= 0
    assert invoice["total_excluding_tax"] == invoice["total"] - taxes
    for each in invoice["lines"]["data"]:
        assert sum(part["amount"] for part in each["discount_amounts"]) <= each["amount"]
