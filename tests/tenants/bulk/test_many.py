"""Something done with more rows than a request can: a job, with a result for each row."""

import pytest
from sqlalchemy import func, select, update

from kit.db import session, workspace_scope
from kit.jobs.tables import JobState
from tenants.accounts.models import Role
from tenants.bulk import many
from tenants.bulk.models import BulkRow, BulkRun
from tenants.customers import services as customers
from tenants.customers.models import Customer
from tenants.customers.services import NewCustomer
from tests.factories import accounts
from tests.factories.notices import notices_of

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
