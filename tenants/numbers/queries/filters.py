"""What numbers and cards are looked for by, as SQL conditions and in words."""

from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Text,
    and_,
    cast,
    false,
    literal_column,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY

from kit import clock
from kit.i18n import gettext as _
from tenants.accounts.scopes import Reach
from tenants.channels import queries as channels
from tenants.channels.models import Channel
from tenants.numbers.models import FOURS, Number, NumberPool, NumberState, SimCard
from tenants.numbers.msisdn import bigrams

Condition = ColumnElement[bool]
HOUSE = "house"


def is_available() -> Condition:
    """Return the condition that a number can be had now: an expired hold counts as available."""
    return or_(
        Number.state == NumberState.AVAILABLE,
        and_(Number.state == NumberState.RESERVED, Number.reserved_until <= clock.now()),
    )


def may_sell(channel: Channel | None) -> Condition:
    """Return the condition that a number is stock of a channel, its ancestors or the house.

    The house itself sells what it has not dealt out.
    """
    if channel is None:
        return Number.channel_id.is_(None)
    return or_(Number.channel_id.is_(None), Number.channel_id.in_(channel.ancestor_ids))


def reached(reach: Reach, model: type[Number | SimCard]) -> Condition:
    """Return the condition that stock is reached (E006).

    That of the house is everybody's who may see stock; what is dealt to a channel belongs to those
    who reach the channel.
    """
    if reach.is_everything:
        return true()
    return or_(model.channel_id.is_(None), model.channel_id.in_(channels.reached_ids(reach)))


def ends_with(digits: str) -> Condition:
    """Return the condition on the last digits, by the index of the tail where there are four."""
    if not _is_digits(digits):
        return false()
    if len(digits) == 4:
        return Number.tail == digits
    matches = Number.msisdn.endswith(digits)
    if len(digits) > 4:
        return and_(Number.tail == digits[-4:], matches)
    return and_(_has_bigrams(digits), matches)


def contains(digits: str) -> Condition:
    """Return the condition that digits stand anywhere: two or more by index, then rechecked."""
    if not _is_digits(digits):
        return false()
    return and_(_has_runs(digits), Number.msisdn.contains(digits))


def _has_runs(digits: str) -> Condition:
    if len(digits) < 4:
        return _has_bigrams(digits)
    runs = list(dict.fromkeys(digits[at : at + 4] for at in range(len(digits) - 3)))
    # Word for word the index's expression: a parameter within it would be another one.
    of_number: Any = literal_column(
        FOURS.replace("msisdn", f"{Number.__tablename__}.msisdn"), ARRAY(Text)
    )
    found: Condition = of_number.op("@>", is_comparison=True)(cast(runs, ARRAY(Text)))
    return found


def _is_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _has_bigrams(digits: str) -> Condition:
    pairs = bigrams(digits)
    return Number.bigrams.contains(pairs) if pairs else true()


@dataclass(frozen=True, slots=True)
class NumberFilter:
    """What a person looks for among numbers; empty fields ask nothing.

    `channel` is a channel's public id, or HOUSE for stock that is not dealt out; `reach` leaves out
    what somebody may not touch.
    """

    pool: str = ""
    carrier: str = ""
    province: str = ""
    city: str = ""
    number_class: str = ""
    pattern: str = ""
    tail: str = ""
    contains: str = ""
    without_four: bool = False
    channel: str = ""
    state: str = ""
    reach: Reach | None = None

    def conditions(self) -> list[Condition]:
        """Return what a number must satisfy."""
        found: list[Condition] = [reached(self.reach, Number)] if self.reach else []
        for name, column in _COLUMNS.items():
            if value := getattr(self, name):
                found.append(column == value)
        if self.pool:
            found.append(of_pool(self.pool))
        if self.channel:
            found.append(of_channel(Number.channel_id, self.channel))
        if self.tail:
            found.append(ends_with(self.tail))
        if self.contains:
            found.append(contains(self.contains))
        if self.without_four:
            found.append(Number.has_four.is_(False))
        return found

    @property
    def asks_nothing(self) -> bool:
        """Whether everything that is reached is meant."""
        return not _asked(self)

    def in_words(self) -> str:
        """Return the filter as an allotment keeps it."""
        return _in_words(self)


_COLUMNS: dict[str, Any] = {
    "carrier": Number.carrier,
    "province": Number.province,
    "city": Number.city,
    "number_class": Number.number_class,
    "pattern": Number.pattern,
    "state": Number.state,
}


@dataclass(frozen=True, slots=True)
class CardFilter:
    """What a person looks for among SIM cards; empty fields ask nothing."""

    iccid: str = ""
    kind: str = ""
    carrier: str = ""
    batch: str = ""
    channel: str = ""
    state: str = ""
    reach: Reach | None = None

    def conditions(self) -> list[Condition]:
        """Return what a card must satisfy."""
        found: list[Condition] = [reached(self.reach, SimCard)] if self.reach else []
        for name, column in _CARD_COLUMNS.items():
            if value := getattr(self, name):
                found.append(column == value)
        if self.iccid:
            found.append(SimCard.iccid.startswith(self.iccid, autoescape=True))
        if self.channel:
            found.append(of_channel(SimCard.channel_id, self.channel))
        return found

    @property
    def asks_nothing(self) -> bool:
        """Whether everything that is reached is meant."""
        return not _asked(self)

    def in_words(self) -> str:
        """Return the filter as an allotment keeps it."""
        return _in_words(self)


_CARD_COLUMNS: dict[str, Any] = {
    "kind": SimCard.kind,
    "carrier": SimCard.carrier,
    "batch": SimCard.batch,
    "state": SimCard.state,
}


def of_channel(column: Any, public_id: str) -> Condition:
    """Return the condition that stock is dealt to a channel, or to none."""
    if public_id == HOUSE:
        return column.is_(None)  # type: ignore[no-any-return]
    return _by_public_id(column, Channel, public_id)


def of_pool(public_id: str) -> Condition:
    """Return the condition that a number is in a pool."""
    return _by_public_id(Number.pool_id, NumberPool, public_id)


def _by_public_id(column: Any, model: type[Channel | NumberPool], public_id: str) -> Condition:
    found = select(model.id).where(model.public_id == public_id).scalar_subquery()
    return column == found  # type: ignore[no-any-return]


def _asked(wanted: NumberFilter | CardFilter) -> dict[str, str]:
    """Return what is asked by name; whose eyes look is no question."""
    names = [one.name for one in fields(wanted) if one.name != "reach"]
    return {name: value for name in names if (value := getattr(wanted, name))}


def _in_words(wanted: NumberFilter | CardFilter) -> str:
    parts = [f"{name}={value}" for name, value in _asked(wanted).items()]
    return "; ".join(parts) or _("everything")
