"""Import of segments."""

from collections.abc import Mapping, Sequence

from kit import audit
from kit.i18n import lazy_gettext as _l
from tenants.accounts.dictionary import CARRIER_LABELS, Carrier
from tenants.accounts.permissions import Permission
from tenants.bulk.kinds import stock
from tenants.bulk.registry import (
    CellKind,
    ImportColumn,
    ImportKind,
    Options,
    Row,
    register_kind,
)
from tenants.numbers import services


def _new(row: Row) -> services.NewSegment:
    return services.NewSegment(
        row.text("prefix"), Carrier(row.text("carrier")), row.text("province"), row.text("city")
    )


def _check(rows: Sequence[Row], options: Options) -> Mapping[int, str]:
    del options
    return stock.by_line(rows, services.segment_problems([_new(row) for row in rows]))


def _apply(rows: Sequence[Row], options: Options, by: audit.Actor) -> int:
    del options
    return services.add_segments([_new(row) for row in rows], by=by)


SEGMENTS = register_kind(
    ImportKind(
        name="segments",
        label=_l("Segments"),
        columns=(
            ImportColumn(
                "prefix",
                _l("Segment"),
                required=True,
                kind=CellKind.DIGITS,
                aliases=("号段", "前缀"),
                numeric_up_to=9,
                unique=True,
                example="1390000",
                note=_l("3 to 9 digits."),
            ),
            ImportColumn(
                "carrier",
                _l("Carrier"),
                required=True,
                kind=CellKind.CHOICE,
                aliases=("运营商",),
                choices={one.value: label for one, label in CARRIER_LABELS.items()},
            ),
            ImportColumn(
                "province", _l("Province"), required=True, aliases=("省", "省份"), length=40
            ),
            ImportColumn("city", _l("City"), required=True, aliases=("市", "地市"), length=40),
        ),
        check=_check,
        apply=_apply,
        permission=Permission.Number.IMPORT,
    )
)
