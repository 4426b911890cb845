"""A list leaves as a file: what stands in it, who may have it, and what is logged."""

import csv
import io
import zipfile
from datetime import timedelta

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from kit import clock, mail, pdf_font
from kit.db import session, workspace_scope
from kit.errors import Forbidden, Refused
from kit.web.listing.export import find_source, sources
from tenants import register
from tenants.accounts.models import DataScope
from tenants.bulk.exporting import asking, rows, writing
from tenants.bulk.exporting.rows import default_fields
from tenants.bulk.exporting.texts import written
from tenants.bulk.models import Export, ExportState, FileFormat
from tests import stored
from tests.factories.accounts import (
    agent,
    log_names,
    make_role,
    make_user,
    owner,
    run_jobs,
    signed_in,
)
from tests.factories.approvals import approver, people_step, submitted
from tests.factories.bulk import start
from tests.factories.customers import make_customer
from tests.factories.numbers import make_pool
from tests.factories.world import make_world

assert register
SOURCE = "customers"


@pytest.fixture
def people(in_acme):
    make_customer(name="=1+1", phone="13700010001", kind="person", city="深圳")
    make_customer(name="王二", phone="13700010002", city="广州", province="广东")


def ask(name=SOURCE, *, fields=None, file_format=FileFormat.XLSX, by=None, args=(), **more):
    source = find_source(name)
    made = asking.ask_for(
        source,
        MultiDict(args),
        fields=fields or default_fields(source),
        file_format=file_format,
        by=by or owner(),
        **more,
    )
    return made if made.job_id else writing.write_file(made)


def content(made) -> bytes:
    return stored.content(made.file_key)


def sheets(made) -> dict[str, list[list]]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(content(made)))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def again(public_id):
    return session().scalars(select(Export).where(Export.public_id == public_id)).one()


def test_fields_stand_in_the_order_chosen_and_nothing_is_a_formula(people):
    made = ask(fields=["phone", "name", "created_at"], args=[("sort", "id")])
    ((_name, table),) = sheets(made).items()
    assert [row[1] for row in table[1:]] == ["=1+1", "王二"]
    assert [row[0] for row in table[1:]] == ["137****0001", "137****0002"]
    assert table[1][2].year == clock.now().year
    with zipfile.ZipFile(io.BytesIO(content(made))) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
        assert "<f>" not in sheet
        assert owner().name in sheet
        assert owner().name in book.read("docProps/core.xml").decode()
    assert (made.state, made.row_count) == (ExportState.READY, 2)
    assert log_names(made) == []


def test_a_column_that_is_reckoned_is_a_living_formula(people):
    made = ask(fields=["created_at", "months"])
    with zipfile.ZipFile(io.BytesIO(content(made))) as book:
        assert "DATEDIF(A2,TODAY()" in book.read("xl/worksheets/sheet1.xml").decode()
    ((_name, table),) = sheets(ask(fields=["months"])).items()
    assert table[1] == [0.0]


def test_a_sheet_for_each_category(people):
    made = ask(fields=["name", "kind"], category="kind")
    assert [len(table) for table in sheets(made).values()] == [3]
    with pytest.raises(Refused):
        ask(fields=["name"], category="name")


@pytest.mark.parametrize(("encoding", "mark"), [("utf-8", b"\xef\xbb\xbf"), ("gb18030", b"")])
def test_csv_is_read_by_excel_and_harmless(people, encoding, mark):
    made = ask(fields=["name", "city"], file_format=FileFormat.CSV, encoding=encoding)
    data = content(made)
    assert data.startswith(mark)
    table = list(csv.reader(io.StringIO(data.decode("utf-8-sig" if mark else encoding))))
    assert sorted(row[0] for row in table[1:]) == ["'=1+1", "王二"]


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@a", "\tx", "\rx"])
def test_no_text_of_a_csv_is_a_formula(text):
    assert written(text) == f"'{text}"


def test_a_pdf_needs_a_font_and_says_so(people, monkeypatch):
    monkeypatch.setattr(pdf_font, "_PLACES", ())
    with pytest.raises(Refused) as refusal:
        ask(file_format=FileFormat.PDF)
    assert refusal.value.field == "file_format"


def test_a_pdf_is_written(people):
    try:
        pdf_font.font()
    except Refused:
        pytest.skip("no font with Chinese characters here")
    made = ask(file_format=FileFormat.PDF, fields=["name", "city", "created_at"])
    assert content(made).startswith(b"%PDF")
    assert made.file_name.endswith(".pdf")


def test_filters_reach_and_rights_are_obeyed(people):
    made = ask(args=[("name", "王二"), ("page", "7")])
    assert made.row_count == 1
    role = make_role(permissions=["customer:view"], scope=DataScope.OWN)
    assert ask(by=make_user(roles=[role])).row_count == 0
    with pytest.raises(Forbidden):
        ask(by=make_user(roles=[make_role(permissions=["order:view"])]))
    with pytest.raises(Refused):
        ask(args=[("added_from", "nonsense")])
    with pytest.raises(Refused):
        ask(fields=["nothing"])


def test_personal_data_in_full_needs_right_and_reason(people):
    with pytest.raises(Refused) as refusal:
        ask(fields=["phone"], revealed=True)
    assert refusal.value.field == "reason"
    made = ask(fields=["phone"], revealed=True, reason="回访", args=[("sort", "id")])
    ((_name, table),) = sheets(made).items()
    assert table[1] == ["13700010001"]
    assert log_names(made) == ["export:revealed"]
    role = make_role(permissions=["customer:view"])
    with pytest.raises(Forbidden):
        ask(fields=["phone"], revealed=True, reason="回访", by=make_user(roles=[role]))


def test_what_was_asked_is_kept_sealed(people):
    made = ask(args=[("phone", "13700010001")])
    assert set(made.filters) == {"sealed"}
    assert asking.args_of(made).get("phone") == "13700010001"


def test_a_large_list_comes_in_parts_by_mail(people, monkeypatch):
    monkeypatch.setattr(asking, "AT_ONCE", 1)
    monkeypatch.setattr(writing, "PART", 1)
    public_id = ask().public_id
    assert again(public_id).state == ExportState.WAITING
    owner().language = "en"
    session().commit()
    run_jobs()
    made = again(public_id)
    assert (made.state, made.row_count) == (ExportState.READY, 2)
    with zipfile.ZipFile(io.BytesIO(content(made))) as archive:
        assert len(archive.namelist()) == 2
    message = next(one for one in mail.kept() if made.public_id in one.body)
    assert message.recipient == owner().email
    # In his language, not in the one that the page was in.
    assert message.subject.startswith("Your export is ready")
    assert asking.link_key(made) in message.body


def test_who_lost_the_right_meanwhile_gets_nothing(people, monkeypatch):
    monkeypatch.setattr(asking, "AT_ONCE", 1)
    clerk = make_user(roles=[make_role(permissions=["customer:view"])])
    public_id = ask(by=clerk).public_id
    clerk.roles.clear()
    session().commit()
    run_jobs()
    made = again(public_id)
    assert (made.state, made.file_key) == (ExportState.FAILED, None)
    assert made.problem


def test_too_many_rows_are_refused(people, monkeypatch):
    monkeypatch.setattr(rows, "MOST", 1)
    monkeypatch.setattr(asking, "MOST", 1)
    with pytest.raises(Refused):
        ask()


def test_a_file_expires(people):
    public_id = ask().public_id
    with clock.moved(clock.now() + timedelta(days=8)):
        asking.expire_files()
    made = again(public_id)
    assert (made.state, made.file_key) == (ExportState.EXPIRED, None)


@pytest.mark.parametrize("name", sorted(sources()))
def test_every_list_leaves_in_the_background(in_acme, monkeypatch, name):
    make_world()
    monkeypatch.setattr(asking, "AT_ONCE", -1)
    source = find_source(name)
    fields = [column.name for column in source.columns]
    with writing.as_person(owner(), source.permission):
        public_id = ask(name, fields=fields).public_id
    run_jobs()
    made = again(public_id)
    assert (made.state, made.problem) == (ExportState.READY, "")


def test_the_button_leads_through_the_dialog_to_the_file(people, client):
    office = signed_in(client, owner())
    page = office.get("/customers/?name=王二").text
    assert "/exports/new/customers?name=" in page
    path = "/exports/new/customers?name=王二"
    assert "王二" in office.get(path).text
    given = {"file_format": "csv", "name_in": "y", "name_at": "1", "encoding": "utf-8"}
    shown = office.submit(path, given)
    assert shown.status_code == 303
    page = office.get(shown.location).text
    link = next(part for part in page.split('"') if "/file?key=" in part)
    with office.get(link.replace("&amp;", "&")) as file:
        assert file.status_code == 200
        assert file.get_data(as_text=True).strip().endswith("王二")
    assert "customers" in office.get("/exports/").text
    assert office.get(f"{shown.location}/progress").status_code == 200


@pytest.mark.parametrize(
    ("name", "path", "event"),
    [
        ("imports", "/imports/", "imports:exported"),
        ("exports", "/exports/", "exports:exported"),
        ("approvals", "/approvals/?status=submitted", "approvals:exported"),
    ],
)
def test_the_logs_leave_through_the_dialog_too(people, client, name, path, event):
    ask()
    start(b"number\n13900001001", file_name="来.csv", options={"pool": make_pool().public_id})
    submitted(people_step(approver()), by=owner(), title="采购单")
    session().commit()
    office = signed_in(client, owner())
    assert f"/exports/new/{name}" in office.get(path).text
    query = path.partition("?")[2]
    field = {"imports": "file_name", "exports": "source", "approvals": "title"}[name]
    given = {"file_format": "csv", f"{field}_in": "y", "encoding": "utf-8"}
    shown = office.submit(f"/exports/new/{name}?{query}", given)
    assert shown.status_code == 303
    link = next(part for part in office.get(shown.location).text.split('"') if "key=" in part)
    with office.get(link.replace("&amp;", "&")) as file:
        said = {"imports": "来.csv", "exports": "客户", "approvals": "采购单"}[name]
        assert said in file.get_data(as_text=True)
    assert name in office.get(f"/audit/?event={event}").text


def test_nobody_exports_a_log_beyond_his_rights(people, client):
    ask()
    session().commit()
    clerk = make_user(roles=[make_role(permissions=["customer:view"])])
    office = signed_in(client, clerk)
    assert office.get("/exports/new/approvals").status_code == 403
    assert office.get("/exports/new/imports").status_code == 403
    # Nothing but the export that he is asking for.
    assert sheets(ask("exports", fields=["user"], by=clerk))["Sheet1"][1:] == [[clerk.name]]


def test_nonsense_is_refused_and_nothing_is_saved(people, client):
    office = signed_in(client, owner())
    assert office.submit("/exports/new/customers", {"file_format": "doc"}).status_code == 422
    assert office.submit("/exports/new/customers", {"file_format": "csv"}).status_code == 422
    assert office.get("/exports/new/nothing").status_code == 404


def test_a_link_names_its_person(people, client, rival):
    office = signed_in(client, owner())
    colleague = signed_in(client, agent())
    auditor = signed_in(client, make_user(roles=[make_role(permissions=["export:all"])]))
    made = ask()
    key = asking.link_key(made)
    path = f"/exports/{made.public_id}"
    session().commit()
    assert office.get(f"{path}/file?key=x").status_code == 403
    for other in (colleague, auditor):
        assert other.get(f"{path}/file?key={key}").status_code == 403
    assert colleague.get(path).status_code == 403
    assert auditor.get(path).status_code == 200
    assert made.public_id not in colleague.get("/exports/").text
    assert made.public_id in auditor.get("/exports/").text
    with workspace_scope(rival):
        stranger = signed_in(client, owner())
        assert stranger.get(f"{path}/file?key={key}").status_code == 404
    with clock.moved(clock.now() + timedelta(days=8)):
        late = signed_in(client, owner())
        assert late.get(f"{path}/file?key={key}").status_code == 410


def test_a_list_out_of_reach_has_no_dialog(people, client):
    clerk = make_user(roles=[make_role(permissions=["order:view"])])
    assert signed_in(client, clerk).get("/exports/new/customers").status_code == 403
