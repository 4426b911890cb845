"""Why a channel gets an amount: the chain as it was, the rates, the milestone, the money."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from kit.db import session
from kit.i18n import format_money
from kit.i18n import gettext as _
from tenants.channels.models import Channel
from tenants.settlement.labels import ACCOUNTS, EVIDENCE, EVIDENCE_WORDS, SOURCES, milestone_word
from tenants.settlement.models import (
    Account,
    AccountCode,
    CommissionLine,
    Entry,
    Journal,
    Milestone,
    Payout,
    SettlementRun,
)
from tenants.settlement.queries.runs import why_it_waits

_PAYOUTS = 5


@dataclass(frozen=True, slots=True)
class Level:
    """A channel of the chain as it was when the order was placed, and what it kept."""

    name: str
    rate: int
    source: str
    kept: int
    is_own: bool


@dataclass(frozen=True, slots=True)
class Move:
    """An entry of the ledger that this line caused."""

    account: str
    channel: str
    amount: int


@dataclass(frozen=True, slots=True)
class Movement:
    """A journal that touched this line, with its entries."""

    public_id: str
    kind: str
    at: datetime
    reason: str
    who: str
    moves: tuple[Move, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a line is what it is. For a channel it holds only its own part and the next name."""

    line: CommissionLine
    chain: tuple[Level, ...]
    sentences: tuple[str, ...]
    waits: str
    milestone_state: str
    met_on: date | None
    evidence: tuple[tuple[str, str], ...]
    movements: tuple[Movement, ...]
    run: SettlementRun | None
    payouts: tuple[Payout, ...]
    is_for_channel: bool


def explain(line: CommissionLine, *, viewer: Channel | None = None) -> Explanation:
    """Return why a line is what it is; for a channel, only what it may know.

    ValueError where a channel asks about another's line: access must have refused before.
    """
    if viewer is not None and viewer.id != line.channel_id:
        raise ValueError("a channel may ask only about its own lines")
    own = line.why["position"]
    chain = _levels(line)
    milestone = (
        session()
        .scalars(
            select(Milestone).where(
                Milestone.item_id == line.item_id,
                Milestone.kind == line.milestone,
                Milestone.month == line.month,
            )
        )
        .one()
    )
    return Explanation(
        line=line,
        chain=tuple(chain if viewer is None else chain[own : own + 1]),
        sentences=tuple(_sentences(line, chain, own)),
        waits=why_it_waits(line),
        milestone_state=milestone.state,
        met_on=milestone.met_on,
        evidence=() if viewer is not None else _evidence(milestone.evidence),
        movements=_movements(line, viewer),
        run=line.run,
        payouts=_payouts(line),
        is_for_channel=viewer is not None,
    )


def _levels(line: CommissionLine) -> list[Level]:
    steps = line.why["chain"]
    below = [step["rate"] for step in steps[1:]] + [0]
    return [
        Level(
            name=step["name"],
            rate=step["rate"],
            source=str(SOURCES.get(step["source"], step["source"])),
            kept=step["rate"] - below[position],
            is_own=position == line.why["position"],
        )
        for position, step in enumerate(steps)
    ]


def _sentences(line: CommissionLine, chain: list[Level], own: int) -> list[str]:
    def money(amount: int) -> str:
        return format_money(amount, line.currency)

    level = chain[own]
    said = [
        _(
            "For “%(milestone)s” of %(product)s, %(channel)s had a rate of %(rate)s: %(source)s.",
            milestone=milestone_word(line),
            product=line.product_name,
            channel=level.name,
            rate=money(level.rate),
            source=level.source,
        )
    ]
    if own + 1 < len(chain):
        child = chain[own + 1]
        said += [
            _("Of it, %(child)s got %(rate)s.", child=child.name, rate=money(child.rate)),
            _(
                "%(own)s − %(child)s = %(amount)s remain.",
                own=money(level.rate),
                child=money(child.rate),
                amount=money(line.amount),
            ),
        ]
    else:
        said.append(
            _(
                "It sold the item itself, so all of it remains: %(amount)s.",
                amount=money(line.amount),
            )
        )
    if not line.amount:
        said.append(_("Nothing remains, so no money moves; the line stays so that this is seen."))
    return [str(sentence) for sentence in said]


def _evidence(evidence: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple(
        (str(EVIDENCE.get(key, key)), str(EVIDENCE_WORDS.get(value, value)))
        for key, value in evidence.items()
        if key != "undone" and value not in {None, ""}
    )


def _movements(line: CommissionLine, viewer: Channel | None) -> tuple[Movement, ...]:
    rows = session().execute(
        select(Journal, Entry.amount, Account.code, Channel.name)
        .join(Entry, Entry.journal_id == Journal.id)
        .join(Account, Account.id == Entry.account_id)
        .outerjoin(Channel, Channel.id == Account.channel_id)
        .where(Entry.line_id == line.id)
        .order_by(Journal.id, Entry.id)
    )
    moves: dict[Journal, list[Move]] = defaultdict(list)
    for journal, amount, code, name in rows:
        moves[journal].append(Move(str(ACCOUNTS[AccountCode(code)]), name or "", amount))
    return tuple(
        Movement(
            public_id=journal.public_id,
            kind=journal.kind,
            at=journal.created_at,
            reason=journal.reason,
            who="" if viewer is not None else journal.actor_name,
            moves=tuple(some),
        )
        for journal, some in moves.items()
    )


def _payouts(line: CommissionLine) -> tuple[Payout, ...]:
    """Return the first payouts to the channel after the line was settled: money has no name."""
    if line.run is None:
        return ()
    return tuple(
        session().scalars(
            select(Payout)
            .where(Payout.channel_id == line.channel_id, Payout.created_at >= line.run.created_at)
            .order_by(Payout.id)
            .limit(_PAYOUTS)
        )
    )
