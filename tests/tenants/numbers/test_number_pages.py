"""Pages of numbers, pools and segments, for three people."""

import pytest

from kit import audit
from kit.db import session, workspace_scope
from tenants.numbers import access, queries, services
from tenants.numbers.models import NumberState
from tests.factories import accounts
from tests.factories.channels import make_channel
from tests.factories.numbers import make_number, make_numbers, make_pool, the_number

BY = audit.System("tester")


@pytest.fixture
def owner(in_acme, client):
    return accounts.signed_in(client, accounts.owner())


@pytest.fixture
def reader(in_acme, client):
    """A colleague who may only look."""
    role = accounts.make_role(permissions=["number:view"])
    return accounts.signed_in(client, accounts.make_user(roles=[role]))


PAGES = ["/numbers/", "/pools/", "/pools/new", "/segments/", "/segments/new", "/numbers/allot"]


@pytest.mark.parametrize("path", PAGES)
def test_pages_open(owner, path):
    make_number()
    assert owner.get(path).status_code == 200


@pytest.mark.parametrize("path", ["/pools/new", "/segments/new", "/numbers/allot"])
def test_what_writes_needs_its_permission(reader, path):
    assert reader.get("/numbers/").status_code == 200
    assert reader.get(path).status_code == 403


def test_the_list_shows_numbers_grouped_and_counts_states(owner):
    make_numbers("13900001001", "13905138888")
    page = owner.get("/numbers/").text
    assert "139 0513 8888" in page
    assert "AAAA" in page


@pytest.mark.parametrize(
    "query",
    [
        "tail=8888",
        "contains=0513",
        "number_class=premium",
        "pattern=AAAA",
        "state=available&tail=8",
    ],
)
def test_the_list_is_filtered(owner, query):
    make_numbers("13900001357", "13905138888")
    page = owner.get(f"/numbers/?{query}").text
    assert "139 0513 8888" in page
    assert "139 0000 1357" not in page


def test_more_filters(owner):
    channel = make_channel()
    pool = make_pool()
    make_number("13904001001", pool=pool, channel=channel, province="江苏", city="南京")
    shown = "139 0400 1001"
    for query in (
        f"pool={pool.public_id}",
        f"channel={channel.public_id}",
        "carrier=mobile&province=江&city=南京",
        "without_four=no",
    ):
        assert shown in owner.get(f"/numbers/?{query}").text
    for query in ("without_four=yes", "channel=house", "state=reserved", "tail=x"):
        assert shown not in owner.get(f"/numbers/?{query}").text


def test_the_drawer_shows_the_history(owner):
    number = make_number()
    services.hold_number(number, owner="basket", minutes=5, by=BY)
    public_id = number.public_id
    page = owner.get(f"/numbers/{public_id}").text
    assert "预占号码" in page
    # Whose hold it is, the log of everything says; here the key would be noise.
    assert "basket" not in page
    assert "basket" in owner.get("/audit/?event=number:held").text
    assert f"/numbers/{public_id}/release" in page


def test_a_number_is_blocked_and_unblocked(owner):
    public_id = make_number().public_id
    path = f"/numbers/{public_id}/block"
    assert owner.submit(path, {"reason": ""}).status_code == 422
    assert the_number(public_id).state == NumberState.AVAILABLE
    assert owner.submit(path, {"reason": "kept"}).status_code == 303
    assert the_number(public_id).state == NumberState.BLOCKED
    token = owner.token(f"/numbers/{public_id}")
    owner.post(f"/numbers/{public_id}/unblock", data={"csrf_token": token})
    assert the_number(public_id).state == NumberState.AVAILABLE


def test_a_hold_is_released_by_hand(owner):
    number = make_number()
    services.hold_number(number, owner="a", minutes=5, by=BY)
    public_id = number.public_id
    token = owner.token(f"/numbers/{public_id}")
    for _time in range(2):
        owner.post(f"/numbers/{public_id}/release", data={"csrf_token": token})
    assert the_number(public_id).state == NumberState.AVAILABLE


def test_selected_numbers_are_blocked_with_one_reason(owner):
    ids = [number.public_id for number in make_numbers("13900001001", "13900001002")]
    token = owner.token("/numbers/")
    asked = owner.post("/numbers/block-selected", data={"csrf_token": token, "ids": ids})
    assert asked.status_code == 200
    given = {"csrf_token": token, "ids": ",".join(ids), "submission": "x" * 20, "reason": "kept"}
    given["ids"] += ",gone"
    results = owner.post("/numbers/block-selected", data=given).text
    assert results.count('data-outcome="done"') == 2
    assert results.count('data-outcome="gone"') == 1
    assert {the_number(one).state for one in ids} == {NumberState.BLOCKED}
    again = owner.post("/numbers/block-selected", data=given).text
    assert again.count('data-outcome="refused"') == 2
    # All that match, by the conditions of the list.
    matching = {"csrf_token": token, "all_matching": "yes", "query": "state=blocked"}
    owner.post("/numbers/unblock-selected", data=matching)
    assert {the_number(one).state for one in ids} == {NumberState.AVAILABLE}


def test_selected_numbers_are_allotted(owner):
    channel = make_channel()
    ids = [number.public_id for number in make_numbers("13900001001", "13900001002")]
    given = {"ids": ",".join(ids), "submission": "x" * 20, "channel": channel.public_id}
    channel_id = channel.id
    token = owner.token("/numbers/")
    assert owner.post("/numbers/allot-selected", data={"csrf_token": token, "ids": ids}).text
    number = the_number(ids[1])
    services.allocate_number(number, item_id="i1", owner=None, by=accounts.owner())
    done = owner.post("/numbers/allot-selected", data={"csrf_token": token, **given}).text
    assert done.count('data-outcome="done"') == done.count('data-outcome="refused"') == 1
    assert [the_number(one).channel_id for one in ids] == [channel_id, None]


def test_a_filter_is_counted_and_allotted(owner):
    channel = make_channel()
    channel_id, public_id = channel.id, channel.public_id
    make_numbers("13900001088", "13900002088", "13900003077")
    token = owner.token("/numbers/allot")
    counted = owner.post("/numbers/matching", data={"csrf_token": token, "tail": "88"})
    assert "2" in counted.text
    given = {"tail": "88", "channel": public_id, "count": "3"}
    assert owner.submit("/numbers/allot", given).status_code == 422
    assert owner.submit("/numbers/allot", given | {"count": "1"}).status_code == 303
    found = queries.available_numbers(channel=None, limit=9, tail="88")
    assert [number.channel_id for number in found] == [None]
    assert queries.find_number("13900001088").channel_id == channel_id


def test_pools_are_added_changed_and_deleted(owner):
    given = {"name": "一号池", "carrier": "mobile", "source": "own_stock", "alert_below": "5"}
    assert owner.submit("/pools/new", given).status_code == 303
    assert owner.submit("/pools/new", given).status_code == 422
    public_id = queries.pool_options()[0][0]
    assert "一号池" in owner.get("/pools/").text
    assert owner.get(f"/pools/{public_id}").status_code == 200
    edit = f"/pools/{public_id}/edit"
    assert owner.submit(edit, {"name": "二号池", "alert_below": "0"}).status_code == 303
    assert access.pool(public_id).carrier == "mobile"
    token = owner.token(f"/pools/{public_id}")
    assert owner.post(f"/pools/{public_id}/delete", data={"csrf_token": token}).status_code == 303
    assert queries.pool_options() == []


def test_segments_are_added_changed_and_deleted(owner):
    given = {"prefix": "1390513", "carrier": "mobile", "province": "江苏", "city": "盐城"}
    assert owner.submit("/segments/new", given).status_code == 303
    assert owner.submit("/segments/new", given).status_code == 422
    page = owner.get("/segments/?prefix=139").text
    assert "1390513" in page
    public_id = page.partition('data-key="')[2].partition('"')[0]
    edit = f"/segments/{public_id}/edit"
    assert owner.submit(edit, given | {"city": "南京"}).status_code == 303
    assert access.segment(public_id).city == "南京"
    token = owner.token("/segments/")
    owner.post(f"/segments/{public_id}/delete", data={"csrf_token": token})
    assert owner.get(edit).status_code == 404


def test_strangers_find_nothing(in_acme, client, rival):
    public_id = make_number().public_id
    session().commit()
    with workspace_scope(rival):
        stranger = accounts.signed_in(client, accounts.owner())
        for path in (f"/numbers/{public_id}", f"/numbers/{public_id}/block"):
            assert stranger.get(path).status_code == 404


def test_the_export_is_logged(owner):
    make_number("13905138888")
    with owner.get("/numbers/?export=xlsx") as sheet:
        assert sheet.status_code == 200
    assert "数量：1" in owner.get("/audit/?event=numbers:exported").text


def test_posts_are_not_reached_by_get(owner):
    public_id = make_number().public_id
    for path in (f"/numbers/{public_id}/unblock", f"/numbers/{public_id}/release"):
        assert owner.get(path).status_code == 405
