"""Whatever happens in whatever order, the ledger adds up and nothing is paid twice."""

from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from kit import ids
from kit.db import session
from kit.errors import Refused
from tenants.catalogue.models import MilestoneKind, Timing
from tenants.settlement import services
from tenants.settlement.models import (
    HOUSE,
    Account,
    AccountCode,
    CommissionLine,
    Entry,
    Journal,
    JournalKind,
    Milestone,
)
from tests.factories.settlement import BY, MET_ON, make_chain, make_expected, make_payout, make_rate

KINDS = [
    (MilestoneKind.ACTIVATED, 0),
    (MilestoneKind.FIRST_TOPUP, 0),
    (MilestoneKind.ON_NETWORK, 1),
]

amounts = st.lists(st.integers(0, 2000), min_size=1, max_size=4).map(
    lambda values: tuple(sorted(values, reverse=True))
)
verbs = st.one_of(
    st.tuples(
        st.sampled_from(["meet", "meet", "meet", "fail", "undo"]),
        st.integers(0, 2),
        st.integers(0, 2),
    ),
    st.tuples(st.just("reverse"), st.integers(0, 2)),
    st.tuples(st.just("settle"), st.integers(0, 2)),
    st.tuples(st.just("settle again"), st.integers(0, 2)),
    st.tuples(st.just("pay"), st.integers(0, 3), st.integers(0, 3000)),
)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    root_rates=st.lists(amounts, min_size=1, max_size=3),
    timing=st.sampled_from(list(Timing)),
    steps=st.lists(verbs, max_size=25),
)
def test_the_ledger_adds_up_and_nothing_is_paid_twice(in_acme, root_rates, timing, steps):
    chain = make_chain(max(len(rates) for rates in root_rates))
    rates_of = [
        [
            make_rate(
                (rates + (0,) * len(chain))[: len(chain)],
                milestone=kind,
                month=month,
                timing=timing,
            )
            for kind, month in KINDS
        ]
        for rates in root_rates
    ]
    items = [make_expected(chain, *rates) for rates in rates_of]
    before = _paid()
    keys = ["none"]
    for step in steps:
        _do(step, chain, items, keys)
        _check_ledger()
    _check_lines(items, rates_of)
    assert _paid() >= before


def _do(step, chain, items, keys):
    verb, *rest = step
    payable = {channel.id: _balance(channel, AccountCode.PAYABLE) for channel in chain}
    try:
        match verb:
            case "meet" | "fail" | "undo":
                item, (kind, month) = items[rest[0] % len(items)], KINDS[rest[1]]
                common = {"kind": kind, "month": month, "by": BY}
                if verb == "meet":
                    services.meet_milestone(item, met_on=MET_ON, evidence={}, **common)
                elif verb == "fail":
                    services.fail_milestone(item, reason="拒付", **common)
                else:
                    services.undo_milestone(item, reason="撤回", **common)
            case "reverse":
                services.reverse_item(items[rest[0] % len(items)], reason="退单", by=BY)
            case "settle":
                keys.append(ids.new())
                services.settle(until=MET_ON + timedelta(days=30 * rest[0]), key=keys[-1], by=BY)
            case "settle again":
                services.settle(until=MET_ON + timedelta(days=30 * rest[0]), key=keys[-1], by=BY)
            case "pay":
                channel = chain[rest[0] % len(chain)]
                make_payout(channel, rest[1])
                # Paying alone never leaves a channel owing.
                assert _balance(channel, AccountCode.PAYABLE) >= 0
    except (Refused, ValueError):
        assert {channel.id: _balance(channel, AccountCode.PAYABLE) for channel in chain} == payable
    if verb == "pay":
        return
    for channel in chain:
        # Only a reversal may take payable down, and so below zero.
        if verb not in {"reverse", "fail", "undo"}:
            assert _balance(channel, AccountCode.PAYABLE) >= payable[channel.id]


def _balance(channel, code):
    found = session().scalar(
        select(Account.balance).where(Account.channel_id == channel.id, Account.code == code)
    )
    return found or 0


def _paid():
    return session().scalar(
        select(func.coalesce(func.sum(Entry.amount), 0))
        .join(Account)
        .where(Account.code == AccountCode.CASH)
    )


def _check_ledger():
    unbalanced = session().scalars(
        select(Entry.journal_id).group_by(Entry.journal_id).having(func.sum(Entry.amount) != 0)
    )
    assert unbalanced.all() == []
    wrong = session().execute(
        select(Account.id, Account.balance, func.coalesce(func.sum(Entry.amount), 0))
        .outerjoin(Entry)
        .where(Account.channel_id.is_not(None))
        .group_by(Account.id)
        .having(Account.balance != func.coalesce(func.sum(Entry.amount), 0))
    )
    assert wrong.all() == []
    owed = session().scalar(
        select(func.coalesce(func.sum(Account.balance), 0)).where(Account.channel_id.is_not(None))
    )
    house = session().scalar(
        select(func.coalesce(func.sum(Entry.amount), 0))
        .join(Account)
        .where(Account.code.in_(HOUSE))
    )
    assert owed + house == 0
    assert not session().scalar(
        select(func.count()).where(Account.code == AccountCode.PENDING, Account.balance < 0)
    )


def _check_lines(items, rates_of):
    for item, rates in zip(items, rates_of, strict=True):
        for rate in rates:
            lines = (
                session()
                .scalars(
                    select(CommissionLine).where(
                        CommissionLine.item_id == item,
                        CommissionLine.milestone == rate.milestone,
                        CommissionLine.month == rate.month,
                    )
                )
                .all()
            )
            assert sum(line.amount for line in lines) == rate.amounts[0]
            for line in lines:
                _check_line(line)
    met = session().scalars(select(Milestone).where(Milestone.item_id.in_(items))).all()
    assert all((one.state == "met") == (one.met_on is not None) for one in met)


def _check_line(line):
    """A line stands on exactly the account its state says, once, and nowhere else."""
    sums = dict(
        session()
        .execute(
            select(Account.code, func.sum(Entry.amount))
            .join(Entry)
            .where(Entry.line_id == line.id, Account.channel_id.is_not(None))
            .group_by(Account.code)
        )
        .all()
    )
    assert sums.get("pending", 0) == (line.amount if line.state == "pending" else 0)
    assert sums.get("payable", 0) == (line.amount if line.state == "settled" else 0)
    earned, reversed_ = (
        session().scalar(
            select(func.count(Journal.id.distinct()))
            .join(Entry)
            .where(Entry.line_id == line.id, Journal.kind == kind)
        )
        for kind in (JournalKind.EARNED, JournalKind.REVERSED)
    )
    stands = line.state in {"pending", "settled"} and line.amount > 0
    assert earned - reversed_ == int(stands)
