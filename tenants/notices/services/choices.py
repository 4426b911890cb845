"""What people and the workspace say about ways."""

from collections.abc import Collection, Mapping

from sqlalchemy import delete, select

from kit import audit
from kit.db import lock_row, session, transaction
from kit.errors import Refused
from kit.i18n import gettext as _
from tenants.accounts.models import Profile, User
from tenants.notices import events
from tenants.notices.kinds import every_kind
from tenants.notices.models import (
    NoticeAddress,
    NoticeChoice,
    NoticeRule,
    Pace,
    Setting,
    Way,
)
from tenants.notices.queries import matrix_for
from tenants.notices.queries.choices import default_setting, rules

Cell = tuple[str, str]
WITH_ADDRESS = (Way.WECHAT, Way.WECOM, Way.DINGTALK, Way.FEISHU)


def choose(person: User, *, on: Collection[Cell], reach: Mapping[Way, tuple[Pace, str]]) -> None:
    """Keep what a person wants to hear of, how soon and where: all of it or nothing."""
    with transaction():
        edit_choices(person, on)
        for way, (pace, address) in reach.items():
            edit_address(person, way, pace=pace, address=address)


def edit_choices(person: User, on: Collection[Cell]) -> None:
    """Keep which kinds a person wants to hear of by which way.

    What the workspace has fixed stays as it is, whatever is sent.
    """
    with transaction() as work:
        lock_row(person)
        wanted = set(on)
        switched: dict[bool, list[str]] = {True: [], False: []}
        known = {
            (one.kind, one.way): one
            for one in work.scalars(select(NoticeChoice).where(NoticeChoice.user_id == person.id))
        }
        for kind, cells in matrix_for(person).rows:
            for cell in cells:
                place = (kind.code, cell.way.value)
                is_on = place in wanted
                if cell.is_fixed or is_on == cell.is_on:
                    continue
                switched[is_on].append("|".join(place))
                if place in known:
                    known[place].is_on = is_on
                else:
                    work.add(
                        NoticeChoice(user_id=person.id, kind=kind.code, way=cell.way, is_on=is_on)
                    )
        if any(switched.values()):
            audit.record(
                events.CHOICES_EDITED,
                person,
                by=person,
                switched_on=switched[True],
                switched_off=switched[False],
            )


def edit_address(person: User, way: Way, *, pace: Pace, address: str = "") -> None:
    """Keep how soon a person is told on a way, and where; "" takes the address away.

    Refuses a pace for the inbox, and an address where the account's own holds.
    """
    address = address.strip()
    if way == Way.INBOX or (address and way not in WITH_ADDRESS):
        raise Refused(_("This way has no address of its own."))
    if any(sign.isspace() or not sign.isprintable() for sign in address) or len(address) > 500:
        raise Refused(_("This is not an address of that kind."), field=f"{way.value}_address")
    with transaction() as work:
        lock_row(person)
        found = work.scalars(
            select(NoticeAddress).where(
                NoticeAddress.user_id == person.id, NoticeAddress.way == way
            )
        ).one_or_none()
        was = (Pace(found.pace), found.address) if found else (Pace.AT_ONCE, "")
        if was == (pace, address):
            return
        if found is None:
            found = NoticeAddress(user_id=person.id, way=way)
            work.add(found)
        found.pace, found.address = pace, address
        audit.record(
            events.ADDRESS_EDITED,
            person,
            by=person,
            way=way.value,
            pace=pace.value,
            has_address=bool(address),
        )


def edit_rules(wanted: Mapping[Cell, Setting], *, by: User) -> None:
    """Keep what the workspace says about kinds and ways; what a kind says itself takes no row.

    Nothing can be barred from the inbox that a kind itself forces there.
    """
    with transaction() as work:
        # One at a time, so that two do not both insert what was not there.
        work.scalars(select(Profile.id).with_for_update()).one()
        before = rules()
        changed: dict[str, list[str]] = {}
        for kind in every_kind():
            for way in Way:
                place = (kind.code, way.value)
                own = default_setting(kind, way)
                setting = wanted.get(place, own)
                if own == Setting.FORCED and setting != Setting.FORCED:
                    raise Refused(_("“%(kind)s” cannot be switched off here.", kind=kind.label))
                if setting == before.get(place, own):
                    continue
                changed["|".join(place)] = [str(before.get(place, own)), str(setting)]
                work.execute(
                    delete(NoticeRule).where(
                        NoticeRule.kind == kind.code, NoticeRule.way == way.value
                    )
                )
                if setting != own:
                    work.add(NoticeRule(kind=kind.code, way=way, setting=setting))
                    session().flush()
        if changed:
            audit.record(events.RULES_EDITED, by, by=by, rules=changed)
