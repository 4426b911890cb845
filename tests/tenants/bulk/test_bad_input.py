"""Bad files, once for every kind of import that is registered: a sentence each, nothing lost."""

import csv
import datetime as dt
import io
import zipfile

import pytest
import xlsxwriter
from sqlalchemy import func, select

from kit.db import session
from kit.errors import Refused
from tenants.bulk.models import ImportRow, ImportState
from tenants.bulk.registry import CellKind, find_kind, kinds
from tests.factories.bulk import checked, problems, start, xlsx
from tests.factories.numbers import make_pool

NAMES = sorted(kinds())


@pytest.fixture(params=NAMES)
def kind(request, in_acme):
    return find_kind(request.param)


def options(kind):
    """What has to be chosen for a file of a kind."""
    made = {}
    for option in kind.options:
        if option.key == "pool":
            make_pool()
        offered = list(option.choices())
        made[option.key] = str(offered[0][0]) if offered else None
    return made


def brought(kind, content, name="rows.xlsx"):
    return checked(content, kind=kind.name, file_name=name, options=options(kind))


def head(kind):
    return [str(column.label) for column in kind.columns]


def row(kind, **cells):
    """A row of the kind with a text in every required cell."""
    return [cells.get(one.key, one.example or "x" if one.required else "") for one in kind.columns]


def as_csv(kind, *rows, encoding="utf-8"):
    file = io.StringIO()
    csv.writer(file, lineterminator="\n").writerows([head(kind), *rows])
    return file.getvalue().encode(encoding)


def with_macro(content):
    file = io.BytesIO(content)
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"\xd0\xcf\x11\xe0")
    return file.getvalue()


def bomb():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (70 << 20))
    return file.getvalue()


def locked():
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512
    return ole + "EncryptedPackage".encode("utf-16-le") + b"\0" * 512


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "0"),
        (b"\x00\x01\x02", ".xlsx"),
        (b"PK\x03\x04rest", ".xlsx"),
        (with_macro(xlsx(["a"], ["1"])), "macros"),
        (bomb(), "unpacked"),
        (locked(), "password"),
    ],
    ids=["empty", "binary", "torn", "macro", "bomb", "password"],
)
def test_what_cannot_be_read_is_refused_at_once(kind, content, said):
    with pytest.raises(Refused) as refusal:
        start(content, kind=kind.name, options=options(kind))
    assert refusal.value.field == "file"
    assert said in str(refusal.value)
    assert not session().scalar(select(func.count()).select_from(ImportRow))


def test_a_file_of_two_encodings_names_the_row(kind):
    good = as_csv(kind, row(kind), ["江苏省南京市"])
    mixed = good + "运营商江苏南京".encode("gb18030")
    with pytest.raises(Refused) as refusal:
        start(mixed, kind=kind.name, file_name="rows.csv", options=options(kind))
    assert "4" in str(refusal.value)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
def test_the_usual_encodings_read_alike(kind, encoding):
    file = brought(kind, as_csv(kind, row(kind), encoding=encoding), "rows.csv")
    assert (file.state, file.row_count) == (ImportState.CHECKED, 1)


def test_a_header_in_the_middle_is_named(kind):
    file = brought(kind, xlsx(head(kind), row(kind), head(kind)))
    assert "header" in problems(file)[3]


def test_a_header_twice_names_the_column(kind):
    names = head(kind)
    file = brought(kind, xlsx([*names, names[0]], [*row(kind), "x"]))
    assert file.state == ImportState.REFUSED
    assert names[0] in file.problem


def test_empty_and_headless_files_are_refused(kind):
    assert brought(kind, xlsx(head(kind))).state == ImportState.REFUSED
    file = brought(kind, xlsx(["甲", "乙"], ["1", "2"]))
    assert file.state == ImportState.REFUSED
    assert str(next(one.label for one in kind.columns if one.required)) in file.problem


def test_digits_that_excel_has_bent_are_named(kind):
    column = next((one for one in kind.columns if one.kind == CellKind.DIGITS), None)
    if column is None:
        return
    cells = row(kind)
    cells[kind.columns.index(column)] = 89860012345678901234
    found = problems(brought(kind, xlsx(head(kind), cells)))
    assert str(column.label) in found[2]
    assert "Excel" in found[2]


def test_merged_cells_errors_and_unfinished_formulas_are_named(kind):
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, head(kind))
    at, label = next((n, str(one.label)) for n, one in enumerate(kind.columns) if one.required)
    last = len(kind.columns) - 1
    for line in range(1, 5):
        sheet.write_string(line, last, "x")
    sheet.merge_range(1, at, 2, at, row(kind)[at])
    sheet.write_formula(3, at, "=1/0", None, "#DIV/0!")
    sheet.write_formula(4, at, "=A1", None, "")
    book.close()
    found = problems(brought(kind, file.getvalue()))
    for line, word in ((3, "merged"), (4, "formula"), (5, "formula")):
        assert label in found[line]
        assert word in found[line]


def test_widths_blanks_and_leading_zeros_survive(in_acme):
    pool = {"pool": make_pool().public_id}
    content = xlsx(
        ["number", "省"], ["１３９００００１００１　", " 江苏 "], ["\u200b139 0000 1002", "007"]
    )
    file = checked(content, options=pool)
    assert problems(file) == {}
    cells = session().scalars(select(ImportRow.cells).order_by(ImportRow.line)).all()
    assert [one["province"] for one in cells] == ["江苏", "007"]


def test_dates_of_1904_are_the_same_days(in_acme):
    file = io.BytesIO()
    book = xlsxwriter.Workbook(
        file, {"in_memory": True, "date_1904": True, "default_date_format": "yyyy-mm-dd"}
    )
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["key", "event", "date"])
    sheet.write_row(1, 0, ["13900001001", "activated"])
    sheet.write_datetime(1, 2, dt.datetime(2026, 8, 3))  # noqa: DTZ001 - Excel knows no zones
    book.close()
    checked(file.getvalue(), kind="carrier_results", options={})
    assert "2026-08-03" in session().scalars(select(ImportRow.cells)).one().values()


def test_ten_thousand_and_one_rows_are_all_there(in_acme):
    pool = {"pool": make_pool().public_id}
    rows = ([f"139{number:08}"] for number in range(10_001))
    file = checked(xlsx(["number"], *rows), options=pool)
    assert (file.row_count, file.bad_count) == (10_001, 0)
