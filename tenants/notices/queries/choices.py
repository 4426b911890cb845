"""Who is told of what by which way: the kind's own, the workspace's rules, the person's choice."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import select

from kit.db import session
from tenants.accounts.models import User
from tenants.notices.kinds import Kind, every_kind
from tenants.notices.models import (
    NoticeAddress,
    NoticeChoice,
    NoticeRule,
    NoticeTemplate,
    Pace,
    Setting,
    Way,
)

Rules = Mapping[tuple[str, str], Setting]


def default_setting(kind: Kind, way: Way) -> Setting:
    """Return what a kind itself says about a way."""
    if way in kind.forced:
        return Setting.FORCED
    return Setting.ON if way in kind.ways else Setting.OFF


def rules() -> dict[tuple[str, str], Setting]:
    """Return what the workspace says, by kind and way, where it differs from the kinds."""
    return {
        (one.kind, one.way): Setting(one.setting) for one in session().scalars(select(NoticeRule))
    }


def settings_of(kind: Kind, said: Rules) -> dict[Way, Setting]:
    """Return what holds for a kind on every way."""
    return {way: said.get((kind.code, way), default_setting(kind, way)) for way in Way}


def chosen_ways(kind: Kind, people: Collection[User]) -> dict[int, set[Way]]:
    """Return the ways on which each of some people hears of a kind, by their ids."""
    said = session().scalars(select(NoticeRule).where(NoticeRule.kind == kind.code))
    holds = settings_of(kind, {(one.kind, one.way): Setting(one.setting) for one in said})
    choices: dict[int, dict[Way, bool]] = defaultdict(dict)
    for one in session().scalars(
        select(NoticeChoice).where(
            NoticeChoice.kind == kind.code, NoticeChoice.user_id.in_([one.id for one in people])
        )
    ):
        choices[one.user_id][Way(one.way)] = one.is_on
    return {
        one.id: {way for way in Way if is_on(holds[way], choices[one.id].get(way))}
        for one in people
    }


def is_on(setting: Setting, choice: bool | None) -> bool:  # noqa: FBT001 - what a person chose
    """Tell whether a way is on, given what the workspace says and what the person chose."""
    if setting in {Setting.FORCED, Setting.BARRED}:
        return setting == Setting.FORCED
    return setting == Setting.ON if choice is None else choice


@dataclass(frozen=True, slots=True)
class Cell:
    """A kind and a way as the matrix shows them."""

    way: Way
    setting: Setting
    is_on: bool

    @property
    def is_fixed(self) -> bool:
        """Whether the person has no choice."""
        return self.setting in {Setting.FORCED, Setting.BARRED}


@dataclass(frozen=True, slots=True)
class Matrix:
    """Every kind with its ways, as they hold for a person."""

    rows: list[tuple[Kind, list[Cell]]]


def matrix_for(person: User) -> Matrix:
    """Return what a person hears of, by which way."""
    said = rules()
    chosen = {
        (one.kind, one.way): one.is_on
        for one in session().scalars(select(NoticeChoice).where(NoticeChoice.user_id == person.id))
    }
    rows = []
    for kind in every_kind():
        holds = settings_of(kind, said)
        rows.append(
            (
                kind,
                [
                    Cell(way, holds[way], is_on(holds[way], chosen.get((kind.code, way))))
                    for way in Way
                ],
            )
        )
    return Matrix(rows)


def addresses_of(people: Collection[User]) -> dict[tuple[int, Way], NoticeAddress]:
    """Return how some people are reached, by person and way, where they said so."""
    rows = session().scalars(
        select(NoticeAddress).where(NoticeAddress.user_id.in_([one.id for one in people]))
    )
    return {(one.user_id, Way(one.way)): one for one in rows}


def pace_of(address: NoticeAddress | None) -> Pace:
    """Return how soon a person wants to be told on a way."""
    return Pace(address.pace) if address else Pace.AT_ONCE


def templates() -> dict[tuple[str, str], NoticeTemplate]:
    """Return the workspace's own words, by kind and language."""
    return {(one.kind, one.language): one for one in session().scalars(select(NoticeTemplate))}


def find_template(kind: Kind, language: str) -> NoticeTemplate | None:
    """Return the workspace's own words for a kind in a language, or None."""
    return (
        session()
        .scalars(
            select(NoticeTemplate).where(
                NoticeTemplate.kind == kind.code, NoticeTemplate.language == language
            )
        )
        .one_or_none()
    )
