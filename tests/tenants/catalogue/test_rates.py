"""Which rate applies, down the chain and over time."""

from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit import audit, clock
from kit.errors import Refused
from tenants.catalogue import queries, services
from tenants.catalogue.models import MilestoneKind, Rate, Timing
from tenants.catalogue.rates import RateSnapshot, Tariff, level_differences
from tenants.channels.models import Channel
from tests.factories.catalogue import make_product, make_rate
from tests.factories.channels import make_chain, make_channel, make_grade

DAY = date(2026, 8, 1)


def _one(product, chain, on=DAY):
    (snapshot,) = queries.rates_for(product, chain, on)
    return snapshot


def test_the_default_applies_to_everybody(in_acme):
    product, root = make_product(), make_channel()
    make_rate(product, 10_000, timing=Timing.AT_ONCE)
    assert _one(product, [root]) == RateSnapshot("activated", 0, "at_once", (10_000,), ("default",))


def test_a_grade_beats_the_default_and_the_channel_beats_the_grade(in_acme):
    gold, product = make_grade(), make_product()
    plain, graded, special = (
        make_channel(),
        make_channel(grade=gold),
        make_channel(grade=gold),
    )
    make_rate(product, 100)
    make_rate(product, 200, grade=gold)
    make_rate(product, 50, channel=special)
    assert _one(product, [plain]).amounts == (100,)
    assert _one(product, [graded]).amounts == (200,)
    assert _one(product, [graded]).sources == ("grade",)
    assert _one(product, [special]).amounts == (50,)
    assert _one(product, [special]).sources == ("channel",)


def test_a_child_gets_its_share_or_its_own_rate_but_never_more(in_acme):
    product, chain = make_product(), make_chain(8_000, 5_000)
    make_rate(product, 10_000)
    assert _one(product, chain).amounts == (10_000, 8_000, 4_000)
    assert _one(product, chain).sources == ("default", "share", "share")
    make_rate(product, 9_000, channel=chain[2])
    snapshot = _one(product, chain)
    assert snapshot.amounts == (10_000, 8_000, 8_000)
    assert snapshot.sources == ("default", "share", "channel")
    why = queries.explain_rates(product, chain, DAY)[0]
    assert [level.is_capped for level in why.levels] == [False, False, True]
    assert why.kept == (2_000, 0, 8_000)


def test_a_childs_grade_does_not_count(in_acme):
    gold, product = make_grade(), make_product()
    root = make_channel()
    child = make_channel(parent=root, grade=gold, share=1_000)
    make_rate(product, 100)
    make_rate(product, 90, grade=gold)
    assert _one(product, [root, child]).amounts == (100, 10)


def test_without_a_rate_at_the_top_there_is_nothing(in_acme):
    product, chain = make_product(), make_chain(5_000)
    make_rate(product, 100, channel=chain[1])
    assert queries.rates_for(product, chain, DAY) == []
    assert queries.rates_for(product, [], DAY) == []


def test_validity_chooses_the_row(in_acme):
    product, root = make_product(), make_channel()
    make_rate(product, 100, valid_from=date(2026, 1, 1))
    make_rate(product, 300, valid_from=date(2026, 6, 1), valid_to=date(2026, 6, 30))
    assert queries.rates_for(product, [root], date(2025, 12, 31)) == []
    assert _one(product, [root], date(2026, 5, 31)).amounts == (100,)
    assert _one(product, [root], date(2026, 6, 30)).amounts == (300,)
    assert _one(product, [root], date(2026, 7, 1)).amounts == (100,)


def test_milestones_come_in_the_order_of_their_events(in_acme):
    product, root = make_product(), make_channel()
    make_rate(product, 3, milestone=MilestoneKind.ON_NETWORK, month=2)
    make_rate(product, 2, milestone=MilestoneKind.ON_NETWORK, month=1)
    make_rate(product, 1, milestone=MilestoneKind.PLACED)
    found = queries.rates_for(product, [root], DAY)
    assert [(one.milestone, one.month) for one in found] == [
        ("placed", 0),
        ("on_network", 1),
        ("on_network", 2),
    ]


def test_the_same_scope_and_day_is_replaced(in_acme):
    product, root = make_product(), make_channel()
    first = make_rate(product, 1)
    second = make_rate(product, 2)
    assert first == second
    assert _one(product, [root]).amounts == (2,)


def test_a_removed_rate_uncovers_the_one_below(in_acme):
    product, root = make_product(), make_channel()
    make_rate(product, 100)
    own = make_rate(product, 50, channel=root)
    services.remove_rate(own, by=audit.SYSTEM)
    assert _one(product, [root]).sources == ("default",)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"amount": -1}, "amount"),
        ({"month": 1}, "month"),
        ({"milestone": "on_network"}, "month"),
        ({"valid_to": date(2019, 1, 1)}, "valid_to"),
    ],
)
def test_it_refuses_senseless_rates(in_acme, change, field):
    product = make_product()
    with pytest.raises(Refused) as refusal:
        make_rate(product, **({"amount": 1} | change))
    assert refusal.value.field == field
    assert queries.rates_of(product) == []


def test_a_rate_has_one_scope(in_acme):
    product = make_product()
    with pytest.raises(Refused):
        make_rate(product, grade=make_grade(), channel=make_channel())
    assert queries.rates_of(product) == []


def test_rates_stay_within_what_the_carrier_pays(in_acme):
    product, gold = make_product(carrier_amount=100), make_grade()
    make_rate(product, 60)
    make_rate(product, 40, milestone=MilestoneKind.PLACED)
    with pytest.raises(Refused) as refusal:
        make_rate(product, 61, grade=gold)
    assert refusal.value.field == "amount"
    assert len(queries.rates_of(product)) == 2
    make_rate(product, 60, grade=gold, valid_from=date(2026, 9, 1))


def test_a_parent_gives_at_most_what_it_gets(in_acme):
    product, chain = make_product(), make_chain(8_000, 5_000)
    make_rate(product, 10_000)
    give = {"milestone": "activated", "month": 0, "by": audit.SYSTEM}
    with pytest.raises(Refused) as refusal:
        services.set_child_share(product, chain[2], amount=8_001, **give)
    assert refusal.value.field == "amount"
    services.set_child_share(product, chain[2], amount=8_000, **give)
    assert _one(product, chain, clock.today()).amounts == (10_000, 8_000, 8_000)
    with pytest.raises(Refused):
        services.set_child_share(product, chain[0], amount=1, **give)
    with pytest.raises(Refused):
        services.set_child_share(product, chain[2], amount=1, **(give | {"milestone": "placed"}))


amounts = st.integers(0, 10**9)
children = st.lists(
    st.tuples(st.one_of(st.none(), amounts), st.integers(0, 10_000)), min_size=0, max_size=6
)


def _tariff(top: int, below: list[tuple[int | None, int]]) -> tuple[Tariff, list[Channel]]:
    chain = [Channel(id=1, share=0, depth=1)]
    rates = [Rate(milestone="placed", month=0, amount=top, timing="at_once", valid_from=DAY)]
    for number, (own, share) in enumerate(below, start=2):
        chain.append(Channel(id=number, share=share, depth=number))
        if own is not None:
            rates.append(
                Rate(
                    milestone="placed",
                    month=0,
                    amount=own,
                    timing="at_once",
                    valid_from=DAY,
                    channel_id=number,
                )
            )
    return Tariff.on(rates, DAY), chain


@given(top=amounts, below=children)
def test_rates_never_rise_down_the_chain_and_differences_telescope(top, below):
    tariff, chain = _tariff(top, below)
    (why,) = tariff.explain(chain)
    snapshot = why.snapshot
    assert len(snapshot.amounts) == len(chain)
    assert snapshot.amounts[0] == top
    assert all(upper >= lower >= 0 for upper, lower in pairwise(snapshot.amounts))
    kept = level_differences(snapshot.amounts)
    assert all(part >= 0 for part in kept)
    assert sum(kept) == top
    assert why.kept == kept


@given(top=amounts, below=children)
def test_a_snapshot_survives_json(top, below):
    import json

    tariff, chain = _tariff(top, below)
    snapshot = tariff.explain(chain)[0].snapshot
    assert RateSnapshot.from_json(json.loads(json.dumps(snapshot.as_json()))) == snapshot
