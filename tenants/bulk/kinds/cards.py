"""Import of SIM cards."""

from collections.abc import Mapping, Sequence

from kit import audit
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
    Options,
    Row,
    register_kind,
)
from tenants.numbers import services
from tenants.numbers.labels import CARD_KINDS
from tenants.numbers.models import CardKind
from tenants.numbers.msisdn import normalise, normalise_iccid


def _new(row: Row) -> services.NewCard:
    carrier, kind = row.values.get("carrier"), row.values.get("kind")
    msisdn = row.text("msisdn")
    usual = CardKind.PAIRED if msisdn else CardKind.BLANK
    return services.NewCard(
        row.text("iccid"),
        kind=CardKind(kind) if kind else usual,
        carrier=Carrier(carrier) if carrier else None,
        batch=row.text("batch"),
        msisdn=msisdn,
    )


def _check(rows: Sequence[Row], options: Options) -> Mapping[int, str]:
    del options
    return stock.by_line(rows, services.card_problems([_new(row) for row in rows]))


def _apply(rows: Sequence[Row], options: Options, by: audit.Actor) -> Sequence[int]:
    del options
    services.add_cards([_new(row) for row in rows], by=by)
    return stock.ids_of(rows, "iccid", services.cards_by_iccid)


def _check_changes(rows: Sequence[Row], options: Options) -> Mapping[int, str]:
    del options
    return stock.of_targets(rows, services.card_correction_problems) | {
        row.line: _("Of a card that is there only the batch can be changed here.")
        for row in rows
        if row.values.keys() - {"iccid", "batch"}
    }


def _apply_changes(rows: Sequence[Row], options: Options, by: audit.Actor) -> int:
    del options
    named = {card: row for card, row in stock.targets(rows).items() if "batch" in row.values}
    services.correct_cards({card: row.text("batch") for card, row in named.items()}, by=by)
    return len(rows)


def _undo(cards: Sequence[int], by: audit.Actor) -> Mapping[int, str]:
    return services.withdraw_cards(cards, by=by)


CARDS = register_kind(
    ImportKind(
        name="cards",
        label=_l("SIM cards"),
        columns=(
            ImportColumn(
                "iccid",
                _l("ICCID"),
                required=True,
                kind=CellKind.DIGITS,
                aliases=("卡号", "SIM卡号", "sim"),
                unique=True,
                normalise=normalise_iccid,
                example="89860012345678901234",
                note=_l("19 or 20 characters; the column must be text."),
            ),
            ImportColumn(
                "kind",
                _l("Card type"),
                kind=CellKind.CHOICE,
                aliases=("号卡类型", "类型"),
                choices={one.value: label for one, label in CARD_KINDS.items()},
            ),
            ImportColumn(
                "msisdn",
                _l("Paired number"),
                kind=CellKind.DIGITS,
                aliases=("手机号", "手机号码", "号码", "number"),
                numeric_up_to=13,
                unique=True,
                normalise=normalise,
                note=_l("Only for pre-paired cards; the number must be in stock."),
            ),
            ImportColumn(
                "carrier",
                _l("Carrier"),
                kind=CellKind.CHOICE,
                aliases=("运营商",),
                choices={one.value: label for one, label in CARRIER_LABELS.items()},
                note=_l("Left empty, the ICCID tells it."),
            ),
            ImportColumn("batch", _l("Batch"), aliases=("批次", "批次号"), length=60),
        ),
        check=_check,
        apply=_apply,
        permission=Permission.Number.IMPORT,
        changes=Changes(
            ("iccid",), stock.finder(services.cards_by_iccid), _check_changes, _apply_changes
        ),
        undo=_undo,
    )
)
