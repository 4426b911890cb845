"""Settlement runs before and after, payouts, and the ledger's journals."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload

from kit import clock, tenancy
from kit.db import session
from kit.i18n import format_date
from kit.i18n import gettext as _
from tenants.channels.models import Channel, ChannelState
from tenants.settlement.models import (
    Account,
    CommissionLine,
    Entry,
    Journal,
    LineState,
    Payout,
    SettlementRun,
)


@dataclass(frozen=True, slots=True)
class Share:
    """How many lines of a channel there are, and what they add up to."""

    channel: str
    count: int
    total: int


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Pending lines that a run would not take, and why."""

    channel: str
    reason: str
    count: int
    total: int


@dataclass(frozen=True, slots=True)
class Preview:
    """What a settlement run up to a date would do."""

    until: date
    shares: tuple[Share, ...]
    left_out: tuple[LeftOut, ...]

    @property
    def count(self) -> int:
        return sum(share.count for share in self.shares)

    @property
    def total(self) -> int:
        return sum(share.total for share in self.shares)


def preview(until: date) -> Preview:
    """Return what a run up to a date would settle by channel, and what it would leave out."""
    currency = tenancy.current().currency
    is_due = CommissionLine.due_on <= until
    is_ours = CommissionLine.currency == currency
    rows = (
        session()
        .execute(
            select(
                Channel.name,
                Channel.state,
                Channel.frozen_reason,
                is_due.label("is_due"),
                is_ours.label("is_ours"),
                func.count().label("lines"),
                func.sum(CommissionLine.amount).label("total"),
                func.min(CommissionLine.due_on).label("due_on"),
            )
            .join(Channel, Channel.id == CommissionLine.channel_id)
            .where(CommissionLine.state == LineState.PENDING)
            .group_by(Channel.id, is_due, is_ours)
            .order_by(Channel.sort_key, Channel.id)
        )
        .all()
    )
    taken, left = [], []
    for row in rows:
        reason = _reason(row)
        if reason:
            left.append(LeftOut(row.name, reason, row.lines, int(row.total)))
        else:
            taken.append(Share(row.name, row.lines, int(row.total)))
    return Preview(until, tuple(taken), tuple(left))


def _reason(row: Any) -> str:
    if not row.is_ours:
        return str(_("It is in another currency."))
    if not row.is_due:
        return str(_("It is due from %(day)s.", day=format_date(row.due_on)))
    if row.state == ChannelState.FROZEN:
        return str(_("The channel is frozen: %(reason)s", reason=row.frozen_reason or ""))
    return ""


def why_it_waits(line: CommissionLine) -> str:
    """Say what a line waits for, or why it is left out; empty when it is settled."""
    match LineState(line.state):
        case LineState.EXPECTED:
            return str(_("The milestone has not been met yet."))
        case LineState.REFUSED | LineState.CLAWED_BACK | LineState.VOID:
            return line.reason
        case LineState.SETTLED:
            return ""
    if line.channel.state == ChannelState.FROZEN:
        reason = line.channel.frozen_reason or ""
        return str(_("The channel is frozen: %(reason)s", reason=reason))
    if line.currency != tenancy.current().currency:
        return str(_("It is in another currency."))
    if line.due_on and line.due_on > clock.today():
        return str(_("It is due from %(day)s.", day=format_date(line.due_on)))
    return str(_("It waits for the next settlement run."))


def runs() -> Select[Any]:
    """Return the statement of all settlement runs."""
    return select(SettlementRun)


def run_channels(run: SettlementRun) -> list[Share]:
    """Return what a run settled, by channel."""
    rows = session().execute(
        select(
            Channel.name,
            func.count().label("lines"),
            func.sum(CommissionLine.amount).label("total"),
        )
        .join(Channel, Channel.id == CommissionLine.channel_id)
        .where(CommissionLine.run_id == run.id)
        .group_by(Channel.id)
        .order_by(Channel.sort_key, Channel.id)
    )
    return [Share(row.name, row.lines, int(row.total)) for row in rows]


def payouts() -> Select[Any]:
    """Return the statement of all payouts with their channels."""
    return select(Payout).options(joinedload(Payout.channel))


def journals() -> Select[Any]:
    """Return the statement of all journals."""
    return select(Journal)


def entries_of(journal: Journal, *, limit: int = 200) -> Sequence[Entry]:
    """Return the first entries of a journal, with account, channel and line."""
    return (
        session()
        .scalars(
            select(Entry)
            .where(Entry.journal_id == journal.id)
            .options(joinedload(Entry.account))
            .order_by(Entry.id)
            .limit(limit)
        )
        .all()
    )


def channel_names(entries: Sequence[Entry]) -> dict[int, str]:
    """Return the names of the channels whose accounts entries touch, by account id."""
    wanted = {entry.account_id for entry in entries}
    rows = session().execute(
        select(Account.id, Channel.name)
        .join(Channel, Channel.id == Account.channel_id)
        .where(Account.id.in_(wanted))
    )
    return {row.id: row.name for row in rows}


def line_ids(entries: Sequence[Entry]) -> dict[int, tuple[str, str]]:
    """Return public id and order number of the lines that entries name, by line id."""
    wanted = {entry.line_id for entry in entries if entry.line_id}
    rows = session().execute(
        select(CommissionLine.id, CommissionLine.public_id, CommissionLine.order_number).where(
            CommissionLine.id.in_(wanted)
        )
    )
    return {row.id: (row.public_id, row.order_number) for row in rows}
