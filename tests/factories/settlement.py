"""Chains of channels with rates, items that earn, and money that was settled."""

import itertools
from collections.abc import Sequence
from datetime import date

from kit import audit, ids
from kit.db import transaction
from tenants.catalogue.models import MilestoneKind, Timing
from tenants.catalogue.rates import RateSnapshot
from tenants.channels.models import Channel
from tenants.settlement import services
from tenants.settlement.services import ItemFacts

BY = audit.System("财务")
MET_ON = date(2026, 7, 10)
_numbers = itertools.count(1)


def make_chain(depth: int = 3, *, under: Channel | None = None) -> list[Channel]:
    """Channels below one another, root first; rows as tenants.channels makes them."""
    chain: list[Channel] = []
    with transaction() as session:
        parent = under
        for _ in range(depth):
            number = next(_numbers)
            channel = Channel(
                name=f"渠道{number}-{ids.new()[-4:]}",
                sort_key=f"qudao{number}",
                kind="agent",
                parent_id=parent.id if parent else None,
                depth=parent.depth + 1 if parent else 1,
                contact_name="李渠道",
            )
            session.add(channel)
            session.flush()
            channel.path = f"{parent.path if parent else ''}{channel.id}."
            chain.append(channel)
            parent = channel
    return chain


def make_rate(
    amounts: Sequence[int] = (1000, 700, 400),
    *,
    milestone: MilestoneKind = MilestoneKind.ACTIVATED,
    month: int = 0,
    timing: Timing = Timing.AT_ONCE,
) -> RateSnapshot:
    sources = ("default", *("share" for _ in amounts[1:]))
    return RateSnapshot(milestone.value, month, timing.value, tuple(amounts), sources)


def make_facts(chain: Sequence[Channel], *rates: RateSnapshot, order_number: str = "") -> ItemFacts:
    return ItemFacts(
        item_id=ids.new(),
        order_number=order_number or f"SO{next(_numbers):08}",
        product_name="大流量卡",
        currency="CNY",
        chain=tuple(channel.id for channel in chain),
        rates=rates or (make_rate((1000, 700, 400, 200, 100)[: len(chain)]),),
    )


def make_expected(chain: Sequence[Channel], *rates: RateSnapshot, order_number: str = "") -> str:
    """An item that may earn; returns its id."""
    facts = make_facts(chain, *rates, order_number=order_number)
    services.expect(facts, by=BY)
    return facts.item_id


def make_earned(
    chain: Sequence[Channel],
    *rates: RateSnapshot,
    met_on: date = MET_ON,
    order_number: str = "",
) -> str:
    """An item whose milestones are all met; returns its id."""
    facts = make_facts(chain, *rates, order_number=order_number)
    services.expect(facts, by=BY)
    for rate in facts.rates:
        services.meet_milestone(
            facts.item_id,
            kind=rate.milestone,
            month=rate.month,
            met_on=met_on,
            evidence={"source": "carrier file"},
            by=BY,
        )
    return facts.item_id


def make_payable(chain: Sequence[Channel], *rates: RateSnapshot) -> str:
    """An item whose commission was settled; returns its id."""
    item_id = make_earned(chain, *rates)
    services.settle(until=MET_ON, key=ids.new(), by=BY)
    return item_id


def make_payout(channel: Channel, amount: int, **changes: object) -> object:
    values = {
        "method": "bank",
        "reference": "20260710001",
        "paid_on": MET_ON,
        "proof_key": None,
        "proof_name": "",
        "remark": "",
        "key": ids.new(),
        "by": BY,
    } | changes
    return services.pay(channel, amount=amount, **values)
