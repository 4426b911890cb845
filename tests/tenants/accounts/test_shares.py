"""One record for one person or unit: what a share lets do, until when, and why it is seen."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from kit import clock
from kit.db import session, workspace_scope
from kit.errors import Forbidden, Refused
from tenants.accounts import queries, services
from tenants.accounts.models import Share, ShareAccess
from tenants.accounts.permissions import Permission
from tenants.accounts.scopes import reach_of
from tenants.customers.kinds import CUSTOMER
from tenants.customers.models import Customer
from tenants.customers.queries import count_customers, reached, search
from tenants.orders.kinds import ORDER
from tests.factories import accounts
from tests.factories.accounts import make_role, make_unit, make_user, signed_in
from tests.factories.customers import make_customer
from tests.factories.orders import make_order
from tests.page import says

ALL = [
    *("customer:view", "customer:edit", "customer:share", "customer:delete", "customer:reveal"),
    *("order:view", "order:edit", "order:share"),
]


def worker(*, unit=None, scope="own", permissions=ALL):
    return make_user(roles=[make_role(permissions=permissions, scope=scope)], unit=unit)


def share(row, target, *, by, access=ShareAccess.READ, ends_on=None, kind=CUSTOMER):
    return services.share_record(kind, row, target=target, access=access, ends_on=ends_on, by=by)


def sees(person, permission=Permission.Customer.VIEW):
    reach = reach_of(person, permission)
    return set(session().scalars(select(Customer.id).where(reached(reach))))


@pytest.fixture
def two(in_acme):
    """Two salespeople with own records, and a customer of the first."""
    first, second = worker(), worker()
    return first, second, make_customer(by=first)


def test_reading_reaches_lists_counts_pickers_and_no_more(two):
    first, second, customer = two
    assert not sees(second)
    share(customer, second, by=first)
    assert sees(second) == {customer.id}
    reach = reach_of(second, Permission.Customer.VIEW)
    assert count_customers(reach) == 1
    assert search(customer.name, reach=reach) == [customer]
    assert sees(second, Permission.Customer.REVEAL) == {customer.id}
    for permission in (Permission.Customer.EDIT, Permission.Customer.DELETE):
        assert not sees(second, permission)


def test_writing_lets_change_but_neither_delete_nor_share_on(two):
    first, second, customer = two
    share(customer, second, by=first, access=ShareAccess.WRITE)
    assert sees(second, Permission.Customer.EDIT) == {customer.id}
    assert not sees(second, Permission.Customer.DELETE)
    with pytest.raises(Forbidden):
        share(customer, worker(), by=second)


def test_a_share_gives_no_permission(two):
    first, _second, customer = two
    stranger = worker(permissions=["order:view"])
    share(customer, stranger, by=first)
    assert not sees(stranger)
    assert not queries.why(CUSTOMER, customer, stranger)


def test_it_ends_with_its_last_day_and_when_it_is_taken_back(two):
    first, second, customer = two
    made = share(customer, second, by=first, ends_on=clock.today())
    assert sees(second)
    with clock.moved(clock.now() + timedelta(days=1)):
        assert not sees(second)
        assert not queries.shares_of(CUSTOMER, customer)
    services.revoke_share(CUSTOMER, customer, made.public_id, by=first)
    services.revoke_share(CUSTOMER, customer, made.public_id, by=first)
    assert not sees(second)
    log = accounts.log_names(customer)
    assert log[:2] == ["record:unshared", "record:shared"]


def test_a_unit_has_it_with_the_units_below(two):
    first, _second, customer = two
    branch = make_unit("华东")
    outlet = make_unit("一号网点", parent=branch)
    above, inside, below = worker(), worker(unit=branch), worker(unit=outlet)
    share(customer, branch, by=first)
    assert [bool(sees(one)) for one in (above, inside, below)] == [False, True, True]


def test_sharing_again_changes_the_share(two):
    first, second, customer = two
    made = share(customer, second, by=first)
    again = share(customer, second, by=first, access=ShareAccess.WRITE, ends_on=clock.today())
    assert again.id == made.id
    assert [one.access for one in queries.shares_of(CUSTOMER, customer)] == ["write"]


def test_nobody_shares_what_he_does_not_reach_or_may_not_change(two):
    _first, second, customer = two
    with pytest.raises(Forbidden):
        share(customer, worker(), by=second)
    reader = worker(permissions=["customer:view", "customer:share"], scope="all")
    with pytest.raises(Refused) as refused:
        share(customer, second, by=reader, access=ShareAccess.WRITE)
    assert refused.value.field == "access"
    for target, ends_on, field in (
        (reader, None, "person"),
        (second, clock.today() - timedelta(days=1), "ends_on"),
    ):
        with pytest.raises(Refused) as refused:
            share(customer, target, by=reader, ends_on=ends_on)
        assert refused.value.field == field
    assert not queries.shares_of(CUSTOMER, customer)


def test_orders_are_shared_in_the_same_way(in_acme, client):
    order, person = make_order(), worker()
    browser = signed_in(client, person)
    path = f"/orders/{order.public_id}"
    assert browser.get(path).status_code == 403
    share(order, person, by=accounts.owner(), kind=ORDER)
    session().commit()
    assert browser.get(path).status_code == 200
    assert order.number in browser.get("/orders/").text
    assert browser.get(f"{path}/edit").status_code == 403


def test_a_record_says_with_whom_it_is_shared_and_why_it_is_seen(two, client):
    first, second, customer = two
    outsider = worker()
    outsider.name, second.name = "外人", "赵同事"
    browser, theirs = signed_in(client, first), signed_in(client, second)
    admin = signed_in(client, accounts.owner())
    path, number = f"/customers/{customer.public_id}/shares", customer.number
    with_outsider = f"{path}?person={outsider.public_id}"
    rights = f"/users/{second.public_id}/rights"
    typed = {"person": second.public_id, "access": "read", "ends_on": ""}
    both = typed | {"unit": accounts.headquarters().public_id}
    assert browser.submit(path, both).status_code == 422
    assert browser.submit(path, typed | {"ends_on": "2020-01-01"}).status_code == 422
    assert not session().scalars(select(Share)).all()
    assert browser.submit(path, typed).location == path
    assert "赵同事" in browser.get(path).text
    missing = says(browser.get(with_outsider), "%(name)s does not see this record.", name="外人")
    assert missing
    assert theirs.get(path).status_code == 403
    assert number in theirs.get("/customers/").text
    assert number in admin.get(rights).text
    made = session().scalars(select(Share)).one().public_id
    browser.post(f"{path}/{made}/revoke", data={"csrf_token": browser.token(path)})
    assert number not in theirs.get("/customers/").text


def test_why_names_the_role_and_the_share(two):
    first, second, customer = two
    share(customer, second, by=first)
    found = queries.why(CUSTOMER, customer, first)
    assert (list(found.roles), list(found.shares)) == (first.roles, [])
    found = queries.why(CUSTOMER, customer, second)
    assert (list(found.roles), len(found.shares)) == ([], 1)
    chief = worker(scope="all")
    assert list(queries.why(CUSTOMER, customer, chief).roles) == chief.roles


def test_another_workspace_finds_nothing(two, rival, client):
    customer = two[2]
    public_id = customer.public_id
    session().commit()
    with workspace_scope(rival):
        browser = signed_in(client, accounts.owner())
    assert browser.get(f"/customers/{public_id}/shares").status_code == 404
