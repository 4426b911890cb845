"""What items may earn, noted when an order is placed.

Level difference: a channel gets its own rate less its child's, the last of the chain its whole
rate, so that the lines of a milestone add up to the root's rate.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from kit import audit, clock
from kit.db import transaction
from tenants.catalogue.rates import RateSnapshot
from tenants.channels.models import Channel
from tenants.settlement.services.milestones import add_milestones
from tenants.settlement.services.sets import any_of, public_ids, records, texts


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """What commission needs to know of an order's item: its chain, root first, and its rates."""

    item_id: str
    order_number: str
    product_name: str
    currency: str
    chain: tuple[int, ...]
    rates: tuple[RateSnapshot, ...]

    def refuse_if_wrong(self) -> None:
        """ValueError where a rate does not fit the chain, or a child's exceeds its parent's."""
        seen = {(rate.milestone, rate.month) for rate in self.rates}
        if len(seen) < len(self.rates) or len(set(self.chain)) < len(self.chain):
            raise ValueError(f"{self.item_id}: a milestone or a channel comes twice")
        for rate in self.rates:
            steps = [*rate.amounts, 0]
            if len(rate.amounts) != len(self.chain) or len(rate.sources) != len(self.chain):
                raise ValueError(f"{self.item_id}: {rate.milestone} does not fit the chain")
            if any(upper < lower for upper, lower in pairwise(steps)):
                raise ValueError(f"{self.item_id}: a child would get more than its parent")


def expect(facts: ItemFacts, *, by: audit.Actor) -> None:
    """Note what an item may earn: its milestones (waiting) and commission lines (expected)."""
    expect_all([facts], by=by)


def expect_all(facts: Sequence[ItemFacts], *, by: audit.Actor) -> None:
    """Note what many items may earn; an item that is known already keeps its first snapshot.

    Lines of nothing are kept too, so that everybody sees why. ValueError for a wrong snapshot.
    """
    del by  # The order's own audit row says who placed it; nothing is earned yet.
    for one in facts:
        one.refuse_if_wrong()
    with transaction() as session:
        fresh = _insert_milestones(session, facts)
        names = _channel_names(session, facts)
        _insert_lines(session, [one for one in facts if one.item_id in fresh], names)


def _insert_milestones(session: Session, facts: Sequence[ItemFacts]) -> set[str]:
    wanted = [(one.item_id, rate.milestone, rate.month) for one in facts for rate in one.rates]
    known = set(
        session.scalars(
            text("SELECT DISTINCT item_id FROM milestones WHERE item_id = ANY(:items)").bindparams(
                texts("items", [one.item_id for one in facts])
            )
        )
    )
    new = [one for one in wanted if one[0] not in known]
    return add_milestones(session, new)


def _channel_names(session: Session, facts: Iterable[ItemFacts]) -> dict[int, str]:
    wanted = sorted({channel_id for one in facts for channel_id in one.chain})
    rows = session.execute(select(Channel.id, Channel.name).where(Channel.id == any_of(wanted)))
    return {row.id: row.name for row in rows}


def _insert_lines(session: Session, facts: Sequence[ItemFacts], names: dict[int, str]) -> None:
    rows: list[tuple[Any, ...]] = []
    for one in facts:
        for rate in one.rates:
            chain = [
                {"channel": channel_id, "name": names[channel_id], "rate": amount, "source": source}
                for channel_id, amount, source in zip(
                    one.chain, rate.amounts, rate.sources, strict=True
                )
            ]
            below = [*rate.amounts[1:], 0]
            rows += [
                (
                    one.item_id,
                    one.order_number,
                    one.product_name,
                    channel_id,
                    rate.milestone,
                    rate.month,
                    rate.timing,
                    rate.amounts[position] - below[position],
                    one.currency,
                    {"position": position, "chain": chain},
                )
                for position, channel_id in enumerate(one.chain)
            ]
    if not rows:
        return
    columns = (
        "public_id",
        "item_id",
        "order_number",
        "product_name",
        "channel_id",
        "milestone",
        "month",
        "timing",
        "amount",
        "currency",
        "why",
    )
    session.execute(
        text("""
            INSERT INTO commission_lines (public_id, created_at, item_id, order_number,
                product_name, channel_id, milestone, month, timing, amount, currency, why, state,
                reason, changed_at)
            SELECT t.public_id, :now, t.item_id, t.order_number, t.product_name, t.channel_id,
                   t.milestone, t.month, t.timing, t.amount, t.currency, t.why, 'expected', '', :now
            FROM json_to_recordset(CAST(:rows AS json))
                 AS t (public_id text, item_id text, order_number text, product_name text,
                       channel_id bigint, milestone text, month bigint, timing text,
                       amount bigint, currency text, why jsonb)
        """).bindparams(
            records(
                "rows",
                columns,
                (
                    (public_id, *row)
                    for public_id, row in zip(public_ids(len(rows)), rows, strict=True)
                ),
            )
        ),
        {"now": clock.now()},
    )
