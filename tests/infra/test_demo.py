"""The demonstration is made through the verbs: ledger and timeline agree, nobody is real."""

import random
from datetime import timedelta

import pytest
import stdnum.cn.ric
from sqlalchemy import func, select

from infra.demo import cli, people, stock, trade
from kit import clock
from kit.db import session
from tenants.channels.models import Channel
from tenants.orders.models import Order, OrderEvent
from tenants.orders.states import Axis
from tenants.settlement.models import Entry


@pytest.fixture
def stocked(in_acme, monkeypatch):
    monkeypatch.setattr(stock, "NUMBERS", 600)
    monkeypatch.setattr(stock, "CARDS", 150)
    monkeypatch.setattr(trade, "ORDERS", 120)
    monkeypatch.setattr(cli, "customers", lambda chance, _: people.customers(chance, 60))
    cli._fill()


class Killed(Exception):
    """The process died between two days."""


def live(until, *, days: int | None = None) -> None:
    def say(done: int, _total: int) -> None:
        if done == days:
            raise Killed

    trade.Trade().run(until, say=say)


def seen(orders: list[Order]) -> list[tuple[object, ...]]:
    return [
        (order.submission, order.state, order.payment_state, order.placed_at, order.completed_at)
        for order in orders
    ]


def all_orders() -> list[Order]:
    return list(session().scalars(select(Order).order_by(Order.id)))


def ledger_and_timeline_agree() -> None:
    work = session()
    assert work.scalar(select(func.max(Channel.depth))) == 3
    assert work.scalar(select(func.sum(Entry.amount))) == 0
    first = work.scalar(select(func.min(OrderEvent.created_at)))
    assert first < clock.now() - timedelta(days=trade.DAYS - 5)
    for order in all_orders():
        last = work.scalars(
            select(OrderEvent.to_state)
            .where(OrderEvent.order_id == order.id, OrderEvent.axis == Axis.ORDER)
            .order_by(OrderEvent.id.desc())
        ).first()
        assert last == order.state


def test_every_state_of_the_present_verbs_is_reached():
    # What 2,000 orders will show, told from their plans alone: every step is somebody's fate.
    lived = {
        step
        for serial in range(trade.ORDERS)
        for day, step in trade.plan(serial, people=9, products=12).steps
        if day <= trade.DAYS
    }
    assert lived == {step for _, fate in trade.FATES for _, step in fate}


def test_a_killed_demonstration_goes_on_where_it_broke_off(stocked):
    now = clock.now()
    with pytest.raises(Killed):
        live(now, days=31)
    part = seen(all_orders())
    assert 0 < len(part) < 120
    live(now + timedelta(hours=5))
    whole = seen(all_orders())
    assert len(whole) == 120
    assert [row[0] for row in whole] == [f"demo-{serial}" for serial in range(120)]
    assert max(row[3] for row in whole) < now
    live(now + timedelta(days=1))
    assert seen(all_orders()) == whole
    ledger_and_timeline_agree()


def test_documents_are_right_and_nobodys():
    chance = random.Random(7)
    documents = {people.resident_id(chance, serial) for serial in range(200)}
    assert len(documents) == 200
    for document in documents:
        assert document.startswith("999999")
        assert document[-1] == str(stdnum.cn.ric.calc_check_digit(document))
