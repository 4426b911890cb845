"""Comments on a record: who reads them, who is mentioned and told, and for how long they change."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from kit import clock
from kit.db import session, workspace_scope
from kit.errors import Refused
from tenants.accounts.queries import log_of
from tenants.notices.models import Notice
from tenants.records import mentions, queries, services
from tenants.records.views.wording import as_html
from tests.factories import accounts
from tests.factories.customers import make_customer


@pytest.fixture
def customer(in_acme):
    return make_customer()


@pytest.fixture
def told(monkeypatch):
    heard = []
    monkeypatch.setattr(mentions, "on_mention", [heard.append])
    return heard


def box(customer):
    return f"/records/customer/{customer.public_id}/comments"


def person(name, *permissions, **more):
    role = accounts.make_role(permissions=permissions or ("customer:view",), **more)
    return accounts.make_user(name=name, roles=[role])


def written(customer):
    return queries.comments_of("customer", customer.public_id)


def test_a_comment_is_written_escaped_and_seen_by_colleagues(client, customer):
    url, home = box(customer), f"/customers/{customer.public_id}"
    reader = accounts.signed_in(client, person("王五"))
    text = "见 https://example.com/a?b=1&c=<2>。<script>alert(1)</script>"
    assert reader.submit(url, {"body": text}).location.endswith(home)
    page = reader.get(url).text
    assert "<script>alert" not in page
    assert 'href="https://example.com/a?b=1&amp;c="' in page
    assert 'rel="noopener noreferrer nofollow"' in page
    assert "alert(1)" in reader.get(home).text
    empty = reader.submit(url, {"body": "  "})
    assert empty.status_code == 422
    piece = reader.get(url, headers={"HX-Request": "true"}).text
    assert "<html" not in piece
    assert len(queries.comments_of("customer", home.rpartition("/")[2])) == 1


def test_the_mentioned_are_told_once_and_only_they(customer, told):
    me, wang = accounts.owner(), person("王小二")
    one = services.add_comment("customer", customer, body="@王小二 请看，@无此人 也行", by=me)
    assert [who.id for who in told[0].people] == [wang.id]
    assert one.mentions == [wang.public_id]
    li = person("李小三")
    services.edit_comment(one, body="@王小二 和 @李小三 请看", by=me)
    assert [who.id for who in told[1].people] == [li.id]
    assert log_of(one.public_id)[0].details["mentions"] == ["王小二", "李小三"]
    assert 'class="mention">@王小二<' in as_html(one.body, [wang, li])


def test_who_may_not_see_the_record_cannot_be_mentioned(customer, told):
    person("外人", "order:view")
    person("远人", "customer:view", scope="own")
    for name in ("外人", "远人"):
        with pytest.raises(Refused, match="may not see this record"):
            services.add_comment("customer", customer, body=f"@{name} 看", by=accounts.owner())
    assert not told
    assert not written(customer)


def test_two_of_the_same_name_are_told_apart(customer, told):
    first, second = person("张同名"), person("张同名")
    with pytest.raises(Refused, match="Several colleagues"):
        services.add_comment("customer", customer, body="@张同名 看", by=accounts.owner())
    services.add_comment(
        "customer", customer, body=f"@张同名({second.username}) 看", by=accounts.owner()
    )
    assert [who.id for who in told[0].people] == [second.id]
    assert first.id != second.id


def test_the_picker_offers_those_who_may_see_it(client, customer):
    url = f"/records/customer/{customer.public_id}/colleagues"
    person("陈可见")
    person("陈不可见", "order:view")
    browser = accounts.signed_in(client, accounts.owner())
    found = browser.get(f"{url}?q=陈").json
    assert [one["name"] for one in found] == ["陈可见"]
    assert found[0]["write"] == "@陈可见"


def test_ones_own_comment_changes_for_a_quarter_of_an_hour(client, customer):
    me = accounts.owner()
    one = services.add_comment("customer", customer, body="一", by=me)
    public_id = one.public_id
    browser = accounts.signed_in(client, me)
    edit = f"/records/comments/{public_id}/edit"
    assert browser.submit(edit, {"body": "二"}).status_code == 303
    other = accounts.signed_in(client, person("旁人"))
    assert other.get(edit).status_code == 403
    one = written(customer)[0]
    assert (one.body, one.edited_at is not None) == ("二", True)
    one.created_at = clock.now() - timedelta(minutes=16)
    session().commit()
    assert browser.submit(edit, {"body": "三"}).status_code == 422
    with pytest.raises(Refused, match="15 minutes"):
        services.delete_comment(one, by=me)


def test_a_comment_taken_back_leaves_no_words(client, customer):
    me = accounts.owner()
    one = services.add_comment("customer", customer, body="秘密", by=me)
    url, home = f"/records/comments/{one.public_id}/delete", f"/customers/{customer.public_id}"
    browser = accounts.signed_in(client, me)
    assert (
        browser.post(url, data={"csrf_token": browser.token("/customers/new")}).status_code == 303
    )
    assert "秘密" not in browser.get(home).text
    assert not queries.comments_of("customer", home.rpartition("/")[2])


def test_strangers_and_the_blind_write_nothing(client, customer, rival):
    url = box(customer)
    blind = accounts.signed_in(client, person("盲人", "order:view"))
    assert blind.get(url).status_code == 403
    session().commit()
    with workspace_scope(rival):
        stranger = accounts.signed_in(client, accounts.owner())
    token = stranger.token("/customers/new")
    assert stranger.get(url).status_code == 404
    assert stranger.post(url, data={"csrf_token": token, "body": "x"}).status_code == 404
    assert not queries.comments_of("customer", url.split("/")[3])


@pytest.mark.parametrize("body", ["\0", "a\u202eb", "字" * 2_001])
def test_a_bad_comment_stays_in_the_box(client, customer, body):
    browser = accounts.signed_in(client, accounts.owner())
    url, key = box(customer), customer.public_id
    answer = browser.submit(url, {"body": body})
    assert answer.status_code == 422
    assert "field-error" in answer.text
    assert not queries.comments_of("customer", key)


def test_a_mention_reaches_the_inbox_and_leads_to_the_record(client, customer):
    me, other = person("赵六"), person("王五")
    home, other_id = f"/customers/{customer.public_id}", other.id
    services.add_comment("customer", customer, body="@王五 请跟进", by=me)
    notice = session().scalars(select(Notice).where(Notice.user_id == other_id)).one()
    assert (notice.is_mention, notice.kind) == (True, "records:mentioned")
    path = f"/records/comments/{notice.record_id}"
    assert accounts.signed_in(client, other).get(path).location == home
    stranger = accounts.signed_in(client, person("孙七", "product:view"))
    assert stranger.get(path).status_code == 403
