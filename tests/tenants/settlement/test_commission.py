"""What items earn: expected, pending, refused, clawed back."""

from datetime import date

import pytest
from sqlalchemy import func, select

from kit import ids
from kit.db import session
from kit.errors import Refused
from tenants.catalogue.models import MilestoneKind, Timing
from tenants.catalogue.rates import RateSnapshot
from tenants.settlement import services
from tenants.settlement.models import (
    Account,
    AccountCode,
    CommissionLine,
    Entry,
    Journal,
    LineState,
    Milestone,
)
from tenants.settlement.services import ItemFacts, Met, Outcome
from tenants.settlement.services.commission import due_on
from tests.factories.settlement import (
    BY,
    MET_ON,
    make_chain,
    make_earned,
    make_expected,
    make_facts,
    make_payable,
    make_payout,
    make_rate,
)


def lines(item_id):
    return (
        session()
        .scalars(
            select(CommissionLine)
            .where(CommissionLine.item_id == item_id)
            .order_by(CommissionLine.id)
        )
        .all()
    )


def milestone(item_id):
    return session().scalars(select(Milestone).where(Milestone.item_id == item_id)).one()


def balance(channel, code):
    return session().scalar(
        select(Account.balance).where(Account.channel_id == channel.id, Account.code == code)
    )


def journals():
    return session().scalar(select(func.count()).select_from(Journal))


def meet(item_id, **changes):
    values = {"kind": "activated", "met_on": MET_ON, "evidence": {"row": 7}, "by": BY} | changes
    return services.meet_milestone(item_id, **values)


def test_each_gets_its_rate_less_its_childs(in_acme):
    item_id = make_expected(make_chain(3))
    assert [line.amount for line in lines(item_id)] == [300, 300, 400]
    assert {line.state for line in lines(item_id)} == {"expected"}
    assert milestone(item_id).state == "waiting"
    assert journals() == 0


def test_the_line_keeps_the_chain_as_it_was(in_acme):
    chain = make_chain(2)
    name = chain[1].name
    item_id = make_expected(chain)
    chain[1].name = "改了名字"
    why = lines(item_id)[0].why
    assert why["position"] == 0
    assert [(step["name"], step["rate"], step["source"]) for step in why["chain"]] == [
        (chain[0].name, 1000, "default"),
        (name, 700, "share"),
    ]


def test_an_item_that_is_known_keeps_its_first_snapshot(in_acme):
    facts = make_facts(make_chain(1), make_rate((500,)))
    services.expect(facts, by=BY)
    again = ItemFacts(facts.item_id, "SO2", "x", "CNY", facts.chain, (make_rate((900,)),))
    services.expect(again, by=BY)
    assert [line.amount for line in lines(facts.item_id)] == [500]


@pytest.mark.parametrize(
    "rates",
    [
        (make_rate((400, 500)),),
        (make_rate((400,)),),
        (make_rate((400, -1)),),
        (make_rate((5, 4)), make_rate((3, 2))),
        (RateSnapshot("activated", 0, "at_once", (5, 4), ("default",)),),
    ],
)
def test_a_wrong_snapshot_is_an_error(in_acme, rates):
    facts = make_facts(make_chain(2), *rates)
    with pytest.raises(ValueError, match=facts.item_id):
        services.expect(facts, by=BY)
    assert lines(facts.item_id) == []


def test_meeting_a_milestone_makes_its_lines_pending_in_one_journal(in_acme):
    chain = make_chain(3)
    item_id = make_expected(chain)
    assert meet(item_id)
    assert [line.state for line in lines(item_id)] == ["pending"] * 3
    assert [balance(channel, AccountCode.PENDING) for channel in chain] == [300, 300, 400]
    assert journals() == 1
    assert milestone(item_id).evidence == {"row": 7}
    assert milestone(item_id).met_on == MET_ON


def test_meeting_it_twice_earns_once(in_acme):
    chain = make_chain(1)
    item_id = make_earned(chain)
    assert not meet(item_id, evidence={"row": 8})
    assert balance(chain[0], AccountCode.PENDING) == 1000
    assert milestone(item_id).evidence == {"source": "carrier file"}
    assert journals() == 1


def test_each_milestone_earns_its_own(in_acme):
    chain = make_chain(1)
    item_id = make_expected(
        chain,
        make_rate((500,)),
        make_rate((90,), milestone=MilestoneKind.ON_NETWORK, month=2),
    )
    assert meet(item_id, kind="on_network", month=2)
    assert [line.state for line in lines(item_id)] == ["expected", "pending"]
    assert balance(chain[0], AccountCode.PENDING) == 90


def test_an_event_nobody_earns_from_is_recorded_all_the_same(in_acme):
    item_id = ids.new()
    assert meet(item_id)
    assert milestone(item_id).state == "met"
    assert not meet(item_id)
    assert journals() == 0


def test_lines_of_nothing_stay_visible_and_post_nothing(in_acme):
    chain = make_chain(3)
    item_id = make_expected(chain, make_rate((500, 500, 0)))
    meet(item_id)
    assert [(line.amount, line.state) for line in lines(item_id)] == [
        (0, "pending"),
        (500, "pending"),
        (0, "pending"),
    ]
    assert session().scalar(select(func.count()).select_from(Entry)) == 2
    nothing = make_earned(make_chain(2), make_rate((0, 0)))
    assert {line.state for line in lines(nothing)} == {"pending"}
    assert journals() == 1


@pytest.mark.parametrize(
    ("timing", "met_on", "due"),
    [
        (Timing.AT_ONCE, date(2026, 7, 10), date(2026, 7, 10)),
        (Timing.NEXT_MONTH, date(2026, 7, 31), date(2026, 8, 1)),
        (Timing.NEXT_MONTH, date(2026, 12, 1), date(2027, 1, 1)),
        (Timing.MONTH_AFTER_NEXT, date(2026, 11, 30), date(2027, 1, 1)),
        (Timing.MONTH_AFTER_NEXT, date(2026, 10, 30), date(2026, 12, 1)),
    ],
)
def test_timing_says_when_it_is_due(in_acme, timing, met_on, due):
    assert due_on(met_on, timing) == due
    item_id = make_earned(make_chain(1), make_rate((5,), timing=timing), met_on=met_on)
    assert [line.due_on for line in lines(item_id)] == [due]


def test_many_are_met_at_once_each_with_its_outcome(in_acme):
    chain = make_chain(2)
    new, old, failed = make_expected(chain), make_earned(chain), make_expected(chain)
    services.fail_milestone(failed, kind="activated", month=0, reason="未激活", by=BY)
    met = [Met(item_id, "activated", 0, MET_ON) for item_id in (failed, new, old, new)]
    assert services.meet_all(met, by=BY) == [
        Outcome.CLOSED,
        Outcome.MET,
        Outcome.ALREADY_MET,
        Outcome.ALREADY_MET,
    ]
    assert [balance(channel, AccountCode.PENDING) for channel in chain] == [600, 1400]


def test_what_did_not_happen_is_refused_with_its_reason(in_acme):
    item_id = make_expected(make_chain(2))
    assert services.fail_milestone(item_id, kind="activated", month=0, reason="未激活", by=BY)
    assert not services.fail_milestone(item_id, kind="activated", month=0, reason="x", by=BY)
    assert {(line.state, line.reason) for line in lines(item_id)} == {("refused", "未激活")}
    assert (milestone(item_id).state, milestone(item_id).reason) == ("not_met", "未激活")
    with pytest.raises(Refused, match="未激活"):
        meet(item_id)
    assert journals() == 0


def test_an_advance_that_failed_is_clawed_back(in_acme):
    chain = make_chain(2)
    item_id = make_earned(chain)
    assert services.fail_milestone(item_id, kind="activated", month=0, reason="账单拒付", by=BY)
    assert {line.state for line in lines(item_id)} == {"clawed_back"}
    assert [balance(channel, AccountCode.PENDING) for channel in chain] == [0, 0]
    assert milestone(item_id).met_on is None


def test_a_reason_is_needed(in_acme):
    item_id = make_earned(make_chain(1))
    with pytest.raises(Refused):
        services.reverse_item(item_id, reason=" ", by=BY)
    assert [line.state for line in lines(item_id)] == ["pending"]


def test_reversing_voids_what_is_expected_and_claws_back_what_is_pending(in_acme):
    chain = make_chain(1)
    item_id = make_expected(
        chain, make_rate((500,)), make_rate((90,), milestone=MilestoneKind.FIRST_TOPUP)
    )
    meet(item_id)
    assert services.reverse_item(item_id, reason="客户取消", by=BY) == 2
    assert [line.state for line in lines(item_id)] == ["clawed_back", "void"]
    assert balance(chain[0], AccountCode.PENDING) == 0
    assert journals() == 2
    with pytest.raises(Refused):
        meet(item_id, kind="first_topup")


def test_reversing_twice_takes_back_once(in_acme):
    chain = make_chain(2)
    item_id = make_payable(chain)
    assert services.reverse_item(item_id, reason="退单", by=BY) == 2
    assert services.reverse_item(item_id, reason="退单", by=BY) == 0
    assert balance(chain[0], AccountCode.PAYABLE) == 0


def test_a_reversal_after_the_payout_leaves_a_debt_that_the_next_payout_bears(in_acme):
    chain = make_chain(1)
    item_id = make_payable(chain)
    make_payout(chain[0], 1000)
    services.reverse_item(item_id, reason="退单", by=BY)
    assert balance(chain[0], AccountCode.PAYABLE) == -1000
    make_payable(chain, make_rate((1500,)))
    assert balance(chain[0], AccountCode.PAYABLE) == 500
    with pytest.raises(Refused):
        make_payout(chain[0], 501)
    make_payout(chain[0], 500)
    assert balance(chain[0], AccountCode.PAYABLE) == 0


def test_a_reversal_names_the_journal_it_reverses(in_acme):
    item_id = make_payable(make_chain(2))
    services.reverse_item(item_id, reason="退单", by=BY)
    kinds = {journal.id: journal.kind for journal in session().scalars(select(Journal))}
    reversal = session().scalars(select(Journal).where(Journal.kind == "reversed")).one()
    assert kinds[reversal.reverses_id] == "earned"
    assert reversal.reason == "退单"


def test_a_milestone_met_by_mistake_can_be_undone_and_met_again(in_acme):
    chain = make_chain(2)
    item_id = make_payable(chain)
    assert services.undo_milestone(item_id, kind="activated", reason="撤回批次", by=BY)
    assert not services.undo_milestone(item_id, kind="activated", reason="撤回批次", by=BY)
    assert {line.state for line in lines(item_id)} == {LineState.EXPECTED}
    assert balance(chain[0], AccountCode.PAYABLE) == 0
    assert meet(item_id)
    assert [balance(channel, AccountCode.PENDING) for channel in chain] == [300, 700]
    services.settle(until=MET_ON, key="again", by=BY)
    assert [balance(channel, AccountCode.PAYABLE) for channel in chain] == [300, 700]
    services.undo_milestone(item_id, kind="activated", reason="又撤回", by=BY)
    assert meet(item_id)
