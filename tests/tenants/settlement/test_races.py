"""Two at once: each event earns once, each line settles once, each click pays once."""

import pytest
from sqlalchemy import func, select

from kit.db import session
from tenants.settlement import queries, services
from tenants.settlement.models import Journal, SettlementRun
from tests.factories.settlement import (
    BY,
    MET_ON,
    make_chain,
    make_earned,
    make_expected,
    make_payable,
    make_payout,
)

pytestmark = pytest.mark.real_commits
TOGETHER = 4


def count(model):
    return session().scalar(select(func.count()).select_from(model))


def test_a_milestone_met_by_many_at_once_earns_once(at_once):
    chain = make_chain(3)
    item_id = make_expected(chain)
    before = count(Journal)
    session().rollback()

    def meet():
        return services.meet_milestone(item_id, kind="activated", met_on=MET_ON, evidence={}, by=BY)

    assert sorted(at_once([meet] * TOGETHER)) == [False, False, False, True]
    assert count(Journal) == before + 1
    assert queries.balances(chain[0]).pending == 300


def test_an_event_nobody_expected_is_recorded_once(at_once):
    def meet():
        return services.meet_milestone("x" * 26, kind="placed", met_on=MET_ON, evidence={}, by=BY)

    assert sorted(at_once([meet] * TOGETHER)) == [False, False, False, True]


def test_a_double_click_settles_once(at_once):
    chain = make_chain(2)
    for _ in range(5):
        make_earned(chain)
    before = count(SettlementRun)
    session().rollback()

    def settle():
        return services.settle(until=MET_ON, key="double click", by=BY).public_id

    assert len(set(at_once([settle] * TOGETHER))) == 1
    assert count(SettlementRun) == before + 1
    assert queries.balances(chain[1]).payable == 5 * 700


def test_rival_runs_settle_each_line_once(at_once):
    chain = make_chain(1)
    for _ in range(5):
        make_earned(chain)
    session().rollback()
    keys = iter([f"rival {number}" for number in range(TOGETHER)])

    def settle():
        return services.settle(until=MET_ON, key=next(keys), by=BY).line_count

    answers = at_once([settle] * TOGETHER)
    assert sum(answer for answer in answers if isinstance(answer, int)) == 5
    assert queries.balances(chain[0]).payable == 5 * 1000


def test_payouts_at_once_never_exceed_what_is_payable(at_once):
    chain = make_chain(1)
    make_payable(chain)
    channel = chain[0]
    channel_id = channel.id
    session().rollback()

    def pay():
        fresh = session().get(type(channel), channel_id)
        return make_payout(fresh, 600).amount

    answers = at_once([pay] * TOGETHER)
    assert [answer for answer in answers if answer == 600] == [600]
    assert queries.balances(channel).payable == 400


def test_a_reversal_against_a_settlement_leaves_no_money(at_once):
    chain = make_chain(2)
    items = iter([make_earned(chain) for _ in range(TOGETHER)])
    session().rollback()
    turn = iter(range(TOGETHER))

    def either():
        number, item_id = next(turn), next(items)
        if number % 2:
            return services.settle(until=MET_ON, key=f"versus {number}", by=BY).line_count
        return services.reverse_item(item_id, reason="退单", by=BY)

    at_once([either] * TOGETHER)
    left = queries.balances(chain[0])
    assert left.pending + left.payable == 300 * 2
