"""Files in and out: 100,000 customers brought in, 10,000 rows of a list taken out as a workbook."""

import io
import statistics
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

import phonenumbers
import stdnum.cn.ric
import xlsxwriter
from pypinyin import lazy_pinyin
from python_calamine import CalamineWorkbook
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from control.workspaces.directory import directory
from kit import crypto, ids, tenancy
from kit.db import copy_columns, session, transaction, workspace_scope
from kit.web.listing.export import find_source
from tenants.accounts.models import User
from tenants.bulk import services
from tenants.bulk.exporting.books import Book
from tenants.bulk.exporting.rows import default_fields, select_rows
from tenants.bulk.models import Import, ImportState
from tenants.bulk.registry import ErrorPolicy, find_kind
from tenants.customers.models import Customer
from tests.bench import direct
from tests.bench.frame import Figure
from tests.factories.accounts import run_jobs
from tests.factories.customers import resident_id

ROWS = 100_000
EXPORTED = 10_000
ROUNDS = 3
_NAMES = "王李张刘陈杨黄赵周吴徐孙朱马胡郭林何高梁郑罗宋谢唐韩曹许邓萧冯曾程蔡彭潘袁于董余苏叶吕魏"
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰涛明超霞平刚桂英文华建国玉兰志海波宁晨欣怡子轩梓涵浩然思雨"
_HEAD = ("姓名", "手机号", "身份证号", "省份", "城市", "地址", "备注")


def measure() -> list[Figure]:
    """Return the figures of an import against reading and COPY, and of an export."""
    tenant = directory.by_address("acme")
    assert tenant is not None
    with tempfile.TemporaryDirectory(prefix="simtree-bench-") as folder, workspace_scope(tenant):
        figures = _imports(Path(folder))
        figures.append(_export(Path(folder)))
    return figures


def _imports(folder: Path) -> list[Figure]:
    path = folder / "customers.xlsx"
    path.write_bytes(_file())
    times: dict[str, list[float]] = {"ours": [], "copy": [], "calls": []}
    for _round in range(ROUNDS):
        prepared, spent = _timed(lambda: _prepared(path))
        times["calls"].append(spent + _copied(prepared))
        times["copy"].append(_timed(lambda: _read(path))[1] + _copied(prepared))
        times["ours"].append(_timed(lambda: _ours(path))[1])
        _empty()
    ours, copy, calls = (statistics.median(times[name]) for name in ("ours", "copy", "calls"))
    note = "dry run and taking in: validation, duplicates, encryption, audit"
    return [
        Figure(
            "100,000 customers brought in, against reading and COPY",
            ours,
            copy,
            8.0,
            f"{note}; raw: calamine reads the file, COPY of the same rows",
        ),
        Figure(
            "100,000 customers brought in, against the same library calls",
            ours,
            calls,
            2.0,
            f"{note}; raw: calamine, phonenumbers, stdnum, pypinyin, AES-GCM, HMAC, COPY",
        ),
    ]


def _file() -> bytes:
    """Return a workbook of people whose names, numbers and documents all differ."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"constant_memory": True})
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, _HEAD)
    for at in range(ROWS):
        name = (
            _NAMES[at % len(_NAMES)]
            + _GIVEN[at // 45 % len(_GIVEN)]
            + _GIVEN[at // 1_800 % len(_GIVEN)]
        )
        born = f"19{60 + at % 40}{1 + at // 40 % 12:02}{1 + at // 480 % 28:02}"
        cells = (
            *(name, f"138{at:08}", resident_id(born=born, order=at // 13_440 + 1)),
            *("江苏", "南京", f"中山路{at}号", ""),
        )
        for place, cell in enumerate(cells):
            sheet.write_string(at + 1, place, cell)
    book.close()
    return file.getvalue()


def _timed(work: Callable[[], Any]) -> tuple[Any, float]:
    begun = perf_counter()
    found = work()
    return found, (perf_counter() - begun) * 1_000


def _read(path: Path) -> list[list[Any]]:
    rows = CalamineWorkbook.from_path(path).get_sheet_by_index(0).iter_rows()
    next(rows)
    return list(rows)


def _prepared(path: Path) -> dict[str, Sequence[str | bytes | None]]:
    """Return the columns of the rows, made by nothing but the libraries."""
    rows = _read(path)
    public_ids = ids.many(len(rows))
    phones, keys = [], []
    for name, phone, document, *_rest in rows:
        number = phonenumbers.parse(phone, "CN")
        assert phonenumbers.is_possible_number(number)
        phones.append(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
        assert stdnum.cn.ric.calc_check_digit(document) == document[-1]
        keys.append("".join(lazy_pinyin(name)))
    columns: dict[str, Sequence[str | bytes | None]] = {
        "public_id": public_ids,
        "name": [row[0] for row in rows],
        "sort_key": keys,
        "province": [row[3] for row in rows],
        "city": [row[4] for row in rows],
        "born_on": [f"{row[2][6:10]}-{row[2][10:12]}-{row[2][12:14]}" for row in rows],
    }
    secrets = {"phone": phones, "document": [r[2] for r in rows], "address": [r[5] for r in rows]}
    for name, texts in secrets.items():
        label = f"customers.{name}"
        columns[f"{name}_cipher"] = crypto.encrypt_many(texts, label=label, public_ids=public_ids)
        columns[f"{name}_index"] = [one[0] for one in crypto.blind_indexes_many(texts, label=label)]
        if name != "address":
            columns[f"{name}_tail"] = [one[-4:] for one in texts]
    return columns


def _copied(columns: dict[str, Sequence[str | bytes | None]]) -> float:
    """Return how long COPY of the rows takes, and take them away again."""
    fixed = {
        **dict.fromkeys(("contact_name", "email", "industry", "district", "remark"), ""),
        "created_at": "now",
        "version": 1,
        "kind": "person",
        "credit": "normal",
        "document_kind": "resident_id",
    }

    def copy() -> None:
        with transaction():
            copy_columns(Customer.__table__, columns, fixed)  # type: ignore[arg-type]

    spent = _timed(copy)[1]
    _empty()
    return spent


def _ours(path: Path) -> None:
    kind = find_kind("customers")
    assert kind is not None
    by = _person()
    with path.open("rb") as stream:
        brought = services.receive_import(
            stream,
            kind=kind,
            file_name=path.name,
            options={"same_phone": "no"},
            by=by,
        )
    public_id = brought.public_id
    services.check_import(brought, kind=kind, mapping=None, by=by)
    run_jobs()
    services.confirm_import(_again(public_id), policy=ErrorPolicy.ALL, by=_person())
    run_jobs()
    done = _again(public_id)
    assert (done.state, done.created_count) == (ImportState.APPLIED, ROWS), done.problem


def _person() -> User:
    return session().scalars(select(User).order_by(User.id).limit(1)).one()


def _again(public_id: str) -> Import:
    session().expire_all()
    return session().scalars(select(Import).where(Import.public_id == public_id)).one()


def _empty() -> None:
    """Take the rows away again; not through the application, which would check every key."""
    session().rollback()
    with direct.connection() as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(f'SET search_path TO "{tenancy.current().schema}"'.encode())
        connection.execute("DELETE FROM customers WHERE city = '南京'")
        for table in ("customers", "import_rows", "audit_entries"):
            connection.execute(f"VACUUM ANALYZE {table}".encode())


def _export(folder: Path) -> Figure:
    columns = _prepared_for_export(folder)
    copied = {name: values[:EXPORTED] for name, values in columns.items()}
    fixed = {
        **dict.fromkeys(("contact_name", "email", "industry", "district", "remark"), ""),
        "created_at": "now",
        "version": 1,
        "kind": "person",
        "credit": "normal",
        "document_kind": "resident_id",
    }
    with transaction():
        copy_columns(Customer.__table__, copied, fixed)  # type: ignore[arg-type]
    source = find_source("customers")
    assert source is not None
    by = _person()

    def ours() -> list[list[Any]]:
        chosen = select_rows(source, MultiDict(), default_fields(source), person=by, revealed=False)
        book = Book(folder / "ours.xlsx", chosen.columns, mark="Bench")
        kept = []
        for _row, cells in chosen.rows():
            book.add(cells)
            kept.append(cells)
        book.close()
        session().rollback()
        return kept

    cells = ours()
    assert len(cells) == EXPORTED
    columns_of = [one for one in source.columns if one.name in default_fields(source)]
    times: dict[str, list[float]] = {"ours": [], "raw": []}
    for _round in range(2 * ROUNDS + 1):
        times["ours"].append(_timed(ours)[1])
        times["raw"].append(_timed(lambda: _raw_book(folder, cells, columns_of))[1])
    _empty()
    return Figure(
        "10,000 rows of a list taken out as a workbook",
        statistics.median(times["ours"]),
        statistics.median(times["raw"]),
        1.5,
        f"{len(columns_of)} columns, rows read, decrypted and masked; raw: XlsxWriter writes the "
        "same cells",
    )


def _prepared_for_export(folder: Path) -> dict[str, Sequence[str | bytes | None]]:
    path = folder / "customers.xlsx"
    return _prepared(path)


def _raw_book(folder: Path, rows: Sequence[Sequence[Any]], columns: Sequence[Any]) -> None:
    book = xlsxwriter.Workbook(folder / "raw.xlsx")
    sheet = book.add_worksheet()
    styles = [book.add_format({"num_format": column.sheet_format()}) for column in columns]
    for place, column in enumerate(columns):
        sheet.write_string(0, place, str(column.label))
    for line, row in enumerate(rows, start=1):
        for place, value in enumerate(row):
            sheet.write(line, place, value, styles[place])
    book.close()
