"""Messages to customers: told once, sent once and switched once, however many are at it."""

import threading

import pytest
from sqlalchemy import select

from kit import sms, tenancy
from kit.db import session
from kit.jobs import registry
from kit.jobs.runner import perform
from kit.jobs.tables import Place, cell_outbox
from tenants.accounts.models import User
from tenants.customers.messages import queries, services
from tenants.customers.messages.models import CustomerMessage
from tenants.customers.models import Customer
from tenants.notices.models import DeliveryState
from tenants.orders.customer_telling import PLACED
from tests.factories.accounts import owner
from tests.factories.customers import make_customer
from tests.factories.messages import ZH, by_day, switch_on

pytestmark = pytest.mark.real_commits


def test_it_is_told_and_sent_once(at_once, monkeypatch):
    switch_on(PLACED)
    number = make_customer(phone="13900007777").id
    session().commit()

    def inform():
        customer = session().get_one(Customer, number)
        with by_day():
            return services.inform(
                PLACED,
                customer,
                once="race",
                record_id="race",
                record_name="1",
                number="1",
                product="卡",
            )

    def send():
        with by_day():
            perform(registry.get, Place("main"), workspace, job)

    assert sorted(at_once([inform] * 6)) == [0] * 5 + [1]
    job = session().scalars(
        select(cell_outbox.c.id).where(cell_outbox.c.kind == "customers.send_message")
    ).one()  # fmt: skip
    workspace, sent, may_end = tenancy.current(), [], threading.Event()

    def slowly(*given, **more):
        sent.append((given[0], more["message_id"]))
        may_end.wait(1)

    monkeypatch.setattr(sms, "send", slowly)
    at_once([send] * 6)
    assert sent == [("+8613900007777", str(job))]
    states = select(CustomerMessage.state).where(CustomerMessage.customer_id == number)
    assert session().scalars(states).all() == [DeliveryState.SENT]


def test_switches_saved_at_once_are_there_once(at_once):
    boss = owner().id
    session().commit()
    cell = (PLACED.code, "mail", ZH)

    def save(wanted):
        services.switch(wanted, by=session().get_one(User, boss))

    at_once([lambda wanted=wanted: save(wanted) for wanted in ([cell], [cell], [], [cell], [])])
    assert queries.switched_on() <= {cell}
