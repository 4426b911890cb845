"""Import of a carrier's result file: what happened to items, each event once."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from kit import audit, clock
from kit.db import session
from kit.errors import Refused
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from tenants.accounts.permissions import Permission
from tenants.bulk.options import FILE_NAME
from tenants.bulk.registry import (
    CellKind,
    ImportColumn,
    ImportKind,
    ImportOption,
    Options,
    Row,
    register_kind,
)
from tenants.carriers import queries as carriers
from tenants.carriers.models import CarrierAccount
from tenants.carriers.result_file import (
    USUAL_HEADERS,
    CarrierResult,
    Field,
    KeyKind,
    ResultFile,
    read_results,
)
from tenants.orders import queries, services
from tenants.orders.models import OrderItem
from tenants.orders.services.activation import Told

KEY = "key"
_ORDER_NUMBER_DIGITS = 14
_ICCID_DIGITS = (19, 20)


def _texts(row: Row) -> dict[str, str]:
    """Return a row's cells under headers that the reader of result files knows."""
    texts = {USUAL_HEADERS[one][0]: row.text(one.value) for one in Field}
    key = "".join(row.text(KEY).split())
    if key:
        kind = Field.MSISDN
        if len(key) == _ORDER_NUMBER_DIGITS:
            kind = Field.ORDER_NUMBER
        elif len(key) in _ICCID_DIGITS:
            kind = Field.ICCID
        texts[USUAL_HEADERS[kind][0]] = key
    return texts


def _read(rows: Sequence[Row]) -> ResultFile:
    # The headers were matched when the file was read, with the account's own words.
    lines = [(row.line, _texts(row)) for row in rows]
    return read_results(lines, account=None, today=clock.today())


class _Items:
    """The live items of a file's rows, found by one query for each kind of key."""

    def __init__(self, results: Sequence[CarrierResult]) -> None:
        keys: dict[KeyKind, set[str]] = {kind: set() for kind in KeyKind}
        for result in results:
            keys[result.key_kind].add(result.key)
        self._found: dict[KeyKind, Mapping[str, list[OrderItem]]] = {
            kind: queries.live_items(kind=kind.value, keys=wanted) for kind, wanted in keys.items()
        }
        # A carrier names its own order number where it does not name ours.
        self._theirs = queries.live_items(
            kind="carrier_order_number", keys=keys[KeyKind.ORDER_NUMBER]
        )

    def item(self, result: CarrierResult) -> OrderItem:
        """Return the item of a row; Refused when there is none or more than one."""
        found = self._found[result.key_kind].get(result.key, [])
        if result.key_kind != KeyKind.ORDER_NUMBER:
            if not found:
                raise Refused(_("No live order has the number or card %(key)s.", key=result.key))
            # A number that was closed and sold again: the newest item has it now.
            return found[0]
        found = found or self._theirs.get(result.key, [])
        if not found:
            raise Refused(_("No live order has the order number %(key)s.", key=result.key))
        if len(found) > 1:
            raise Refused(
                _(
                    "The order %(key)s has several items: name the number or the card.",
                    key=result.key,
                )
            )
        return found[0]


def _check(rows: Sequence[Row], options: Options) -> Mapping[int, str]:
    del options
    read = _read(rows)
    problems = dict(read.problems)
    items = _Items(read.results)
    for result in read.results:
        try:
            services.refuse_senseless(
                items.item(result),
                event=Told(result.event.value),
                occurred_on=result.occurred_on,
                month=result.month,
            )
        except Refused as refusal:
            problems[result.line] = str(refusal)
    return problems


def _apply(rows: Sequence[Row], options: Options, by: audit.Actor) -> int:
    """Tell every event to its item; return how many were news."""
    read = _read(rows)
    if read.problems:
        raise Refused(_("Some rows make no sense any more. Look at them again."))
    items = _Items(read.results)
    told = [(items.item(result), result) for result in read.results]
    # Everybody locks orders in the order of their keys, whatever the order of the file.
    told.sort(key=lambda pair: (pair[0].order_id, pair[1].line))
    news = 0
    for item, result in told:
        news += services.record_carrier_event(
            item,
            event=Told(result.event.value),
            occurred_on=result.occurred_on,
            month=result.month,
            code=result.code,
            text=result.text,
            source=str(options[FILE_NAME]),
            by=by,
        )
    return news


def _accounts() -> list[tuple[str, object]]:
    return [(one.public_id, one.name) for one in carriers.active_accounts()]


def _headers(options: Options) -> Mapping[str, str]:
    chosen = options.get("account")
    if not chosen:
        return {}
    columns = session().scalars(
        select(CarrierAccount.columns).where(CarrierAccount.public_id == str(chosen))
    )
    return {key: str(header) for key, header in (columns.one_or_none() or {}).items() if header}


def _column(field: Field, label: object, **more: Any) -> ImportColumn:
    return ImportColumn(field.value, label, aliases=tuple(USUAL_HEADERS[field]), **more)


CARRIER_RESULTS = register_kind(
    ImportKind(
        name="carrier_results",
        label=_l("Carrier's results"),
        columns=(
            ImportColumn(
                KEY,
                _l("Number, ICCID or order number"),
                kind=CellKind.DIGITS,
                numeric_up_to=14,
                example="13900001234",
                note=_l("11 or 13 digits are a number, 19 or 20 an ICCID, 14 an order number."),
            ),
            _column(Field.EVENT, _l("Event"), required=True, example="已激活"),
            _column(Field.OCCURRED_ON, _l("Date"), required=True, example="2026-08-01"),
            _column(Field.MONTH, _l("Month"), note=_l("Only for “on network”: 1, 2, 3 …")),
            _column(Field.CODE, _l("Carrier's code")),
            _column(Field.TEXT, _l("Carrier's words"), length=500),
            _column(Field.MSISDN, _l("Number"), kind=CellKind.DIGITS, numeric_up_to=13),
            _column(Field.ICCID, _l("SIM card (ICCID)"), kind=CellKind.DIGITS),
            _column(
                Field.ORDER_NUMBER,
                _l("Order no."),
                kind=CellKind.DIGITS,
                numeric_up_to=14,
                length=64,
                note=_l("Ours or the carrier's."),
            ),
        ),
        options=(ImportOption("account", _l("Carrier account"), _accounts, required=False),),
        check=_check,
        apply=_apply,
        permission=Permission.Order.IMPORT,
        headers=_headers,
    )
)
