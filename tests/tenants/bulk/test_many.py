"""Something done with more rows than a request can: a job, with a result for each row."""

import re
from collections import Counter

import pytest
from sqlalchemy import func, select, update

from kit.db import session, workspace_scope
from kit.jobs.tables import JobState
from kit.web import Outcome
from tenants.accounts.models import Role, User
from tenants.approvals import services as approvals
from tenants.approvals.queries import find_approval
from tenants.bulk import many
from tenants.bulk.models import BulkRow, BulkRun
from tenants.channels import services as channels
from tenants.customers import services as customers
from tenants.customers.models import Customer
from tenants.customers.services import NewCustomer
from tenants.numbers import services
from tenants.numbers.models import Allotment, Number, SimCard
from tests.factories import accounts
from tests.factories.approvals import (
    PAPER,
    approver,
    make_document,
    make_flow,
    people_step,
    refuse_outcomes,
)
from tests.factories.channels import make_channel
from tests.factories.customers import make_customer
from tests.factories.notices import notices_of
from tests.factories.numbers import make_card, make_numbers
from tests.factories.records import make_tag

MANY = 505


@pytest.fixture
def crowd(in_acme) -> list[str]:
    """More live customers than a request may handle; the third is deleted meanwhile."""
    rows = [
        NewCustomer(kind="person", name=f"群众{n:03}", phone=f"139{n:08}")
        for n in range(1, MANY + 1)
    ]
    added = customers.add_customers(rows, by=accounts.owner())
    session().commit()
    return [one.public_id for one in added]


@pytest.fixture
def owner(client, crowd):
    return accounts.signed_in(client, accounts.owner())


def ask(browser, **more):
    data = {"csrf_token": browser.token("/customers/new"), "all_matching": "yes", "query": ""}
    return browser.post("/customers/delete-selected", data=data | more)


def live() -> int:
    return session().scalar(
        select(func.count()).select_from(Customer).where(Customer.deleted_at.is_(None))
    )


def the_run() -> BulkRun:
    session().expire_all()
    return session().scalars(select(BulkRun)).one()


def test_all_that_match_are_done_in_the_background(owner, crowd):
    answer = ask(owner)
    assert answer.status_code == 303
    made = the_run()
    assert answer.location.endswith(f"/many/{made.public_id}")
    assert (made.row_count, live()) == (MANY, MANY)
    page = owner.get(answer.location).text
    assert "progress" in page
    assert JobState.DONE in accounts.run_jobs()
    session().expire_all()
    assert live() == 0
    page = owner.get(answer.location).text
    assert "群众" in page
    assert f"{MANY}" in page
    with owner.get(f"{answer.location}?export=xlsx") as sheet:
        assert sheet.status_code == 200
        assert sheet.mimetype.endswith("sheet")
    told = notices_of(accounts.owner())[0]
    assert told.values["done"] == f"{MANY}"


def test_a_row_that_is_refused_holds_up_no_other(owner, crowd):
    """Gone, denied and refused rows say why; the others are done."""
    ask(owner)
    session().execute(
        update(BulkRow).where(BulkRow.place == 2).values(record_id="01h00000000000000000000000")
    )
    session().commit()
    accounts.run_jobs()
    made = the_run()
    assert many.counts(made) == (MANY, MANY - 1)
    page = owner.get(f"/many/{made.public_id}?outcome=gone")
    assert page.status_code == 200
    assert "01h" not in page.text


def test_who_lost_the_right_meanwhile_does_nothing_more(client, crowd):
    role = accounts.make_role(permissions=("customer:view", "customer:delete", "customer:edit"))
    colleague = accounts.make_user(roles=[role])
    session().commit()
    number = role.id
    browser = accounts.signed_in(client, colleague)
    ask(browser)
    session().execute(update(Role).where(Role.id == number).values(permissions=["customer:view"]))
    session().commit()
    accounts.run_jobs()
    assert live() == MANY
    assert many.counts(the_run()) == (MANY, 0)


def test_a_run_is_nobody_elses(owner, client, crowd, rival):
    ask(owner)
    path = f"/many/{the_run().public_id}"
    assert accounts.signed_in(client, accounts.make_user()).get(path).status_code == 404
    with workspace_scope(rival):
        stranger = accounts.signed_in(client, accounts.owner())
    assert stranger.get(path).status_code == 404


def test_beyond_ten_thousand_it_refuses_and_starts_nothing(owner, monkeypatch):
    monkeypatch.setattr("tenants.customers.views.MOST_IN_BACKGROUND", 500)
    answer = ask(owner)
    assert "/many/" not in (answer.location or "")
    assert session().scalars(select(BulkRun)).all() == []
    assert live() == MANY


def test_up_to_five_hundred_are_done_at_once(owner, crowd):
    data = {"csrf_token": owner.token("/customers/new"), "ids": crowd[:3]}
    assert owner.post("/customers/delete-selected", data=data).status_code == 200
    assert live() == MANY - 3
    assert session().scalars(select(BulkRun)).all() == []


@pytest.fixture
def two_at_once(monkeypatch):
    """A request may handle two rows, and so may a part of a job."""
    monkeypatch.setattr("kit.web.listing.bulk.MOST_SELECTED", 2)
    monkeypatch.setattr("tenants.bulk.many._AT_ONCE", 2)


def of_all(browser, path, token_from, **more):
    """Send a list's whole selection; answer what a form asks for, and run the job."""
    data = {"csrf_token": browser.token(token_from), "all_matching": "yes", "query": ""}
    answer = browser.post(path, data=data)
    if more:
        ids = re.search(r'name="ids"[^>]*value="([^"]*)"', answer.text).group(1)
        given = {"csrf_token": data["csrf_token"], "ids": ids, "submission": "x" * 20}
        answer = browser.post(path, data=given | more)
    assert answer.status_code == 303
    assert "/many/" in answer.location
    accounts.run_jobs()
    return browser.get(answer.location)


def outcomes() -> Counter[str]:
    return Counter(session().scalars(select(BulkRow.outcome)))


def test_numbers_are_allotted_in_parts_with_a_note_for_each(client, in_acme, two_at_once):
    channel = make_channel()
    key, channel_id = channel.public_id, channel.id
    numbers = make_numbers(*(f"1390000{n:04}" for n in range(1, 6)))
    services.allocate_number(numbers[1], item_id="i1", owner=None, by=accounts.owner())
    browser = accounts.signed_in(client, accounts.owner())
    page = of_all(browser, "/numbers/allot-selected", "/numbers/", channel=key)
    assert "139 0000 0002" in page.text
    assert outcomes() == {Outcome.DONE: 4, Outcome.REFUSED: 1}
    dealt = session().scalars(select(Number.msisdn).where(Number.channel_id == channel_id))
    assert len(dealt.all()) == 4
    counts = session().scalars(select(Allotment.count)).all()
    assert (len(counts), sum(counts)) == (3, 4)


def test_a_frozen_channel_is_refused_before_anything_begins(client, in_acme, two_at_once):
    channel = make_channel()
    for n in range(1, 4):
        make_card(iccid=f"8986001234567890{n:04}")
    channels.freeze_channel(channel, reason="欠款", by=accounts.owner())
    key = channel.public_id
    browser = accounts.signed_in(client, accounts.owner())
    data = {"csrf_token": browser.token("/cards/"), "ids": "a,b,c", "submission": "x" * 20}
    answer = browser.post("/cards/allot-selected", data=data | {"channel": key})
    assert answer.status_code == 422
    assert session().scalars(select(BulkRun)).all() == []


def test_cards_that_left_ones_reach_meanwhile_are_not_allotted(client, in_acme, two_at_once):
    mine, theirs = accounts.make_unit("华东"), accounts.make_unit("华南")
    inside, outside = make_channel(unit=mine), make_channel(unit=theirs)
    for n in range(1, 4):
        make_card(iccid=f"8986001234567890{n:04}").channel_id = inside.id
    away, rights = outside.id, ["number:view", "number:allot", "channel:view"]
    role = accounts.make_role(permissions=rights, scope="unit")
    browser = accounts.signed_in(client, accounts.make_user(roles=[role], unit=mine))
    data = {"csrf_token": browser.token("/cards/"), "submission": "x" * 20, "channel": ""}
    ids = ",".join(session().scalars(select(SimCard.public_id)))
    assert browser.post("/cards/allot-selected", data=data | {"ids": ids}).status_code == 303
    session().execute(update(SimCard).values(channel_id=away))
    session().commit()
    accounts.run_jobs()
    assert outcomes() == {Outcome.GONE: 3}
    assert set(session().scalars(select(SimCard.channel_id))) == {away}


def test_tags_are_put_on_all_that_match(client, in_acme, two_at_once):
    tag = make_tag("批量")
    tag_id = tag.public_id
    for n in range(3):
        make_customer(name=f"贴签{n}")
    browser = accounts.signed_in(client, accounts.owner())
    path = "/records/customer/tag-selected"
    of_all(browser, path, "/customers/new", tag=tag_id, way="put")
    assert outcomes() == {Outcome.DONE: 3}
    page = browser.get(f"/customers/?tag={tag_id}").text
    assert all(f"贴签{n}" in page for n in range(3))
    of_all(browser, path, "/customers/new", tag=tag_id, way="take")
    assert "贴签0" not in browser.get(f"/customers/?tag={tag_id}").text


def test_who_may_not_change_the_records_any_more_tags_none(client, in_acme, two_at_once):
    tag = make_tag("批量")
    key = tag.public_id
    ids = [make_customer().public_id for _ in range(3)]
    role = accounts.make_role(permissions=("customer:view", "customer:edit"))
    browser = accounts.signed_in(client, accounts.make_user(roles=[role]))
    data = {"csrf_token": browser.token("/customers/new"), "submission": "x" * 20}
    asked = {"ids": ",".join(ids), "tag": key, "way": "put"}
    path = "/records/customer/tag-selected"
    assert browser.post(path, data=data | asked).status_code == 303
    session().execute(update(Role).where(Role.id == role.id).values(permissions=["customer:view"]))
    session().commit()
    accounts.run_jobs()
    assert outcomes() == {Outcome.DENIED: 3}


def test_people_are_disabled_but_not_the_last_administrator(client, in_acme, two_at_once):
    others = [accounts.make_user(name=f"同事{n}") for n in range(3)]
    keys = [one.id for one in others]
    browser = accounts.signed_in(client, accounts.owner())
    of_all(browser, "/users/disable-selected", "/users/new")
    assert outcomes()[Outcome.REFUSED] == 1
    session().expire_all()
    active = select(User.id).where(User.is_active)
    assert not set(session().scalars(active)) & set(keys)
    assert accounts.owner().is_active


def test_approvals_are_given_in_the_background_once(client, in_acme, two_at_once):
    boss, me = approver(), approver()
    make_flow(people_step(boss))
    papers = [approvals.submit(PAPER, make_document(), by=me) for _ in range(3)]
    keys = [one.public_id for one in papers]
    refuse_outcomes(papers[1].document_id)
    browser = accounts.signed_in(client, boss)
    # The document's own sentence is in one language.
    browser.inspect = False
    of_all(browser, "/approvals/approve", "/account/password")
    assert outcomes() == {Outcome.DONE: 2, Outcome.REFUSED: 1}
    states = [find_approval(key).state for key in keys]
    assert states == ["approved", "pending", "approved"]
