"""Whatever happens in whatever order, the ledger adds up and nothing is paid twice."""

from datetime import timedelta

from hypothesis import HealthCheck, example, given, settings
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
    LineState,
    Payout,
)
from tenants.settlement.services.ledger import KeyReused
from tests.factories.settlement import BY, MET_ON, make_chain, make_expected, make_payout, make_rate

KINDS = [(MilestoneKind.ACTIVATED, 0), (MilestoneKind.ON_NETWORK, 1)]
LATER = MET_ON + timedelta(days=60)

rates = st.lists(st.integers(0, 2000), min_size=1, max_size=4).map(
    lambda values: tuple(sorted(values, reverse=True))
)
of_an_item = st.tuples(
    st.sampled_from(["meet", "meet", "fail", "undo", "reverse"]),
    st.integers(0, 1),
    st.integers(0, 1),
)
of_money = st.tuples(
    st.sampled_from(["settle", "settle", "settle early", "settle again", "pay", "pay all"]),
    st.integers(0, 3),
    st.integers(0, 1500),
)
steps = st.lists(of_an_item | of_money, min_size=6, max_size=16)
PAID_THEN_REVERSED = [
    ("meet", 0, 0),
    ("settle", 0, 0),
    ("pay all", 0, 0),
    ("reverse", 0, 0),
    ("meet", 1, 0),
    ("settle", 0, 0),
    ("pay all", 0, 0),
]


@settings(
    max_examples=15,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(items=st.lists(rates, min_size=2, max_size=2), timing=st.sampled_from(Timing), steps=steps)
@example(items=[(900, 500), (1000, 800)], timing=Timing.AT_ONCE, steps=PAID_THEN_REVERSED)
def test_the_ledger_adds_up_and_nothing_is_paid_twice(in_acme, items, timing, steps):
    World(items, timing).live(steps)


class World:
    """One chain of channels and two items, to which things happen."""

    def __init__(self, items, timing):
        self.chain = make_chain(max(len(amounts) for amounts in items))
        self.roots = [amounts[0] for amounts in items]
        self.items = [
            make_expected(
                self.chain,
                *(
                    make_rate(self.padded(amounts), milestone=kind, month=month, timing=timing)
                    for kind, month in KINDS
                ),
            )
            for amounts in items
        ]
        self.key = "none"

    def padded(self, amounts):
        return (*amounts, *(0 for _ in self.chain[len(amounts) :]))

    def live(self, steps):
        for verb, *details in steps:
            before = self.payable()
            try:
                getattr(self, verb.replace(" ", "_"))(*details)
            except (Refused, KeyReused):
                assert self.payable() == before
            if verb.startswith(("meet", "settle")):
                assert all(now >= then for now, then in zip(self.payable(), before, strict=True))
        # Any shorter run is an example of its own, so that looking once at the end is enough.
        check_ledger()
        self.check_lines()

    def meet(self, item, kind):
        milestone, month = KINDS[kind]
        services.meet_milestone(
            self.items[item], kind=milestone, month=month, met_on=MET_ON, evidence={}, by=BY
        )

    def fail(self, item, kind):
        milestone, month = KINDS[kind]
        services.fail_milestone(self.items[item], kind=milestone, month=month, reason="拒付", by=BY)

    def undo(self, item, kind):
        milestone, month = KINDS[kind]
        services.undo_milestone(self.items[item], kind=milestone, month=month, reason="撤回", by=BY)

    def reverse(self, item, _):
        services.reverse_item(self.items[item], reason="退单", by=BY)

    def settle(self, *_):
        self.key = ids.new()
        services.settle(until=LATER, key=self.key, by=BY)

    def settle_early(self, *_):
        services.settle(until=MET_ON, key=ids.new(), by=BY)

    def settle_again(self, *_):
        services.settle(until=LATER, key=self.key, by=BY)

    def pay(self, channel, amount):
        chosen = channel % len(self.chain)
        make_payout(self.chain[chosen], amount)
        assert self.payable()[chosen] >= 0

    def pay_all(self, channel, _):
        chosen = channel % len(self.chain)
        make_payout(self.chain[chosen], self.payable()[chosen])
        assert self.payable()[chosen] == 0

    def payable(self):
        return [balance(channel, AccountCode.PAYABLE) for channel in self.chain]

    def check_lines(self):
        """Each account holds exactly what lines of that state, less payouts, say it must."""
        for channel in self.chain:
            assert balance(channel, AccountCode.PENDING) == owed(channel, LineState.PENDING)
            settled = owed(channel, LineState.SETTLED)
            paid = total(select(func.sum(Payout.amount)).where(Payout.channel_id == channel.id))
            assert balance(channel, AccountCode.PAYABLE) == settled - paid
        for item, root in zip(self.items, self.roots, strict=True):
            lines = (
                session()
                .scalars(select(CommissionLine).where(CommissionLine.item_id == item))
                .all()
            )
            assert sum(line.amount for line in lines) == root * len(KINDS)
            for line in lines:
                check_line(line)


def total(statement):
    return int(session().scalar(statement) or 0)


def balance(channel, code):
    return total(
        select(Account.balance).where(Account.channel_id == channel.id, Account.code == code)
    )


def owed(channel, state):
    return total(
        select(func.sum(CommissionLine.amount)).where(
            CommissionLine.channel_id == channel.id, CommissionLine.state == state
        )
    )


def check_ledger():
    """Journals add up to zero, balances to their entries, and everything together to zero."""
    by_journal = select(Entry.journal_id).group_by(Entry.journal_id)
    assert session().scalars(by_journal.having(func.sum(Entry.amount) != 0)).all() == []
    entries = func.coalesce(func.sum(Entry.amount), 0)
    accounts = select(Account.id).outerjoin(Entry).where(Account.channel_id.is_not(None))
    wrong = accounts.group_by(Account.id).having(Account.balance != entries)
    assert session().scalars(wrong).all() == []
    of_channels = total(select(func.sum(Account.balance)).where(Account.channel_id.is_not(None)))
    of_house = total(select(func.sum(Entry.amount)).join(Account).where(Account.code.in_(HOUSE)))
    assert of_channels + of_house == 0


def check_line(line):
    """A line was earned once more than it was taken back if it stands, else as often."""
    counts = dict(
        session()
        .execute(
            select(Journal.kind, func.count(Journal.id.distinct()))
            .join(Entry)
            .where(Entry.line_id == line.id)
            .group_by(Journal.kind)
        )
        .all()
    )
    stands = line.amount > 0 and line.state in {LineState.PENDING, LineState.SETTLED}
    assert counts.get(JournalKind.EARNED, 0) - counts.get(JournalKind.REVERSED, 0) == int(stands)
