"""Import of customers (C020, C027)."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from kit import audit
from kit.i18n import LANGUAGES
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from tenants.accounts.models import User
from tenants.accounts.permissions import Permission
from tenants.accounts.scopes import reach_of
from tenants.bulk.options import KEY
from tenants.bulk.registry import (
    CellKind,
    Changes,
    ImportColumn,
    ImportKind,
    ImportOption,
    Options,
    Row,
    register_kind,
)
from tenants.customers import intake, labels, queries
from tenants.customers.dictionary import INDUSTRY
from tenants.customers.models import Customer, CustomerKind
from tenants.customers.queries import number_of
from tenants.customers.services import NewCustomer
from tenants.orders.queries import orders_of_customers

_FIELDS = frozenset(
    (
        *("name", "phone", "document", "contact_name", "email", "industry", "province", "city"),
        *("district", "address", "remark", "language"),
    )
)


def _new(row: Row) -> NewCustomer:
    values = row.values
    texts: dict[str, Any] = {name: values[name] for name in values if name in _FIELDS}
    # A row without them is refused for it.
    texts.setdefault("name", "")
    texts.setdefault("phone", "")
    kind = values.get("kind") or CustomerKind.PERSON.value
    document_kind = None
    if texts.get("document"):
        document_kind = values.get("document_kind") or intake.usual_document(kind)
    born_on = values.get("born_on")
    return NewCustomer(**texts, kind=kind, document_kind=document_kind, born_on=born_on)


def _check(rows: Sequence[Row], options: Options) -> Mapping[int, str]:
    found = intake.problems_of(
        [_new(row) for row in rows], same_phone_confirmed=options.get("same_phone") == "yes"
    )
    return (
        {
            row.line: problem
            for row, problem in zip(rows, found, strict=True)
            if isinstance(problem, str)
        }
        | {
            row.line: _("Customer numbers are made by the system; leave this one empty.")
            for row in rows
            if "number" in row.values
        }
        | _unknown_industries(rows)
    )


def _unknown_industries(rows: Sequence[Row]) -> dict[int, str]:
    known = _(", ").join(label for _code, label in INDUSTRY.options())
    return {
        row.line: str(
            _("“%(typed)s” is no industry of the dictionary: %(known)s.", typed=typed, known=known)
        )
        for row in rows
        if (typed := row.text("industry")) and INDUSTRY.match(typed) is None
    }


def _apply(rows: Sequence[Row], options: Options, by: audit.Actor) -> Sequence[int]:
    same = options.get("same_phone") == "yes"
    return intake.take_in([_new(row) for row in rows], by=by, same_phone_confirmed=same)


def _find(rows: Sequence[Row], key: str, by: audit.Actor) -> Mapping[int, int]:
    reach = reach_of(by, Permission.Customer.EDIT) if isinstance(by, User) else None
    if key == "number":
        asked = {row.line: number_of(row.text(key)) for row in rows}
        there = queries.reached_ids([one for one in asked.values() if one], reach)
        return {line: one for line, one in asked.items() if one in there}
    field = getattr(Customer, key)
    normal = {row.line: _normal(field, row.text(key)) for row in rows}
    lines = [line for line, text in normal.items() if text]
    lookups = field.lookups_many([normal[line] for line in lines])
    known = intake.customers_by_index(key, [index for one in lookups for index in one], reach=reach)
    found = {}
    for line, indexes in zip(lines, lookups, strict=True):
        fitting = [one for index in indexes for one in known.get(index, ())]
        # Two customers with one phone: which of them is meant, the row does not say.
        if len(fitting) == 1:
            found[line] = fitting[0][0]
    return found


def _normal(field: Any, text: str) -> str:
    try:
        return str(field.normalise(text))
    except ValueError:
        return ""


def _changed(rows: Sequence[Row], options: Options) -> dict[int, dict[str, Any]]:
    key = options.get(KEY)
    return {
        row.target: {
            name: value for name, value in row.values.items() if name not in {key, "number"}
        }
        for row in rows
        if row.target is not None
    }


def _check_changes(rows: Sequence[Row], options: Options) -> Mapping[int, str]:
    problems = intake.problems_of_changes(
        _changed(rows, options), same_phone_confirmed=options.get("same_phone") == "yes"
    )
    found = {row.line: problems[row.target] for row in rows if row.target in problems}
    found |= _unknown_industries(rows)
    times = Counter(row.target for row in rows)
    return found | {
        row.line: _("Another row changes the same record.") for row in rows if times[row.target] > 1
    }


def _apply_changes(rows: Sequence[Row], options: Options, by: audit.Actor) -> int:
    return intake.change(
        _changed(rows, options),
        by=by,
        same_phone_confirmed=options.get("same_phone") == "yes",
    )


def _undo(numbers: Sequence[int], by: audit.Actor) -> Mapping[int, str]:
    return intake.withdraw(numbers, used=orders_of_customers(numbers), by=by)


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
            ImportColumn(
                "number",
                _l("Customer number"),
                aliases=("客户编号",),
                unique=True,
                note=_l("Only to change a customer that is there."),
            ),
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
            _column("language", "语言", kind=CellKind.CHOICE, choices=LANGUAGES),
        ),
        options=(ImportOption("same_phone", _l("Same phone number"), _same_phone),),
        check=_check,
        apply=_apply,
        permission=Permission.Customer.EDIT,
        is_personal=True,
        changes=Changes(("document", "phone", "number"), _find, _check_changes, _apply_changes),
        undo=_undo,
    )
)
