"""Finding customers."""

from kit.db import session
from tenants.customers import queries
from tests.factories.customers import make_customer


def found(condition):
    return session().scalars(queries.live_customers().where(condition)).all()


def test_by_phone_its_tail_document_number_and_name(in_acme):
    customer = make_customer(name="郑和平", phone="13700134321")
    make_customer(name="冯子")
    assert found(queries.with_phone("4321")) == [customer]
    assert found(queries.with_phone("137 0013 4321")) == [customer]
    assert found(queries.with_phone("not one")) == []
    assert found(queries.with_document(customer.document.lower())) == [customer]
    assert found(queries.with_number(customer.number.lower())) == [customer]
    assert found(queries.with_number(str(customer.id))) == [customer]
    assert found(queries.with_number("CMX")) == []
    assert found(queries.with_name("和平")) == [customer]
    assert found(queries.with_name("zhenghe")) == [customer]
    assert found(queries.with_name("%")) == []


def test_search_takes_any_of_them(in_acme):
    customer = make_customer(name="郑和平", phone="13700134321")
    make_customer(name="冯子")
    for typed in ("郑", "4321", "13700134321", customer.number, "zheng", customer.document):
        assert queries.search(typed) == [customer], typed
    assert queries.search(" ") == []
    assert queries.search("郑", channel_id=999) == []


def test_duplicates_leave_oneself_out(in_acme):
    customer = make_customer(phone="13700134322")
    both = queries.duplicates("13700134322", customer.document)
    assert both.document is customer
    assert list(both.phone) == [customer]
    assert not queries.duplicates("13700134322", customer.document, apart_from=customer)
    assert not queries.duplicates("13700134399", None)
