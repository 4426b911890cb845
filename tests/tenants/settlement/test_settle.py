"""Settling: what is due becomes payable, once."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import func, select

from kit import clock
from kit.audit import AuditEntry
from kit.db import session
from kit.errors import Refused
from tenants.catalogue.models import Timing
from tenants.channels.models import ChannelState
from tenants.settlement import services
from tenants.settlement.models import (
    Account,
    AccountCode,
    CommissionLine,
    Journal,
    SettlementRun,
)
from tenants.settlement.services.ledger import KeyReused
from tests.factories.settlement import BY, MET_ON, make_chain, make_earned, make_rate


def payable(channel):
    return session().scalar(
        select(Account.balance).where(
            Account.channel_id == channel.id, Account.code == AccountCode.PAYABLE
        )
    )


def states(item_id):
    return (
        session()
        .scalars(
            select(CommissionLine.state)
            .where(CommissionLine.item_id == item_id)
            .order_by(CommissionLine.id)
        )
        .all()
    )


def test_it_settles_what_is_due(in_acme):
    chain = make_chain(3)
    item_id = make_earned(chain)
    run = services.settle(until=MET_ON, key="k", by=BY)
    assert (run.line_count, run.total_amount, run.currency) == (3, 1000, "CNY")
    assert states(item_id) == ["settled"] * 3
    assert [payable(channel) for channel in chain] == [300, 300, 400]
    posted = select(func.count()).where(Journal.kind == "settled")
    assert session().scalar(posted) == 3
    logged = session().scalars(select(AuditEntry).where(AuditEntry.event == "settlement:run")).one()
    assert logged.details == {"until": "2026-07-10", "count": 3, "total": 1000}


def test_the_same_key_settles_once(in_acme):
    chain = make_chain(1)
    make_earned(chain)
    run = services.settle(until=MET_ON, key="k", by=BY)
    make_earned(chain)
    assert services.settle(until=MET_ON, key="k", by=BY) is run
    assert payable(chain[0]) == 1000


def test_the_same_key_with_another_date_raises(in_acme):
    make_earned(make_chain(1))
    services.settle(until=MET_ON, key="k", by=BY)
    with pytest.raises(KeyReused):
        services.settle(until=date(2026, 7, 11), key="k", by=BY)


def test_what_is_not_due_waits(in_acme):
    chain = make_chain(1)
    early = make_earned(chain)
    late = make_earned(chain, make_rate((900,), timing=Timing.NEXT_MONTH))
    services.settle(until=date(2026, 7, 31), key="k", by=BY)
    assert (states(early), states(late)) == (["settled"], ["pending"])
    with clock.moved(datetime(2026, 8, 2, tzinfo=UTC)):
        services.settle(until=date(2026, 8, 1), key="k2", by=BY)
    assert payable(chain[0]) == 1900


def test_a_frozen_channels_lines_wait(in_acme):
    chain = make_chain(2)
    item_id = make_earned(chain)
    chain[0].state, chain[0].frozen_reason = ChannelState.FROZEN, "核查中"
    session().flush()
    services.settle(until=MET_ON, key="k", by=BY)
    assert states(item_id) == ["pending", "settled"]
    chain[0].state = ChannelState.ACTIVE
    session().flush()
    services.settle(until=MET_ON, key="k2", by=BY)
    assert [payable(channel) for channel in chain] == [300, 700]


def test_lines_of_nothing_are_settled_without_entries(in_acme):
    item_id = make_earned(make_chain(2), make_rate((500, 500)))
    run = services.settle(until=MET_ON, key="k", by=BY)
    assert states(item_id) == ["settled", "settled"]
    assert (run.line_count, run.total_amount) == (2, 500)
    assert session().scalar(select(func.count()).where(Journal.kind == "settled")) == 1


def test_it_refuses_a_run_of_nothing(in_acme):
    with pytest.raises(Refused):
        services.settle(until=MET_ON, key="k", by=BY)
    assert session().scalar(select(func.count()).select_from(SettlementRun)) == 0


def test_it_refuses_a_date_to_come(in_acme):
    chain = make_chain(1)
    make_earned(chain)
    with clock.moved(datetime(2026, 7, 9, 15, 59, tzinfo=UTC)), pytest.raises(Refused):
        services.settle(until=MET_ON, key="k", by=BY)
    assert payable(chain[0]) == 0
    # In Shanghai the day begins at 16:00 UTC of the day before.
    with clock.moved(datetime(2026, 7, 9, 16, 0, tzinfo=UTC)):
        services.settle(until=MET_ON, key="k", by=BY)
    assert payable(chain[0]) == 1000
