"""The demonstration is made through the verbs: ledger and timeline agree, nobody is real."""

import random
from datetime import timedelta

import pytest
import stdnum.cn.ric
from sqlalchemy import func, select

from infra.demo import cli, people, stock, trade
from kit import clock
from kit.db import session
from tenants.accounts.models import User
from tenants.catalogue.models import Product
from tenants.channels.models import Channel, ChannelUser
from tenants.customers.models import Customer
from tenants.orders.models import Order, OrderEvent
from tenants.settlement.models import Entry


@pytest.fixture
def lived(in_acme, monkeypatch):
    monkeypatch.setattr(stock, "NUMBERS", 600)
    monkeypatch.setattr(stock, "CARDS", 100)
    monkeypatch.setattr(trade, "ORDERS", 40)
    monkeypatch.setattr(cli, "customers", lambda chance, _: people.customers(chance, 30))
    cli._fill()
    work = session()
    trade.Trade(
        random.Random(1),
        users=work.scalars(select(User).order_by(User.id)).all(),
        people=work.scalars(select(ChannelUser).order_by(ChannelUser.id)).all(),
        customers=work.scalars(select(Customer.id).order_by(Customer.id)).all(),
        products=work.scalars(select(Product).order_by(Product.id)).all(),
    ).run(clock.now(), say=lambda *_: None)


def test_ledger_and_timeline_agree(lived):
    work = session()
    assert work.scalar(select(func.count()).select_from(Order)) == 40
    assert work.scalar(select(func.count(func.distinct(Order.state)))) > 4
    assert work.scalar(select(func.max(Channel.depth))) == 3
    assert work.scalar(select(func.sum(Entry.amount))) == 0
    first = work.scalar(select(func.min(OrderEvent.created_at)))
    assert first < clock.now() - timedelta(days=trade.DAYS - 5)


def test_documents_are_right_and_nobodys():
    chance = random.Random(7)
    documents = {people.resident_id(chance, serial) for serial in range(200)}
    assert len(documents) == 200
    for document in documents:
        assert document.startswith("999999")
        assert document[-1] == str(stdnum.cn.ric.calc_check_digit(document))
