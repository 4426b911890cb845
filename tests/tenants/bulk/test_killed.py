"""Killed in the middle, imports and exports come to the same end; two runs at once are one."""

import io
import zipfile

import pytest
from sqlalchemy import func, select
from werkzeug.datastructures import MultiDict

from kit import files, mail, tenancy
from kit.audit import AuditEntry
from kit.db import session, workspace_scope
from kit.errors import Refused
from kit.jobs import registry
from kit.jobs.runner import perform
from kit.jobs.tables import JobState, Place
from kit.web.listing.bulk import find_verb
from kit.web.listing.export import find_source
from tenants import register
from tenants.bulk import many, services, staging
from tenants.bulk.exporting import asking, writing
from tenants.bulk.models import Export, ExportState, FileFormat, Import, ImportRow, ImportState
from tenants.bulk.registry import ErrorPolicy, find_kind
from tenants.customers.models import Customer
from tenants.numbers.models import Number
from tests.crash import killed_at
from tests.factories import bulk
from tests.factories.accounts import owner, run_jobs
from tests.factories.bulk import BY, checked, problems, start, xlsx
from tests.factories.customers import make_customer
from tests.factories.numbers import make_pool
from tests.racing import Racecourse, done
from tests.stored import content

assert register
pytestmark = pytest.mark.real_commits

# Nothing in these rows must be unique: whatever came in twice would stay.
ANY_PHONE = {"same_phone": "yes"}


@pytest.fixture(autouse=True)
def in_small_parts(at_once: Racecourse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(staging, "BATCH", 2)
    monkeypatch.setattr(asking, "AT_ONCE", 1)
    monkeypatch.setattr(writing, "PART", 2)


def people(city: str, count: int = 5) -> bytes:
    rows = ([f"{city}{at}", f"1370001{at:04}", city] for at in range(count))
    return xlsx(["姓名", "手机号", "城市"], *rows)


def run(job_id):
    """One attempt at a job, as a worker makes it: in a process or a thread of its own."""
    workspace = tenancy.current()

    def work() -> JobState | None:
        with workspace_scope(workspace):
            return perform(registry.get, Place("main"), workspace, job_id)

    return work


def again(public_id: str) -> Import:
    """An import as another process has left it."""
    session().rollback()
    return bulk.again(public_id)


def came_in(city: str) -> list[str]:
    session().rollback()
    statement = select(Customer.name).where(Customer.city == city, Customer.deleted_at.is_(None))
    return sorted(session().scalars(statement))


def noted(event: str, city: str) -> int:
    """How many audit rows of an event there are about the people of a city."""
    of_city = select(Customer.public_id).where(Customer.city == city)
    return (
        session().scalar(
            select(func.count()).where(
                AuditEntry.event == event, AuditEntry.subject_id.in_(of_city)
            )
        )
        or 0
    )


@pytest.mark.parametrize(
    ("policy", "left"), [(ErrorPolicy.ALL, []), (ErrorPolicy.GOOD, ["甲good0", "甲good1"])]
)
def test_an_import_that_is_killed_goes_on_and_doubles_nothing(policy, left):
    city = f"甲{policy}"
    every = [f"{city}{at}" for at in range(5)]
    brought = start(people(city), kind="customers", options=ANY_PHONE)
    public_id, key = brought.public_id, brought.file_key
    job = brought.job_id
    killed_at("import.part_staged", run(job))
    killed_at("import.checked", run(job))
    assert again(public_id).state == ImportState.CHECKED
    assert run(job)() == JobState.DONE
    assert key not in files.stored_keys()
    brought = again(public_id)
    assert (brought.row_count, brought.good_count, came_in(city)) == (5, 5, [])
    brought = services.confirm_import(again(public_id), policy=policy, by=BY)
    job = brought.job_id
    killed_at("import.taking_in", run(job))
    assert came_in(city) == []
    if left:
        killed_at("import.part_taken_in", run(job))
    assert came_in(city) == left
    assert run(job)() == JobState.DONE
    brought = again(public_id)
    assert (brought.state, brought.created_count) == (ImportState.APPLIED, 5)
    assert (came_in(city), noted("customer:added", city)) == (every, 5)
    staged = select(func.count()).where(ImportRow.import_id == brought.id)
    assert session().scalar(staged) == 0
    job = services.undo_import(brought, kind=find_kind("customers"), by=BY).job_id
    killed_at("import.part_undone", run(job))
    assert run(job)() == JobState.DONE
    assert (again(public_id).undone_count, came_in(city)) == (5, [])
    assert noted("customer:deleted", city) == 5


def test_an_export_that_is_killed_leaves_one_file_and_one_mail():
    for at in range(5):
        make_customer(name=f"乙{at}", phone=f"1380001{at:04}", city="乙")
    made = asking.ask_for(
        find_source("customers"),
        MultiDict({"region": "乙"}),
        fields=["name"],
        file_format=FileFormat.CSV,
        by=owner(),
    )
    public_id, job = made.public_id, made.job_id
    before = set(files.stored_keys())
    for point in ("export.part_written", "export.stored", "letter.sent"):
        killed_at(point, run(job))
    assert run(job)() == JobState.DONE
    session().rollback()
    made = session().scalars(select(Export).where(Export.public_id == public_id)).one()
    assert (made.state, made.row_count) == (ExportState.READY, 5)
    assert set(files.stored_keys()) - before == {made.file_key}
    with zipfile.ZipFile(io.BytesIO(content(made.file_key))) as archive:
        rows = [archive.read(name).decode("utf-8-sig").splitlines() for name in archive.namelist()]
    assert sorted(name for part in rows for name in part[1:]) == [f"乙{at}" for at in range(5)]
    assert len([one for one in mail.kept() if public_id in one.body]) == 1


def test_an_import_is_confirmed_by_one_of_two(at_once):
    public_id = checked(people("丙"), kind="customers", options=ANY_PHONE).public_id

    def confirm():
        return services.confirm_import(again(public_id), policy=ErrorPolicy.ALL, by=BY).job_id

    answers = at_once([confirm, confirm])
    assert len(done(answers)) == 1
    assert isinstance(next(one for one in answers if one not in done(answers)), Refused)
    run_jobs()
    assert came_in("丙") == [f"丙{at}" for at in range(5)]


@pytest.mark.parametrize("policy", [ErrorPolicy.ALL, ErrorPolicy.GOOD, ErrorPolicy.STOP])
def test_two_runs_of_one_job_take_the_rows_in_once(at_once, policy):
    city = f"丁{policy}"
    public_id = checked(people(city), kind="customers", options=ANY_PHONE).public_id
    job = services.confirm_import(again(public_id), policy=policy, by=BY).job_id
    at_once([run(job), run(job), run(job)])
    brought = again(public_id)
    assert (brought.state, brought.created_count) == (ImportState.APPLIED, 5)
    assert (came_in(city), noted("customer:added", city)) == ([f"{city}{at}" for at in range(5)], 5)


def test_two_runs_that_cut_the_rows_differently_take_them_in_once(at_once):
    """A row that is spoilt between dry run and taking in makes the parts of one run differ."""
    rows = ([f"戊{at}", f"1360001{at:04}", "戊"] for at in range(6))
    brought = checked(
        xlsx(["姓名", "手机号", "城市"], *rows), kind="customers", options={"same_phone": "no"}
    )
    public_id = brought.public_id
    make_customer(name="先到", phone="13600010000", city="早")
    job = services.confirm_import(brought, policy=ErrorPolicy.GOOD, by=BY).job_id
    at_once([run(job), run(job), run(job)])
    brought = again(public_id)
    assert (brought.created_count, sorted(problems(brought))) == (5, [2])
    assert (came_in("戊"), noted("customer:added", "戊")) == ([f"戊{at}" for at in range(1, 6)], 5)


def test_one_file_brought_twice_at_once_comes_in_once(at_once):
    pool = {"pool": make_pool().public_id}
    content = xlsx(["number"], *([f"1350001{at:04}"] for at in range(5)))
    brought = [checked(content, options=pool).public_id for _ in range(2)]
    jobs = [
        services.confirm_import(again(one), policy=ErrorPolicy.ALL, by=BY).job_id for one in brought
    ]
    at_once([run(job) for job in jobs])
    states = sorted(again(one).state for one in brought)
    assert states == [ImportState.APPLIED, ImportState.CHECKED]
    kept = select(func.count()).where(Number.msisdn.startswith("1350001"))
    assert session().scalar(kept) == 5


def test_what_is_done_with_many_rows_and_killed_does_none_twice():
    everybody = [make_customer(name=f"众{at}") for at in range(4)]
    keys = [one.public_id for one in everybody]
    session().commit()
    verb = find_verb("customers.delete")
    made = many.begin(verb, [*keys, "01h00000000000000000000000"], {}, back="/", by=owner())
    session().commit()
    public_id, job = made.public_id, made.job_id
    # Before the row's transaction ends nothing of it counts; after it, all of it.
    killed_at("bulk.row_open", run(job))
    session().rollback()
    assert many.counts(many.find_run(public_id)) == (0, 0)
    killed_at("bulk.row_done", run(job))
    session().rollback()
    assert many.counts(many.find_run(public_id)) == (1, 1)
    assert run(job)() == JobState.DONE
    session().rollback()
    session().expire_all()
    found = many.find_run(public_id)
    assert many.counts(found) == (5, 4)
    assert found.finished_at is not None
    deleted = select(func.count()).where(
        AuditEntry.event == "customer:deleted", AuditEntry.subject_id.in_(keys)
    )
    assert session().scalar(deleted) == 4


def test_two_runs_at_once_over_many_rows_are_one(at_once):
    keys = [make_customer(name=f"双{at}").public_id for at in range(6)]
    session().commit()
    made = many.begin(find_verb("customers.delete"), keys, {}, back="/", by=owner())
    session().commit()
    public_id, job = made.public_id, made.job_id
    at_once([run(job)] * 3)
    assert many.counts(many.find_run(public_id)) == (6, 6)
    deleted = select(func.count()).where(
        AuditEntry.event == "customer:deleted", AuditEntry.subject_id.in_(keys)
    )
    assert session().scalar(deleted) == 6
