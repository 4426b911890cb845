"""Pools, numbers and SIM cards for tests."""

from itertools import count

from sqlalchemy import select

from kit import audit
from kit.db import session, transaction
from tenants.accounts.dictionary import Carrier
from tenants.channels.models import Channel
from tenants.numbers import services
from tenants.numbers.models import CardKind, Number, NumberPool, SimCard

_serial = count(1)


def make_pool(*, name: str = "", carrier: Carrier = Carrier.MOBILE, **more) -> NumberPool:
    return services.add_pool(
        name=name or f"Pool {next(_serial)}", carrier=carrier, by=audit.SYSTEM, **more
    )


def make_numbers(
    *msisdns: str, pool: NumberPool | None = None, channel: Channel | None = None, **more
) -> list[Number]:
    """Take numbers in; they come back in the order given."""
    pool = pool or make_pool()
    rows = [services.NewNumber(msisdn, **more) for msisdn in msisdns]
    services.add_numbers(rows, pool=pool, by=audit.SYSTEM)
    found = session().scalars(select(Number).where(Number.msisdn.in_(msisdns))).all()
    if channel is not None:
        with transaction():
            for number in found:
                number.channel_id = channel.id
    return sorted(found, key=lambda number: msisdns.index(number.msisdn))


def make_number(msisdn: str = "", **more) -> Number:
    """Take one number in: an ordinary one of China Mobile unless told otherwise."""
    return make_numbers(msisdn or f"1390000{2000 + next(_serial) * 7 % 8000:04}", **more)[0]


def make_card(iccid: str = "", *, kind: CardKind = CardKind.BLANK, **more) -> SimCard:
    """Take one SIM card in."""
    iccid = iccid or f"898600{next(_serial):014}"
    services.add_cards([services.NewCard(iccid, kind=kind, **more)], by=audit.SYSTEM)
    return session().scalars(select(SimCard).where(SimCard.iccid == iccid)).one()


def the_number(public_id: str) -> Number:
    """A number as it is now."""
    return session().scalars(select(Number).where(Number.public_id == public_id)).one()


def the_card(public_id: str) -> SimCard:
    """A SIM card as it is now."""
    return session().scalars(select(SimCard).where(SimCard.public_id == public_id)).one()


def make_root_channel(name: str = "Root", **more) -> Channel:
    """Make a channel at the top by hand: numbers know channels only as owners of stock."""
    with transaction() as current:
        channel = Channel(name=name, sort_key=name, kind="agent", depth=1, contact_name="x", **more)
        current.add(channel)
        current.flush()
        channel.path = f"{channel.id}."
        return channel


def make_child_channel(parent: Channel, name: str = "Child") -> Channel:
    """Make a channel below another."""
    with transaction() as current:
        channel = Channel(
            name=name,
            sort_key=name,
            kind="agent",
            depth=parent.depth + 1,
            contact_name="x",
            parent_id=parent.id,
        )
        current.add(channel)
        current.flush()
        channel.path = f"{parent.path}{channel.id}."
        return channel
