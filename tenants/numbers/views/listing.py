"""The lists of numbers, SIM cards and segments."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from flask import url_for
from flask_login import current_user
from sqlalchemy import ColumnElement, Select, select

from kit import clock
from kit.db import session
from kit.i18n import lazy_gettext as _l
from kit.web import BulkAction, Column, Filter, Grouping, Listing, RowAction, StatusTabs, Tag
from kit.web.listing.sums import Named
from tenants.accounts.dictionary import CARRIER_LABELS
from tenants.accounts.permissions import Permission
from tenants.channels.kinds import CHANNEL
from tenants.numbers import labels, queries
from tenants.numbers.models import CardState, Number, NumberPool, NumberState, Segment, SimCard
from tenants.numbers.patterns import PATTERNS, NumberClass
from tenants.numbers.queries import filters
from tenants.numbers.queries.filters import HOUSE
from tenants.numbers.services.locks import is_held

_NUMBER_COLOURS = {
    NumberState.AVAILABLE: "green",
    NumberState.RESERVED: "yellow",
    NumberState.ALLOCATED: "azure",
    NumberState.IN_SERVICE: "blue",
    NumberState.SUSPENDED: "orange",
    NumberState.AGING: "purple",
    NumberState.BLOCKED: "red",
}
_CARD_COLOURS = {
    CardState.IN_STOCK: "green",
    CardState.RESERVED: "yellow",
    CardState.ALLOCATED: "azure",
    CardState.ACTIVATED: "blue",
    CardState.SUSPENDED: "orange",
    CardState.SCRAPPED: "red",
}


def number_state(number: Number) -> NumberState:
    """Return the state people are told: an expired hold counts as available."""
    state = NumberState(number.state)
    expired = state == NumberState.RESERVED and not is_held(number)
    return NumberState.AVAILABLE if expired else state


def number_tag(state: str) -> Tag:
    """Return a number's state as a coloured word."""
    known = NumberState(state)
    return Tag(labels.NUMBER_STATES[known], _NUMBER_COLOURS.get(known, "gray"))


def card_tag(state: str) -> Tag:
    """Return a SIM card's state as a coloured word."""
    known = CardState(state)
    return Tag(labels.CARD_STATES[known], _CARD_COLOURS.get(known, "gray"))


def class_tag(number_class: str) -> Tag:
    """Return a number's class as a coloured word."""
    known = NumberClass(number_class or NumberClass.ORDINARY)
    return Tag(labels.CLASSES[known], "orange" if known == NumberClass.PREMIUM else "gray")


def home(number: Number) -> str:
    """Return a number's home area."""
    return " ".join(part for part in (number.province, number.city) if part)


def _where(condition: Callable[[str], ColumnElement[bool]]) -> Any:
    def narrow(statement: Select[Any], text: str) -> Select[Any]:
        return statement.where(condition(text))

    return narrow


def _dealt(column: Any) -> Any:
    return _where(partial(filters.of_channel, column))


def _can(permission: Any) -> bool:
    return bool(current_user.can(permission))


def _held(statement: Select[Any]) -> Select[Any]:
    running = Number.reserved_until > clock.now()
    return statement.where(Number.state == NumberState.RESERVED, running)


def _available(statement: Select[Any]) -> Select[Any]:
    return statement.where(filters.is_available())


def _without_four(statement: Select[Any], value: str) -> Select[Any]:
    return statement.where(Number.has_four.is_(value == "no"))


def _number_bulk() -> list[BulkAction]:
    found = []
    if _can(Permission.Number.ALLOT):
        found.append(
            BulkAction(_l("Allot"), lambda: url_for("numbers.allot_selected"), icon="share")
        )
    if _can(Permission.Number.EDIT):
        found += [
            BulkAction(_l("Block"), lambda: url_for("numbers.block_selected"), icon="lock"),
            BulkAction(
                _l("Unblock"),
                lambda: url_for("numbers.unblock_selected"),
                icon="lock-open",
                confirm=_l("Unblock the selected numbers?"),
            ),
        ]
    return found


def _pool_names(ids: Sequence[Any]) -> dict[Any, Named]:
    found = session().execute(
        select(NumberPool.id, NumberPool.name, NumberPool.public_id).where(NumberPool.id.in_(ids))
    )
    return {row.id: (row.name, {"pool": row.public_id}) for row in found}


def _place_of(typed: str) -> Select[Any]:
    return select(Number.id).where(Number.msisdn == typed)


NUMBERS = Listing(
    "numbers",
    [
        Column("msisdn", _l("Number"), kind="phone", copy=True, text=True, sort=Number.msisdn),
        Column("state", _l("State"), value=number_state, kind="tag", tags=number_tag),
        Column("carrier", _l("Carrier"), kind="tag", tags=CARRIER_LABELS),
        Column("home", _l("Home area"), value=home),
        Column("class", _l("Class"), value="number_class", kind="tag", tags=class_tag),
        Column("pattern", _l("Pattern")),
        Column("extra_amount", _l("Extra fee"), kind="money"),
        Column("minimum_spend", _l("Minimum spend"), kind="money", hidden=True),
        Column("pool", _l("Pool"), value="pool.name"),
        Column("channel", _l("Channel"), value="channel.name"),
        Column("is_home_guessed", _l("Guessed"), kind="bool", hidden=True),
        Column("changed_at", _l("Changed at"), kind="datetime"),
    ],
    filters=[
        Filter.text("tail", _l("Ends with"), apply=_where(filters.ends_with)),
        Filter.text(
            "contains",
            _l("Contains"),
            apply=_where(filters.contains),
            placeholder=_l("Digits anywhere"),
        ),
        Filter.choice("pool", _l("Pool"), queries.pool_options, apply=_where(filters.of_pool)),
        Filter.choice("carrier", _l("Carrier"), queries.carrier_options, column=Number.carrier),
        Filter.text("province", _l("Province"), column=Number.province, match="prefix"),
        Filter.text("city", _l("City"), column=Number.city, match="prefix", folded=True),
        Filter.choice(
            "number_class",
            _l("Class"),
            queries.class_options,
            column=Number.number_class,
            folded=True,
        ),
        Filter.choice(
            "pattern",
            _l("Pattern"),
            [(one.name, one.name) for one in PATTERNS],
            column=Number.pattern,
            folded=True,
        ),
        Filter.flag("without_four", _l("Without 4"), apply=_without_four, folded=True),
        Filter.look_up(
            "channel",
            _l("Channel"),
            CHANNEL,
            besides=((HOUSE, _l("Not dealt out")),),
            apply=_dealt(Number.channel_id),
            folded=True,
        ),
    ],
    tabs=StatusTabs(
        [(one.value, label) for one, label in labels.NUMBER_STATES.items()],
        column=Number.state,
        name="state",
        custom={NumberState.AVAILABLE.value: _available, NumberState.RESERVED.value: _held},
    ),
    groupings=[
        Grouping("state", _l("State"), Number.state, names=labels.NUMBER_STATES, parameter="state"),
        Grouping("pool", _l("Pool"), Number.pool_id, names=_pool_names),
        Grouping(
            "carrier", _l("Carrier"), Number.carrier, names=CARRIER_LABELS, parameter="carrier"
        ),
        Grouping(
            "class",
            _l("Class"),
            Number.number_class,
            names=labels.CLASSES,
            parameter="number_class",
        ),
        Grouping("province", _l("Home area"), Number.province, names={}, parameter="province"),
    ],
    jump=_place_of,
    jump_hint=_l("Number"),
    row_url=lambda number: url_for("numbers.show", public_id=number.public_id),
    bulk=_number_bulk,
    empty_title=_l("No numbers yet"),
    empty_hint=_l("Add a pool, then import numbers into it."),
    empty_icon="device-sim",
)


def _card_bulk() -> list[BulkAction]:
    if not _can(Permission.Number.ALLOT):
        return []
    return [BulkAction(_l("Allot"), lambda: url_for("cards.allot_selected"), icon="share")]


CARDS = Listing(
    "cards",
    [
        Column("iccid", _l("ICCID"), copy=True, text=True, sort=SimCard.iccid),
        Column("kind", _l("Card type"), kind="tag", tags=labels.CARD_KINDS),
        Column("state", _l("State"), kind="tag", tags=card_tag),
        Column("carrier", _l("Carrier"), kind="tag", tags=CARRIER_LABELS),
        Column("number", _l("Paired number"), value="number.msisdn", kind="phone", text=True),
        Column("batch", _l("Batch")),
        Column("channel", _l("Channel"), value="channel.name"),
        Column("changed_at", _l("Changed at"), kind="datetime"),
    ],
    filters=[
        Filter.text("iccid", _l("ICCID begins with"), column=SimCard.iccid, match="prefix"),
        Filter.choice(
            "kind",
            _l("Card type"),
            [(one.value, label) for one, label in labels.CARD_KINDS.items()],
            column=SimCard.kind,
        ),
        Filter.choice("carrier", _l("Carrier"), queries.carrier_options, column=SimCard.carrier),
        Filter.text("batch", _l("Batch"), column=SimCard.batch),
        Filter.look_up(
            "channel",
            _l("Channel"),
            CHANNEL,
            besides=((HOUSE, _l("Not dealt out")),),
            apply=_dealt(SimCard.channel_id),
            folded=True,
        ),
    ],
    tabs=StatusTabs(
        [(one.value, label) for one, label in labels.CARD_STATES.items()],
        column=SimCard.state,
        name="state",
    ),
    row_url=lambda card: url_for("cards.show", public_id=card.public_id),
    bulk=_card_bulk,
    empty_title=_l("No SIM cards yet"),
    empty_hint=_l("Add one or import a file."),
    empty_icon="device-sim",
)


SEGMENTS = Listing(
    "segments",
    [
        Column("prefix", _l("Segment"), copy=True, text=True, sort=Segment.prefix),
        Column("carrier", _l("Carrier"), kind="tag", tags=CARRIER_LABELS),
        Column("province", _l("Province")),
        Column("city", _l("City")),
        Column("created_at", _l("Added at"), kind="datetime"),
    ],
    filters=[
        Filter.text("prefix", _l("Segment"), column=Segment.prefix, match="prefix"),
        Filter.choice("carrier", _l("Carrier"), queries.carrier_options, column=Segment.carrier),
        Filter.text("province", _l("Province"), column=Segment.province, match="prefix"),
        Filter.text("city", _l("City"), column=Segment.city, match="prefix"),
    ],
    default_sort="prefix",
    actions=[
        RowAction(
            _l("Change"),
            lambda segment: url_for("segments.edit", public_id=segment.public_id),
            drawer=True,
            visible=lambda _segment: _can(Permission.Number.EDIT),
        ),
        RowAction(
            _l("Delete"),
            lambda segment: url_for("segments.delete", public_id=segment.public_id),
            post=True,
            danger=True,
            confirm=lambda segment: _l("Delete the segment %(prefix)s?", prefix=segment.prefix),
            visible=lambda _segment: _can(Permission.Number.EDIT),
        ),
    ],
    empty_title=_l("No segments yet"),
    empty_hint=_l("They tell carrier and home area of the numbers you import."),
)
