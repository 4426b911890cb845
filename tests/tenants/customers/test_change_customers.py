"""Changing, deleting, restoring and revealing."""

import pytest

from kit import audit
from kit.errors import Refused
from tenants.accounts.permissions import Permission
from tenants.accounts.queries import log_of
from tenants.customers import queries, services
from tests.factories.accounts import everything, log_names
from tests.factories.customers import make_customer, new_customer


def edit(customer, **changed):
    options = {"version": customer.version, "by": audit.SYSTEM}
    for name in ("version", "same_phone_confirmed"):
        if name in changed:
            options[name] = changed.pop(name)
    values = {
        "name": customer.name,
        "phone": customer.phone,
        "document": customer.document,
        "document_kind": customer.document_kind,
        "address": customer.address,
        "province": customer.province,
        "city": customer.city,
    }
    services.edit_customer(customer, new_customer(**(values | changed)), **options)


def test_editing_works_and_logs_names_only(in_acme):
    customer = make_customer()
    number, made = customer.number, customer.created_at
    edit(customer, name="吴九", phone="13700137010")
    assert (customer.number, customer.created_at) == (number, made)
    assert (customer.name, customer.sort_key) == ("吴九", "wujiu")
    (entry, *_) = log_of(customer.public_id)
    assert entry.details == {"fields": ["name", "phone"]}


def test_a_stale_copy_is_refused(in_acme):
    customer = make_customer()
    with pytest.raises(Refused):
        edit(customer, version=customer.version + 1, name="别名")
    assert customer.name == "周小满"


def test_another_ones_document_and_phone_are_refused(in_acme):
    first, second = make_customer(phone="13700137011"), make_customer()
    with pytest.raises(Refused, match=first.number):
        edit(second, document=first.document)
    with pytest.raises(Refused, match=first.number):
        edit(second, phone=first.phone)
    assert second.phone != first.phone
    edit(second, phone=first.phone, same_phone_confirmed=True)
    edit(second, name="改名")
    assert second.phone == first.phone


def test_deleting_and_restoring(in_acme):
    customer = make_customer()
    services.delete_customer(customer, by=audit.SYSTEM)
    services.delete_customer(customer, by=audit.SYSTEM)
    assert queries.count_customers(everything(Permission.Customer.VIEW)) == 0
    assert queries.customer_by_document(customer.document) is None
    with pytest.raises(Refused):
        edit(customer, name="别名")
    services.restore_customer(customer, by=audit.SYSTEM)
    services.restore_customer(customer, by=audit.SYSTEM)
    assert queries.count_customers(everything(Permission.Customer.VIEW)) == 1
    assert log_names(customer) == ["customer:restored", "customer:deleted", "customer:added"]


def test_restoring_is_refused_when_the_document_is_in_use(in_acme):
    customer = make_customer()
    services.delete_customer(customer, by=audit.SYSTEM)
    again = make_customer(document=customer.document)
    with pytest.raises(Refused, match=again.number):
        services.restore_customer(customer, by=audit.SYSTEM)
    assert customer.deleted_at is not None
