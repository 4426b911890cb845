"""Work on many rows that is stopped in the middle: what is done stands, and can be undone."""

import pytest
from sqlalchemy import select

from kit.db import session
from kit.jobs import wishes
from kit.jobs.tables import JobState
from tenants import register
from tenants.bulk import applying, services, staging
from tenants.bulk.models import ImportState
from tenants.bulk.registry import ErrorPolicy, find_kind
from tenants.customers.models import Customer
from tests.factories import bulk
from tests.factories.accounts import owner, run_jobs, signed_in
from tests.factories.bulk import BY, checked, xlsx

assert register


@pytest.fixture(autouse=True)
def in_small_parts(monkeypatch):
    monkeypatch.setattr(staging, "BATCH", 2)


def people(count=5) -> bytes:
    rows = ([f"停{at}", f"1370002{at:04}", "停城"] for at in range(count))
    return xlsx(["姓名", "手机号", "城市"], *rows)


def came_in() -> int:
    session().rollback()
    return len(session().scalars(select(Customer.id).where(Customer.city == "停城")).all())


def stopped_after_first_part(brought, monkeypatch, policy):
    brought = services.confirm_import(brought, policy=policy, by=BY)
    name = "_apply_part" if policy == ErrorPolicy.GOOD else "_take_in"
    real, job_id, public_id = getattr(applying, name), brought.job_id, brought.public_id

    def part(*arguments) -> None:
        real(*arguments)
        wishes.ask(job_id, wishes.CANCEL)

    monkeypatch.setattr(applying, name, part)
    assert run_jobs() == [JobState.CANCELLED if policy == ErrorPolicy.GOOD else JobState.DONE]
    return bulk.again(public_id)


def test_an_import_that_is_stopped_keeps_what_came_in_and_can_be_undone(
    client, in_acme, monkeypatch
):
    brought = checked(people(), kind="customers")
    public_id = brought.public_id
    brought = stopped_after_first_part(brought, monkeypatch, ErrorPolicy.GOOD)
    assert (brought.state, brought.created_count, came_in()) == (ImportState.APPLIED, 2, 2)
    text = signed_in(client, owner()).get(f"/imports/{public_id}").text
    assert "It was stopped; the rows that were taken in stay." in text
    monkeypatch.undo()
    brought = bulk.again(public_id)
    services.undo_import(brought, kind=find_kind("customers"), by=BY)
    assert run_jobs()[-1] == JobState.DONE
    assert bulk.again(public_id).undone_count == 2


def test_one_that_has_not_begun_stays_to_be_decided(client, in_acme):
    brought = services.confirm_import(
        checked(people(), kind="customers"), policy=ErrorPolicy.ALL, by=BY
    )
    from kit.db import transaction

    with transaction():
        wishes.ask(brought.job_id, wishes.CANCEL)
    assert run_jobs() == []
    assert came_in() == 0
    text = signed_in(client, owner()).get(f"/imports/{brought.public_id}").text
    assert "任务已停止" in text
