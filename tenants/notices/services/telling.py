"""The one verb by which people are told of something."""

from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from typing import Any

from sqlalchemy import exists, select

from kit import audit, clock, i18n, live
from kit.db import session, transaction
from kit.jobs import enqueue
from tenants.accounts.kinds import find_kind
from tenants.accounts.models import User
from tenants.notices import queries
from tenants.notices.kinds import Kind
from tenants.notices.models import Delivery, Notice, NoticeAddress, Pace, Way
from tenants.notices.queries.choices import chosen_ways
from tenants.notices.queries.reminders import followers_of
from tenants.notices.services.gateways import ROBOTS, gateways

MORNING = time(9)
LIVE = "notices"
"""The kind of change that open pages hear of."""


def notify(
    kind: Kind,
    record_id: str,
    people: Iterable[User | None],
    /,
    *,
    by: audit.Actor | None = None,
    is_mention: bool = False,
    **values: Any,
) -> int:
    """Tell people, and the record's followers, of something; return how many are told.

    Part of the transaction that made it happen: what is taken back, nobody hears of. `values` are
    plain JSON for the kind's placeholders; what begins with _ is for its `still` alone. Who did it
    himself and who is disabled is left out.
    """
    unknown = {one for one in values if one[0] != "_"} - kind.placeholders.keys()
    if unknown:
        raise ValueError(f"{kind.code} has no placeholder {sorted(unknown)}")
    with transaction() as work:
        asked = {one.id: one for one in people if one is not None}
        asked |= {one.id: one for one in _followers(record_id)}
        meant = [
            one
            for one in asked.values()
            if one.is_active and (by is None or one.public_id != by.actor_id)
        ]
        if not meant:
            return 0
        ways, addresses = chosen_ways(kind, meant), queries.addresses_of(meant)
        robots = company_robots()
        notices, goings = [], []
        for person in meant:
            out = [one for one in Way if one in ways[person.id] and one != Way.INBOX]
            reached = [one for one in out if is_reached(person, one, addresses)]
            # The company's robot speaks to its group: once, not once for each who listens there.
            shared = [one for one in out if one in robots and one not in reached]
            robots -= set(shared)
            reached += shared
            if not reached and Way.INBOX not in ways[person.id]:
                continue
            notice = Notice(
                user_id=person.id,
                kind=kind.code,
                record_id=record_id,
                values=values,
                is_mention=is_mention,
                in_inbox=Way.INBOX in ways[person.id],
            )
            notices.append(notice)
            for way in reached:
                pace = queries.pace_of(addresses.get((person.id, way)))
                goings.append((person, Delivery(notice=notice, user_id=person.id, way=way,
                                                due_at=due_at(pace)), pace))  # fmt: skip
        work.add_all([*notices, *(one for _person, one, _pace in goings)])
        work.flush()
        _send_later(goings)
        seen = {one.user_id for one in notices if one.in_inbox}
        live.changed(LIVE, [one.public_id for one in meant if one.id in seen])
        return len(notices)


def company_robots() -> set[Way]:
    """Return the ways on which a robot of the company's own speaks."""
    return {way for way, one in gateways().items() if way in ROBOTS and one.is_on}


def is_reached(person: User, way: Way, addresses: dict[tuple[int, Way], NoticeAddress]) -> bool:
    """Tell whether a person can be reached on a way at all."""
    match way:
        case Way.INBOX:
            return True
        case Way.MAIL:
            return bool(person.email)
        case Way.SMS:
            return person.phone_cipher is not None
        case _:
            known = addresses.get((person.id, way))
            return known is not None and known.address_cipher is not None


def due_at(pace: Pace) -> datetime:
    """Return when something that happens now goes out at a pace, in the workspace's zone."""
    now = clock.now()
    match pace:
        case Pace.AT_ONCE:
            return now
        case Pace.HOURLY:
            return now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        case Pace.DAILY:
            local = now.astimezone(i18n.timezone())
            day = local.date() if local.time() < MORNING else local.date() + timedelta(days=1)
            return datetime.combine(day, MORNING, i18n.timezone()).astimezone(UTC)


def _followers(record_id: str) -> list[User]:
    """Return the followers who may still see the record."""
    found = []
    for one in followers_of(record_id) if record_id else ():
        record = find_kind(one.record_kind)
        if record is not None and record.name_for(record_id, one.user) is not None:
            found.append(one.user)
    return found


def _send_later(goings: list[tuple[User, Delivery, Pace]]) -> None:
    from tenants.notices import jobs

    gathered: set[tuple[str, str, datetime]] = set()
    for person, one, pace in goings:
        if pace == Pace.AT_ONCE:
            enqueue(jobs.deliver, delivery=one.public_id)
            continue
        batch = (person.public_id, one.way, one.due_at)
        if batch not in gathered and not _is_planned(one):
            enqueue(jobs.deliver_digest, run_at=one.due_at, person=batch[0], way=one.way,
                    due=one.due_at.isoformat())  # fmt: skip
        gathered.add(batch)


def _is_planned(delivery: Delivery) -> bool:
    """Tell whether an earlier notice has planned the message that this one goes out with."""
    earlier = exists().where(
        Delivery.user_id == delivery.user_id,
        Delivery.way == delivery.way,
        Delivery.due_at == delivery.due_at,
        Delivery.id < delivery.id,
    )
    return bool(session().scalar(select(earlier)))
