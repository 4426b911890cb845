"""Why this amount: for the back office all of it, for a channel only its own part."""

import pytest
from sqlalchemy import select

from kit.db import session
from kit.errors import Missing
from tenants.catalogue.models import Timing
from tenants.channels.models import ChannelState
from tenants.settlement import access, queries, services
from tenants.settlement.models import CommissionLine
from tests.factories.settlement import (
    BY,
    MET_ON,
    make_chain,
    make_earned,
    make_expected,
    make_payable,
    make_payout,
    make_rate,
)


def lines_of(item_id):
    return (
        session()
        .scalars(
            select(CommissionLine)
            .where(CommissionLine.item_id == item_id)
            .order_by(CommissionLine.id)
        )
        .all()
    )


def test_it_tells_the_chain_the_rates_and_the_money(in_acme):
    chain = make_chain(3)
    item_id = make_payable(chain)
    make_payout(chain[1], 300)
    told = queries.explain(lines_of(item_id)[1])
    assert [(level.rate, level.kept, level.is_own) for level in told.chain] == [
        (1000, 300, False),
        (700, 300, True),
        (400, 400, False),
    ]
    said = " ".join(told.sentences)
    assert "¥7.00" in said
    assert "¥4.00" in said
    assert "¥3.00" in said
    assert chain[2].name in said
    assert [movement.kind for movement in told.movements] == ["earned", "settled"]
    assert [move.amount for movement in told.movements for move in movement.moves] == [300, 300]
    assert told.run.line_count == 3
    assert [payout.amount for payout in told.payouts] == [300]
    assert ("carrier file") in [value for _, value in told.evidence]
    assert (told.milestone_state, told.met_on) == ("met", MET_ON)


def test_a_channel_learns_its_own_part_and_the_next_name(in_acme):
    chain = make_chain(3)
    item_id = make_payable(chain)
    told = queries.explain(lines_of(item_id)[1], viewer=chain[1])
    assert [level.name for level in told.chain] == [chain[1].name]
    everything = repr((told.chain, told.sentences, told.movements, told.waits, told.evidence))
    assert chain[2].name in everything
    assert chain[0].name not in everything
    assert "10.00" not in everything
    assert "财务" not in everything


def test_a_channel_may_not_ask_about_anothers_line(in_acme):
    chain = make_chain(2)
    upper = lines_of(make_earned(chain))[0]
    with pytest.raises(ValueError, match="own lines"):
        queries.explain(upper, viewer=chain[1])
    with pytest.raises(Missing):
        access.channel_line(upper.public_id, channel=chain[1])
    assert access.channel_line(upper.public_id, channel=chain[0]) is upper


def test_the_last_of_the_chain_keeps_its_whole_rate(in_acme):
    (line,) = lines_of(make_expected(make_chain(1), make_rate((0,))))
    told = queries.explain(line)
    assert len(told.sentences) == 3
    assert told.movements == ()
    assert told.run is None


def test_it_says_what_a_line_waits_for(in_acme):
    chain = make_chain(1)
    expected, pending = make_expected(chain), make_earned(chain)
    reversed_ = make_earned(chain)
    services.reverse_item(reversed_, reason="客户退单", by=BY)
    waits = {
        item_id: queries.why_it_waits(lines_of(item_id)[0])
        for item_id in (expected, pending, reversed_)
    }
    assert len(set(waits.values())) == 3
    assert waits[reversed_] == "客户退单"
    chain[0].state, chain[0].frozen_reason = ChannelState.FROZEN, "核查中"
    session().flush()
    assert "核查中" in queries.why_it_waits(lines_of(pending)[0])


def test_the_preview_says_what_is_left_out_and_why(in_acme):
    chain = make_chain(2)
    make_earned(chain)
    make_earned(chain[:1], make_rate((50,), timing=Timing.MONTH_AFTER_NEXT))
    chain[1].state, chain[1].frozen_reason = ChannelState.FROZEN, "核查中"
    session().flush()
    preview = queries.preview(MET_ON)
    assert [(one.channel, one.count, one.total) for one in preview.shares] == [
        (chain[0].name, 1, 300)
    ]
    left = {(one.channel, one.total): one.reason for one in preview.left_out}
    assert "2026-09-01" in left[chain[0].name, 50]
    assert "核查中" in left[chain[1].name, 700]
    assert (preview.count, preview.total) == (1, 300)


def test_the_summary_counts_today_the_month_and_thirty_days(in_acme):
    from datetime import UTC, datetime

    from kit import clock

    chain = make_chain(1)
    with clock.moved(datetime(2026, 7, 10, 4, tzinfo=UTC)):
        make_payable(chain)
        make_earned(chain, make_rate((50,)))
        make_payout(chain[0], 200)
        summary = queries.channel_summary(chain[0])
    assert (summary.pending, summary.payable, summary.paid_this_month) == (50, 800, 200)
    assert summary.today == 1050
    assert len(summary.by_day) == 30
    assert summary.by_day[-1] == (MET_ON, 1050)
    assert queries.balances(chain[0]) == queries.Balances(pending=50, payable=800, paid=200)


def test_lines_of_items_are_narrowed_to_a_channel(in_acme):
    chain = make_chain(2)
    item_id = make_earned(chain)
    assert len(queries.lines_of_items([item_id])) == 2
    (own,) = queries.lines_of_items([item_id], channel=chain[1])
    assert own.channel_id == chain[1].id
