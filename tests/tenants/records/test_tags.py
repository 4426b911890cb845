"""Tags: kept by who may, put on one record or on many, and lists narrowed by them."""

import pytest

from kit.db import session, workspace_scope
from tenants.accounts.queries import log_of
from tenants.records import queries, services
from tests.factories import accounts
from tests.factories.customers import make_customer
from tests.factories.orders import make_order
from tests.factories.records import make_tag
from tests.page import says


@pytest.fixture
def owner(in_acme, client):
    return accounts.signed_in(client, accounts.owner())


def colleague(client, *permissions, **more):
    role = accounts.make_role(permissions=permissions, **more)
    return accounts.signed_in(client, accounts.make_user(roles=[role]))


def names(record_id):
    return [one.name for one in queries.tags_of(record_id)]


def test_tags_are_added_changed_and_removed(owner):
    url = "/settings/tags"
    typed = {"kind": "customer", "name": "重点", "colour": "red"}
    assert owner.submit(f"{url}/new", typed).status_code == 303
    twice = owner.submit(f"{url}/new", typed)
    assert twice.status_code == 422
    assert says(twice, "There is a tag of this name already.")
    assert owner.submit(f"{url}/new", typed | {"kind": "order"}).status_code == 303
    tag = queries.tag_by_name("customer", "重点")
    public_id, customer = tag.public_id, make_customer()
    services.put_tag(tag, customer, by=accounts.owner())
    record_id = customer.public_id
    changed = {"name": "大客户", "colour": "green"}
    assert owner.submit(f"{url}/{public_id}", changed).status_code == 303
    assert names(record_id) == ["大客户"]
    page = owner.get(f"{url}/?kind=customer&name=大").text
    assert "大客户" in page
    assert owner.post(
        f"{url}/{public_id}/remove", data={"csrf_token": owner.token(f"{url}/new")}
    ).location.endswith(f"{url}/")
    assert not names(record_id)
    assert log_of(public_id)[0].details["count"] == 1


def test_a_record_gets_its_tags_and_the_list_is_narrowed(owner):
    red, blue = make_tag("红"), make_tag("蓝", colour="blue")
    one, other = make_customer(name="有标签"), make_customer(name="无标签")
    record_id, tag_id = one.public_id, red.public_id
    form = {"tags": [red.public_id, blue.public_id]}
    assert owner.submit(f"/records/customer/{record_id}/tags", form).status_code == 303
    assert sorted(names(record_id)) == sorted(["红", "蓝"])
    assert "红" in owner.get(f"/customers/{record_id}").text
    page = owner.get(f"/customers/?tag={tag_id}").text
    assert "有标签" in page
    assert "无标签" not in page
    assert owner.submit(f"/records/customer/{record_id}/tags", {"tags": []}).status_code == 303
    assert not names(record_id)
    assert other is not one


def test_many_records_are_tagged_and_each_has_its_result(owner, client):
    tag = make_tag("批量", kind="order")
    here, gone = make_order(), "0" * 26
    order_id, tag_id = here.public_id, tag.public_id
    url = "/records/order/tag-selected"
    token = owner.token("/orders/new")
    asked = owner.post(url, data={"csrf_token": token, "ids": [order_id, gone]})
    assert asked.status_code == 200
    answer = owner.post(
        url,
        data={
            "csrf_token": token,
            "submission": "x" * 20,
            "ids": f"{order_id},{gone}",
            "tag": tag_id,
            "way": "put",
        },
    )
    assert says(answer, "%(done)s done, %(rest)s not.", done=1, rest=1)
    assert names(order_id) == ["批量"]
    assert "批量" in owner.get(f"/orders/?tag={tag_id}").text
    foreign = make_tag("客户的")
    wrong = {"submission": "x" * 20, "ids": order_id, "tag": foreign.public_id, "way": "put"}
    assert owner.post(url, data=wrong | {"csrf_token": token}).status_code == 422
    assert names(order_id) == ["批量"]


def test_who_may_only_look_puts_no_tag(client, in_acme, rival):
    tag, customer = make_tag(), make_customer()
    url, tag_id = f"/records/customer/{customer.public_id}/tags", tag.public_id
    reader = colleague(client, "customer:view")
    assert reader.get(url).status_code == 403
    assert reader.get("/settings/tags/").status_code == 403
    assert says(reader.get("/customers/"), "Tag")
    session().commit()
    with workspace_scope(rival):
        stranger = accounts.signed_in(client, accounts.owner())
    assert stranger.get(url).status_code == 404
    assert stranger.get(f"/settings/tags/{tag_id}").status_code == 404
    assert stranger.get(f"/customers/?tag={tag_id}").status_code == 200


@pytest.mark.parametrize("name", ["", "字" * 31, "\0", "a\u202eb"])
def test_a_bad_name_is_refused_beside_its_field(owner, name):
    answer = owner.submit("/settings/tags/new", {"kind": "customer", "name": name, "colour": "red"})
    assert answer.status_code == 422
    assert not queries.tags_of_kind("customer")
