"""A file is checked first, then taken in whole or not at all."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from kit import clock, files
from kit.db import session
from kit.errors import Missing, Refused
from tenants.bulk import applying, services, sheets, staging
from tenants.bulk.models import ImportRow, ImportState
from tenants.bulk.reading import open_sheet
from tenants.bulk.registry import ErrorPolicy, find_kind
from tenants.customers.models import Customer
from tenants.numbers.models import Number, Segment, SimCard
from tests.factories.accounts import log_names, run_jobs
from tests.factories.bulk import BY, again, checked, confirm, problems, start, xlsx
from tests.factories.customers import make_customer, resident_id
from tests.factories.numbers import make_number, make_pool


@pytest.fixture
def pool(in_acme):
    return {"pool": make_pool().public_id}


def count(model):
    return session().scalar(select(func.count()).select_from(model))


def test_good_rows_are_checked_then_taken_in(pool):
    brought = checked(
        xlsx(["号码*", "省", "附加"], ["13900001001", "江苏", "x"], [13900001002, "江苏"]),
        options=pool,
    )
    assert (brought.state, brought.row_count, brought.bad_count) == (ImportState.CHECKED, 2, 0)
    assert brought.options["ignored"] == ["附加"]
    assert count(Number) == 0
    key = brought.file_key
    with pytest.raises(Missing):
        files.size_of(key)
    brought = confirm(brought)
    assert brought.state == ImportState.APPLIED
    assert brought.ended_at is not None
    assert (count(Number), count(ImportRow)) == (2, 0)
    assert session().scalars(select(Number.province).distinct()).all() == ["江苏"]
    assert log_names(brought) == [
        "import:applied",
        "import:confirmed",
        "import:mapped",
        "import:started",
    ]


def test_every_wrong_row_has_its_reason(pool):
    make_number("13900001009")
    brought = checked(
        xlsx(
            ["number", "carrier", "extra fee"],
            ["13900001001", "mobile", "12.5"],
            ["139-0000-1001", "", ""],
            ["13900001009", "", ""],
            ["123", "", ""],
            [None, "x", "-1"],
            ["1.39E+10", "", "abc"],
        ),
        options=pool,
    )
    assert (brought.good_count, brought.bad_count) == (1, 5)
    found = problems(brought)
    assert sorted(found) == [3, 4, 5, 6, 7]
    assert "2" in found[3]


def test_wrong_rows_stop_it_unless_they_are_left_out(pool):
    brought = checked(xlsx(["number"], ["13900001001"], ["12"]), options=pool)
    with pytest.raises(Refused) as refusal:
        services.confirm_import(brought, policy=ErrorPolicy.ALL, by=BY)
    assert refusal.value.field == "policy"
    assert brought.state == ImportState.CHECKED
    brought = confirm(brought, without_bad=True)
    assert brought.state == ImportState.APPLIED
    assert count(Number) == 1
    assert sorted(problems(brought)) == [3]


def test_the_same_file_twice_reports_every_row(pool):
    content = xlsx(["number"], ["13900001001"], ["13900001002"])
    confirm(checked(content, options=pool))
    second = checked(content, options=pool)
    assert (second.good_count, second.bad_count) == (0, 2)
    with pytest.raises(Refused):
        services.confirm_import(second, policy=ErrorPolicy.GOOD, by=BY)
    assert count(Number) == 2


def test_what_changed_since_the_dry_run_saves_nothing(pool):
    brought = checked(xlsx(["number"], ["13900001001"], ["13900001002"]), options=pool)
    make_number("13900001002")
    brought = confirm(brought)
    assert brought.state == ImportState.CHECKED
    assert brought.problem
    assert (brought.good_count, brought.bad_count) == (1, 1)
    assert count(Number) == 1
    brought = confirm(brought, without_bad=True)
    assert brought.state == ImportState.APPLIED
    assert count(Number) == 2


def test_a_discarded_import_leaves_nothing_but_its_wrong_rows(pool):
    brought = checked(xlsx(["number"], ["13900001001"], ["12"]), options=pool)
    services.discard_import(brought, by=BY)
    assert brought.state == ImportState.DISCARDED
    assert count(ImportRow) == 1
    with pytest.raises(Refused):
        services.discard_import(brought, by=BY)
    with pytest.raises(Refused):
        services.confirm_import(brought, policy=ErrorPolicy.GOOD, by=BY)
    with clock.moved(clock.now() + timedelta(days=31)):
        services.purge_rows()
    assert count(ImportRow) == 0


def test_missing_columns_are_named(pool):
    brought = checked(xlsx(["省", "市"], ["江苏", "南京"]), options=pool)
    assert brought.state == ImportState.REFUSED
    assert brought.problem
    assert count(ImportRow) == 0
    with pytest.raises(Refused):
        services.discard_import(brought, by=BY)


def test_a_column_twice_is_refused(pool):
    assert checked(xlsx(["number", "号码"], ["1", "2"]), options=pool).state == "refused"


def test_what_is_no_spreadsheet_is_refused_at_once(pool, data_dir):
    for content in (b"", b"\x00\x01"):
        with pytest.raises(Refused) as refusal:
            start(content, options=pool)
        assert refusal.value.field == "file"
    assert run_jobs() == []


def test_a_pool_that_is_gone_refuses(in_acme):
    assert checked(xlsx(["number"], ["13900001001"]), options={"pool": "x"}).state == "refused"


def test_a_job_that_runs_again_does_nothing_twice(pool):
    brought = checked(xlsx(["number"], ["13900001001"]), options=pool)
    public_id = brought.public_id
    staging.check_file(None, public_id)
    applying.apply_rows(None, public_id)
    assert again(public_id).row_count == 1


def test_iccids_as_numbers_are_refused_by_row(in_acme):
    brought = checked(
        xlsx(
            ["ICCID", "卡类型", "批次"],
            ["89860012345678901234", "白卡", "B1"],
            [89860012345678900000, "", ""],
            ["8.98601E+18", "", ""],
        ),
        kind="cards",
    )
    found = problems(brought)
    assert sorted(found) == [3, 4]
    assert "Excel" in found[3]
    confirm(brought, without_bad=True)
    assert count(SimCard) == 1


def test_segments_are_taken_in(in_acme):
    brought = checked(
        xlsx(
            ["号段", "运营商", "省", "市"],
            [1390513, "mobile", "江苏", "盐城"],
            ["1390514", "y", "江苏", ""],
        ),
        kind="segments",
    )
    assert sorted(problems(brought)) == [3]
    confirm(brought, without_bad=True)
    assert count(Segment) == 1


def test_customers_are_staged_encrypted_and_taken_in(in_acme):
    document = resident_id()
    rows = [
        ["姓名", "手机号", "身份证号", "出生日期"],
        ["王一", 13700010001, document, None],
        ["王二", "13700010002", 110101199003070011, None],
        ["王三", "13700010003", document, "x"],
        ["王四", "12", "", "1990/1/2"],
    ]
    brought = checked(xlsx(*rows), kind="customers", options={"same_phone": "no"})
    assert sorted(problems(brought)) == [3, 4, 5]
    staged = session().scalars(select(ImportRow.cells)).all()
    assert all(set(cells) == {"sealed"} for cells in staged)
    confirm(brought, without_bad=True)
    assert session().scalars(select(Customer)).one().document == document
    again_brought = checked(xlsx(*rows[:2]), kind="customers", options={"same_phone": "yes"})
    assert sorted(problems(again_brought)) == [2]


def test_the_language_of_customers_comes_in_by_its_name_or_code(in_acme):
    rows = [
        ["姓名", "手机号", "语言"],
        ["王一", "13700010001", "English"],
        ["王二", "13700010002", "zh_Hans_CN"],
        ["王三", "13700010003", ""],
        ["王四", "13700010004", "Klingon"],
    ]
    brought = checked(xlsx(*rows), kind="customers", options={"same_phone": "no"})
    assert list(problems(brought)) == [5]
    confirm(brought, without_bad=True)
    found = session().scalars(select(Customer.language).order_by(Customer.id)).all()
    assert found == ["en", "zh_Hans_CN", None]


def test_a_phone_that_a_customer_has_is_asked_about(in_acme):
    make_customer(phone="13700010001")
    content = xlsx(["姓名", "手机号"], ["王一", "13700010001"])
    assert checked(content, kind="customers", options={"same_phone": "no"}).bad_count == 1
    assert checked(content, kind="customers", options={"same_phone": "yes"}).bad_count == 0


def test_the_template_has_text_columns_and_can_be_read_back(in_acme, tmp_path):
    for name in ("numbers", "cards", "segments", "customers"):
        path = tmp_path / f"{name}.xlsx"
        rows = [str(column.label) for column in find_kind(name).columns]
        with sheets.template(find_kind(name)) as made:
            path.write_bytes(made.read())
        with pytest.raises(Refused):
            open_sheet(path)
        path.write_bytes(xlsx([f"{label}*" for label in rows], ["x"]))
        assert [text.rstrip("*") for text in open_sheet(path).header] == rows


def test_wrong_rows_come_back_with_line_and_reason(in_acme, tmp_path):
    brought = checked(xlsx(["ICCID", "batch"], ["123", "=1+1"], ["124", "b"]), kind="cards")
    path = tmp_path / "wrong.xlsx"
    with sheets.wrong_rows(brought, find_kind("cards")) as made:
        path.write_bytes(made.read())
    rows = [[cell.text for cell in cells] for _line, cells in open_sheet(path).rows]
    assert [row[0] for row in rows] == ["123", "124"]
    assert rows[0][4] == "=1+1"
    assert [row[5] for row in rows] == ["2", "3"]
    assert "123" in rows[0][6]
