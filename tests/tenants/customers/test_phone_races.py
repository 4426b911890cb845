"""A phone number that nobody has yet, taken by several at once."""

from dataclasses import replace

import pytest
from sqlalchemy import delete, select

from kit import audit
from kit.db import session
from kit.errors import Refused
from tenants.channels.models import Channel
from tenants.customers import intake, services
from tenants.customers.models import Customer
from tenants.customers.queries import customers_by_phone
from tenants.customers.recognition import find_or_add
from tenants.customers.services import NewCustomer
from tests.factories.channels import make_channel
from tests.factories.customers import resident_id
from tests.racing import done

pytestmark = pytest.mark.real_commits
PHONE = "13712340000"


@pytest.fixture(autouse=True)
def nobody(at_once):
    session().execute(delete(Customer))
    session().commit()


def new(name: str, phone: str = PHONE) -> NewCustomer:
    return NewCustomer(kind="person", name=name, phone=phone)


def taking(**confirmed: bool):
    """Return four ways to one number: two imports, the page, and a change of another customer."""
    other = services.add_customers([new("别号", "13700000001")], by=audit.SYSTEM)[0]
    session().commit()
    number = other.id

    def edit():
        found = session().get_one(Customer, number)
        services.edit_customer(
            found, new("别号"), version=found.version, by=audit.SYSTEM, **confirmed
        )

    return [
        lambda: intake.take_in(
            [new("甲"), new("甲二", "13700000002")], by=audit.SYSTEM, **confirmed
        ),
        lambda: intake.take_in(
            [new("乙"), new("乙二", "13700000003")], by=audit.SYSTEM, **confirmed
        ),
        lambda: services.add_customers([new("丙")], by=audit.SYSTEM, **confirmed),
        lambda: intake.change({number: {"phone": PHONE}}, by=audit.SYSTEM, **confirmed),
        edit,
    ]


def test_of_all_who_find_it_free_one_takes_it(at_once):
    for _round in range(3):
        answers = at_once(taking())
        # Two of the five change the same customer: the second of them has the number already.
        taken = customers_by_phone(PHONE)
        assert len(taken) == 1
        assert len(done(answers)) in ({1, 2} if taken[0].name == "别号" else {1})
        # And what came with a refused row stayed away, too.
        names = set(session().scalars(select(Customer.name)))
        assert ("甲二" in names, "乙二" in names) == ("甲" in names, "乙" in names)
        session().execute(delete(Customer))
        session().commit()


def test_who_confirmed_that_it_is_another_customer_waits_for_nobody(at_once):
    answers = at_once(taking(same_phone_confirmed=True)[:3])
    assert len(done(answers)) == len(customers_by_phone(PHONE)) == 3


@pytest.mark.parametrize("document", ["", resident_id()])
def test_orders_for_one_person_at_the_same_moment_make_one_customer(at_once, document):
    """Whoever takes the order: the portal brings a channel along, the back office none."""
    channel = make_channel().id
    session().commit()

    def order(number):
        placed = replace(new("丁"), document=document, document_kind=document and "resident_id")
        by = session().get_one(Channel, number) if number else None
        return find_or_add(placed, channel=by, by=audit.SYSTEM).id

    answers = at_once([lambda number=number: order(number) for number in (channel, None) * 3])
    assert len(done(answers)) == 6
    assert len(set(answers)) == 1
    assert len(customers_by_phone(PHONE)) == 1


def test_an_order_and_an_import_do_not_both_bring_a_person(at_once):
    def bring():
        return intake.take_in([new("戊")], by=audit.SYSTEM)

    def order():
        return find_or_add(new("戊"), channel=None, by=audit.SYSTEM).id

    for _round in range(3):
        session().execute(delete(Customer))
        session().commit()
        answers = at_once([bring, order, bring, order])
        assert not any(isinstance(one, Refused) for one in (answers[1], answers[3]))
        assert len(customers_by_phone(PHONE)) == 1
