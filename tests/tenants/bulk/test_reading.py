"""Files of any kind are read, and what cannot be read is refused in one sentence."""

import datetime as dt
import zipfile

import pytest

from kit.errors import Refused
from tenants.bulk.reading import Cell, excel, open_sheet, sheet
from tests.factories.bulk import xlsx


@pytest.fixture
def save(tmp_path, in_acme):
    def write(content: bytes):
        path = tmp_path / "file"
        path.write_bytes(content)
        return path

    return write


def texts(sheet):
    return [(line, [cell.text for cell in cells]) for line, cells in sheet.rows]


def refusal(path):
    with pytest.raises(Refused) as refused:
        texts(open_sheet(path))
    return str(refused.value)


def test_a_spreadsheet_is_read_with_its_line_numbers(save):
    path = save(xlsx(["号码", "省"], [" 13900000001 ", "江苏"], [], ["13900000002", None]))
    sheet = open_sheet(path)
    assert sheet.header == ["号码", "省"]
    assert sheet.total == 3
    assert texts(sheet) == [(2, ["13900000001", "江苏"]), (4, ["13900000002", ""])]


def test_cells_keep_whether_they_were_numbers(save):
    sheet = open_sheet(
        save(xlsx(["a"], [13900000001, 89860012345678901234, 1.5, True, dt.date(2026, 8, 1)]))
    )
    [(_line, cells)] = sheet.rows
    assert cells[0] == Cell("13900000001", is_number=True)
    assert cells[1].is_number
    assert cells[2] == Cell("1.5", is_number=True)
    assert [cells[3], cells[4]] == [Cell("TRUE"), Cell("2026-08-01")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_in_any_usual_form(save, encoding, delimiter):
    text = f'号码{delimiter}省\n="13900000001"{delimiter}江苏\n\'139{delimiter}\n'
    sheet = open_sheet(save(text.encode(encoding)))
    assert sheet.header == ["号码", "省"]
    assert texts(sheet) == [(2, ["13900000001", "江苏"]), (3, ["139", ""])]


def test_an_empty_file_is_refused(save):
    assert "0" in refusal(save(b""))


@pytest.mark.parametrize("content", [b"\x00\x01\x02", b"PK\x03\x04rest", b"\xff\x01\xff\xff\xff"])
def test_what_is_no_spreadsheet_is_refused(save, content):
    assert ".xlsx" in refusal(save(content))


def test_a_zip_that_is_no_spreadsheet_is_refused(save, tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.txt", "hello")
    assert ".xlsx" in refusal(tmp_path / "a.zip")


def test_a_password_is_named(save):
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512
    protected = ole + "EncryptedPackage".encode("utf-16-le") + b"\0" * 512
    assert refusal(save(protected)) != refusal(save(ole))


@pytest.mark.parametrize("content", [b"number\n", b"\n\n", xlsx(["number"]), xlsx()])
def test_a_file_without_rows_is_refused(save, content):
    refusal(save(content))


def test_too_many_rows_are_refused(save, monkeypatch):
    monkeypatch.setattr(sheet, "MOST_ROWS", 2)
    rows = [["a"], ["1"], ["2"], ["3"]]
    assert "2" in refusal(save(xlsx(*rows)))
    assert "2" in refusal(save(b"a\n1\n2\n3\n"))
    assert len(texts(open_sheet(save(b'a\n"1\n1"\n2\n')))) == 2


def test_a_bomb_is_refused(save, monkeypatch):
    monkeypatch.setattr(excel, "MOST_UNPACKED", 10)
    refusal(save(xlsx(["a"], ["1"])))


def test_a_hidden_first_sheet_is_passed_over(save, tmp_path):
    import xlsxwriter

    book = xlsxwriter.Workbook(tmp_path / "b.xlsx")
    first, second = book.add_worksheet(), book.add_worksheet()
    first.write_string(0, 0, "hidden")
    second.write_string(0, 0, "shown")
    second.write_string(1, 0, "x")
    second.activate()
    first.hide()
    book.close()
    assert open_sheet(tmp_path / "b.xlsx").header == ["shown"]
