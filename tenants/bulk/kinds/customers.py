"""Import of customers (C020, C027)."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import select

from kit import audit
from kit.db import session
from kit.errors import Refused
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from tenants.accounts.permissions import Permission
from tenants.bulk.registry import (
    CellKind,
    ImportColumn,
    ImportKind,
    ImportOption,
    Options,
    Row,
    register_kind,
)
from tenants.customers import labels, services
from tenants.customers.dictionary import INDUSTRY
from tenants.customers.models import Customer, CustomerKind, DocumentKind
from tenants.customers.services import NewCustomer


def _new(row: Row) -> NewCustomer:
    kind = row.text("kind") or CustomerKind.PERSON.value
    document = row.text("document")
    usual = (
        DocumentKind.RESIDENT_ID if kind == CustomerKind.PERSON else DocumentKind.BUSINESS_LICENCE
    )
    return NewCustomer(
        name=row.text("name"),
        phone=row.text("phone"),
        kind=kind,
        document=document,
        document_kind=(row.text("document_kind") or usual.value) if document else None,
        born_on=row.values.get("born_on"),
        contact_name=row.text("contact_name"),
        email=row.text("email"),
        industry=row.text("industry"),
        province=row.text("province"),
        city=row.text("city"),
        district=row.text("district"),
        address=row.text("address"),
        remark=row.text("remark"),
    )


def _check(rows: Sequence[Row], options: Options) -> Mapping[int, str]:
    problems: dict[int, str] = {}
    clean: dict[int, NewCustomer] = {}
    for row in rows:
        try:
            clean[row.line] = services.checked(_new(row))
        except Refused as refusal:
            problems[row.line] = str(refusal)
    for line, one in clean.items():
        if one.industry and INDUSTRY.find(one.industry) is None:
            problems[line] = _industry_words(one.industry)
    documents = {line: one.document for line, one in clean.items() if one.document}
    problems |= _taken(Customer.document_index, Customer.document, documents)
    if options.get("same_phone") != "yes":
        phones = {line: one.phone for line, one in clean.items() if line not in problems}
        problems |= _taken(Customer.phone_index, Customer.phone, phones)
    return problems


def _industry_words(typed: str) -> str:
    known = _(", ").join(label for _code, label in INDUSTRY.options())
    return str(
        _("“%(typed)s” is no industry of the dictionary: %(known)s.", typed=typed, known=known)
    )


def _taken(column: Any, field: Any, values: Mapping[int, str]) -> dict[int, str]:
    """Return a sentence for each line whose value a live customer has, by one query."""
    lookups = {line: field.lookups(value) for line, value in values.items()}
    wanted = _flat(lookups.values())
    if not wanted:
        return {}
    found = {
        index: (number, name)
        for index, number, name in session().execute(
            select(column, Customer.id, Customer.name).where(
                column.in_(wanted), Customer.deleted_at.is_(None)
            )
        )
    }
    problems = {}
    for line, indexes in lookups.items():
        for index in indexes:
            if index in found:
                number, name = found[index]
                problems[line] = _(
                    "Customer %(number)s (%(name)s) has this %(field)s already.",
                    number=f"CM{number:04}",
                    name=name,
                    field=labels.FIELDS[field.name],
                )
    return problems


def _flat(groups: Iterable[Sequence[str]]) -> list[str]:
    return [one for group in groups for one in group]


def _apply(rows: Sequence[Row], options: Options, by: audit.Actor) -> int:
    same = options.get("same_phone") == "yes"
    added = services.add_customers([_new(row) for row in rows], by=by, same_phone_confirmed=same)
    return len(added)


def _same_phone() -> list[tuple[str, object]]:
    return [
        ("no", _("Refuse a phone number that a customer has already")),
        ("yes", _("Take it in as another customer")),
    ]


def _column(key: str, *aliases: str, **more: Any) -> ImportColumn:
    return ImportColumn(key, labels.FIELDS[key], aliases=aliases, **more)


CUSTOMERS = register_kind(
    ImportKind(
        name="customers",
        label=_l("Customers"),
        columns=(
            _column("name", "姓名", "客户名称", "客户姓名", required=True),
            _column(
                "phone",
                "电话",
                "手机",
                "手机号",
                "联系电话",
                required=True,
                kind=CellKind.DIGITS,
                numeric_up_to=11,
                example="13900001234",
            ),
            _column(
                "kind",
                "客户类型",
                "类型",
                kind=CellKind.CHOICE,
                choices={one.value: label for one, label in labels.CUSTOMER_KINDS.items()},
            ),
            _column(
                "document_kind",
                "证件类型",
                kind=CellKind.CHOICE,
                choices={one.value: label for one, label in labels.DOCUMENT_KINDS.items()},
            ),
            _column(
                "document",
                "证件号",
                "证件号码",
                "身份证",
                "身份证号",
                kind=CellKind.DIGITS,
                unique=True,
                note=_l("The column must be text, or Excel bends the number."),
            ),
            _column("born_on", "出生日期", "生日", kind=CellKind.DATE, example="1990-08-01"),
            _column("contact_name", "联系人"),
            _column("email", "邮箱", "电子邮箱"),
            _column("industry", "行业"),
            _column("province", "省", "省份"),
            _column("city", "市", "城市"),
            _column("district", "区", "区县"),
            _column("address", "地址", "详细地址"),
            _column("remark", "备注", length=1_000),
        ),
        options=(ImportOption("same_phone", _l("Same phone number"), _same_phone),),
        check=_check,
        apply=_apply,
        permission=Permission.Customer.EDIT,
        is_personal=True,
    )
)
