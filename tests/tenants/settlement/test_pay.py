"""Payouts: once, and never beyond what is payable."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import func, select

from kit import clock
from kit.audit import AuditEntry
from kit.db import session
from kit.errors import Refused
from tenants.channels.models import ChannelState
from tenants.settlement.models import Account, AccountCode, Payout
from tenants.settlement.services.ledger import KeyReused
from tests.factories.settlement import make_chain, make_payable, make_payout


@pytest.fixture
def channel(in_acme):
    (made,) = make_chain(1)
    make_payable([made])
    return made


def payable(channel):
    return session().scalar(
        select(Account.balance).where(
            Account.channel_id == channel.id, Account.code == AccountCode.PAYABLE
        )
    )


def payouts():
    return session().scalar(select(func.count()).select_from(Payout))


def test_it_records_the_payout_and_reduces_what_is_payable(channel):
    payout = make_payout(channel, 400, remark="七月")
    assert payable(channel) == 600
    assert sorted(entry.amount for entry in payout.journal.entries) == [-400, 400]
    assert (payout.actor_name, payout.currency) == ("财务", "CNY")
    logged = (
        session().scalars(select(AuditEntry).where(AuditEntry.event == "payout:recorded")).one()
    )
    assert logged.details["amount"] == 400


def test_a_double_click_pays_once(channel):
    first = make_payout(channel, 400, key="same")
    assert make_payout(channel, 400, key="same") is first
    assert payable(channel) == 600


def test_the_same_key_with_another_amount_raises(channel):
    make_payout(channel, 400, key="same")
    with pytest.raises(KeyReused):
        make_payout(channel, 500, key="same")
    assert payable(channel) == 600


@pytest.mark.parametrize("amount", [1001, 0, -5])
def test_it_refuses_more_than_is_payable_and_nothing(channel, amount):
    with pytest.raises(Refused) as refusal:
        make_payout(channel, amount)
    assert refusal.value.field == "amount"
    assert (payable(channel), payouts()) == (1000, 0)


def test_it_refuses_a_date_to_come(channel):
    with clock.moved(datetime(2026, 7, 10, 1, tzinfo=UTC)), pytest.raises(Refused) as refusal:
        make_payout(channel, 5, paid_on=date(2026, 7, 11))
    assert refusal.value.field == "paid_on"
    assert payouts() == 0


def test_it_refuses_a_frozen_channel(channel):
    channel.state, channel.frozen_reason = ChannelState.FROZEN, "核查中"
    session().flush()
    with pytest.raises(Refused, match="核查中"):
        make_payout(channel, 5)
    assert payouts() == 0
