"""What channels have earned, may be paid and were paid."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import aliased

from kit import clock, tenancy
from kit.db import session
from tenants.channels.models import Channel
from tenants.settlement.models import Account, AccountCode, CommissionLine, LineState, Payout

DAYS = 30


@dataclass(frozen=True, slots=True)
class Balances:
    """A channel's money: earned but not confirmed, confirmed but not sent, sent."""

    pending: int
    payable: int
    paid: int


@dataclass(frozen=True, slots=True)
class ChannelSummary:
    """What a channel's owner looks at first; `by_day` is what was earned, oldest day first."""

    pending: int
    payable: int
    paid_this_month: int
    today: int
    by_day: tuple[tuple[date, int], ...]


def balances(channel: Channel) -> Balances:
    """Return a channel's balances in the workspace's currency."""
    currency = tenancy.current().currency
    rows = session().execute(
        select(Account.code, Account.balance).where(
            Account.channel_id == channel.id, Account.currency == currency
        )
    )
    by_code = {row.code: row.balance for row in rows}
    return Balances(
        pending=by_code.get(AccountCode.PENDING, 0),
        payable=by_code.get(AccountCode.PAYABLE, 0),
        paid=_paid(channel, currency),
    )


def _paid(channel: Channel, currency: str, *, since: date | None = None) -> int:
    statement = select(func.sum(Payout.amount)).where(
        Payout.channel_id == channel.id, Payout.currency == currency
    )
    if since is not None:
        statement = statement.where(Payout.paid_on >= since)
    return int(session().scalar(statement) or 0)


def balances_of_all() -> Select[Any]:
    """Return the statement of every channel that ever earned, with pending, payable and paid."""
    currency = tenancy.current().currency
    pending, payable = aliased(Account), aliased(Account)
    paid = (
        select(func.coalesce(func.sum(Payout.amount), 0))
        .where(Payout.channel_id == Channel.id, Payout.currency == currency)
        .scalar_subquery()
    )
    return (
        select(
            Channel.id,
            Channel.public_id,
            Channel.name,
            Channel.state,
            Channel.depth,
            pending.balance.label("pending"),
            payable.balance.label("payable"),
            paid.label("paid"),
        )
        .join(
            pending,
            (pending.channel_id == Channel.id)
            & (pending.code == AccountCode.PENDING)
            & (pending.currency == currency),
        )
        .join(
            payable,
            (payable.channel_id == Channel.id)
            & (payable.code == AccountCode.PAYABLE)
            & (payable.currency == currency),
        )
    )


def channel_summary(channel: Channel) -> ChannelSummary:
    """Return a channel's money now, and what it earned on each of the last thirty days."""
    today = clock.today()
    first = today - timedelta(days=DAYS - 1)
    rows = session().execute(
        select(CommissionLine.met_on, func.sum(CommissionLine.amount).label("earned"))
        .where(
            CommissionLine.channel_id == channel.id,
            CommissionLine.state.in_([LineState.PENDING, LineState.SETTLED]),
            CommissionLine.met_on.between(first, today),
        )
        .group_by(CommissionLine.met_on)
    )
    earned = {row.met_on: int(row.earned) for row in rows}
    now = balances(channel)
    return ChannelSummary(
        pending=now.pending,
        payable=now.payable,
        paid_this_month=_paid(channel, tenancy.current().currency, since=today.replace(day=1)),
        today=earned.get(today, 0),
        by_day=tuple(
            (day, earned.get(day, 0)) for day in (first + timedelta(days=n) for n in range(DAYS))
        ),
    )
