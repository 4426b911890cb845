"""Import of numbers into a pool."""

from collections.abc import Mapping, Sequence

from kit import audit
from kit.errors import Missing, Refused
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from tenants.accounts.dictionary import CARRIER_LABELS, Carrier
from tenants.accounts.permissions import Permission
from tenants.bulk.kinds import stock
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
from tenants.numbers import access, queries, services
from tenants.numbers.labels import CLASSES
from tenants.numbers.models import NumberPool
from tenants.numbers.msisdn import normalise
from tenants.numbers.patterns import NumberClass


def _new(row: Row) -> services.NewNumber:
    carrier, number_class = row.values.get("carrier"), row.values.get("number_class")
    return services.NewNumber(
        row.text("msisdn"),
        carrier=Carrier(carrier) if carrier else None,
        province=row.text("province"),
        city=row.text("city"),
        number_class=NumberClass(number_class) if number_class else None,
        extra_amount=row.values.get("extra_amount") or 0,
        minimum_spend=row.values.get("minimum_spend") or 0,
    )


def _pool(options: Options) -> NumberPool:
    try:
        return access.pool(str(options.get("pool", "")))
    except Missing:
        raise Refused(_("The pool is not there any more.")) from None


def _check(rows: Sequence[Row], options: Options) -> Mapping[int, str]:
    pool = _pool(options)
    return stock.by_line(rows, services.number_problems([_new(row) for row in rows], pool=pool))


def _apply(rows: Sequence[Row], options: Options, by: audit.Actor) -> Sequence[int]:
    pool = _pool(options)
    services.add_numbers([_new(row) for row in rows], pool=pool, by=by)
    return stock.ids_of(rows, "msisdn", services.numbers_by_msisdn)


def _check_changes(rows: Sequence[Row], options: Options) -> Mapping[int, str]:
    del options
    return stock.of_targets(rows, services.correction_problems) | {
        row.line: _("The carrier of a number cannot be changed here.")
        for row in rows
        if "carrier" in row.values
    }


def _apply_changes(rows: Sequence[Row], options: Options, by: audit.Actor) -> int:
    del options
    changed = {
        number: {
            name: value for name, value in row.values.items() if name not in {"msisdn", "carrier"}
        }
        for number, row in stock.targets(rows).items()
    }
    return services.correct_numbers(changed, by=by)


def _undo(numbers: Sequence[int], by: audit.Actor) -> Mapping[int, str]:
    return services.withdraw_numbers(numbers, by=by)


NUMBERS = register_kind(
    ImportKind(
        name="numbers",
        label=_l("Numbers"),
        columns=(
            ImportColumn(
                "msisdn",
                _l("Number"),
                required=True,
                kind=CellKind.DIGITS,
                aliases=("手机号", "手机号码", "号码", "电话号码", "phone", "mobile"),
                numeric_up_to=13,
                unique=True,
                normalise=normalise,
                example="13900001234",
                note=_l("11 digits, IoT numbers 13."),
            ),
            ImportColumn(
                "carrier",
                _l("Carrier"),
                kind=CellKind.CHOICE,
                aliases=("运营商",),
                choices={one.value: label for one, label in CARRIER_LABELS.items()},
                note=_l("Left empty, the segment or the prefix tells it."),
            ),
            ImportColumn("province", _l("Province"), aliases=("省", "省份", "归属省"), length=40),
            ImportColumn("city", _l("City"), aliases=("市", "地市", "归属市"), length=40),
            ImportColumn(
                "number_class",
                _l("Class"),
                kind=CellKind.CHOICE,
                aliases=("号码类别", "级别"),
                choices={one.value: label for one, label in CLASSES.items()},
                note=_l("Left empty, the pattern of the number tells it."),
            ),
            ImportColumn("extra_amount", _l("Extra fee"), kind=CellKind.MONEY, example="100.00"),
            ImportColumn(
                "minimum_spend", _l("Minimum spend"), kind=CellKind.MONEY, example="59.00"
            ),
        ),
        options=(ImportOption("pool", _l("Pool"), queries.pool_options),),
        check=_check,
        apply=_apply,
        permission=Permission.Number.IMPORT,
        changes=Changes(
            ("msisdn",), stock.finder(services.numbers_by_msisdn), _check_changes, _apply_changes
        ),
        undo=_undo,
    )
)
