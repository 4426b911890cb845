"""What the demonstration sells: channels, products with rates, numbers and cards."""

import random
from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from kit import audit
from kit.db import session
from tenants.accounts.dictionary import Carrier
from tenants.catalogue import services as catalogue
from tenants.catalogue.models import Product, ProductKind
from tenants.channels import services as channels
from tenants.channels.models import Channel, ChannelKind, ChannelUser
from tenants.numbers import services as numbers
from tenants.numbers.models import Number, SimCard
from tenants.numbers.queries import NumberFilter

PASSWORD = "Demo-tree-2026"  # noqa: S105 - printed at every start of the demonstration
NUMBERS = 5_000
CARDS = 2_600
PREFIXES = {
    Carrier.UNICOM: ("130", "131", "156", "186"),
    Carrier.TELECOM: ("133", "153", "180", "189"),
}
HOMES = (("广东", "深圳"), ("广东", "广州"), ("江苏", "苏州"), ("浙江", "杭州"), ("四川", "成都"))


def make_channels(by: audit.Actor) -> tuple[list[Channel], list[ChannelUser]]:
    """Make three levels of channels, each with an owner, the stores with a clerk too."""
    tree = {
        "华南总代理": {
            "深圳科技园店": ["南山校园摊位", "宝安服务点"],
            "广州天河店": ["大学城摊位"],
        },
        "华东总代理": {"苏州观前店": ["园区服务点"], "杭州西湖店": ["下沙校园摊位"]},
        "西部总代理": {"成都春熙店": ["科华服务点"]},
    }
    found: list[Channel] = []
    people: list[ChannelUser] = []

    def add(name: str, parent: Channel | None, kind: ChannelKind, share: int) -> Channel:
        number = len(found) + 1
        channel = channels.add_channel(
            name=name,
            kind=kind,
            contact_name=f"负责人{number}",
            contact_phone=f"1380000{number:04}",
            parent=parent,
            share=share,
            by=by,
        )
        found.append(channel)
        for role in ("owner", "clerk") if kind == ChannelKind.STORE else ("owner",):
            _, token = channels.invite(channel, role=role, name=name, by=by)
            username = f"{role}_{number}"
            people.append(
                channels.accept_invitation(
                    token,
                    name=f"{name}{'负责人' if role == 'owner' else '店员'}",
                    phone=f"1370000{len(people):04}",
                    username=username,
                    password=PASSWORD,
                )
            )
        return channel

    for top_name, stores in tree.items():
        top = add(top_name, None, ChannelKind.AGENT, 0)
        for store_name, stands in stores.items():
            store = add(store_name, top, ChannelKind.STORE, 7_000)
            for stand in stands:
                add(stand, store, ChannelKind.CAMPUS, 6_000)
    return found, people


PLANS = (
    ("星卡 29 元", 2_900, 30, 100, 0, 8_000),
    ("大王卡 19 元", 1_900, 20, 0, 0, 6_000),
    ("校园卡 39 元", 3_900, 80, 200, 0, 10_000),
    ("冰激凌 99 元", 9_900, 120, 500, 0, 12_000),
    ("流量王 59 元", 5_900, 180, 100, 0, 9_000),
    ("靓号精选", 5_900, 60, 300, 19_900, 15_000),
)


def make_products(by: audit.Actor, since: date) -> list[Product]:
    """Put twelve products of two carriers on the shelf, with rates for three milestones."""
    made = []
    for carrier, word in ((Carrier.UNICOM, "联通"), (Carrier.TELECOM, "电信")):
        for position, (name, fee, data, voice, price, rate) in enumerate(PLANS):
            product = catalogue.add_product(
                name=f"{word}{name}",
                carrier=carrier,
                kind=ProductKind.PREMIUM_NUMBER if price else ProductKind.TRAFFIC_CARD,
                code=f"{carrier.value[:2].upper()}{position + 1:02}",
                monthly_amount=fee,
                data_mb=data * 1_024,
                voice_minutes=voice,
                first_topup_amount=5_000,
                contract_months=12,
                retail_amount=price,
                delivery_modes=["counter", "courier"],
                max_per_person=5,
                repeat_days=0,
                by=by,
            )
            catalogue.put_on_shelf(product, by=by)
            for milestone, month, amount in (
                ("activated", 0, rate),
                ("first_topup", 0, rate // 4),
                ("on_network", 1, rate // 10),
            ):
                catalogue.set_rate(
                    product,
                    milestone=milestone,
                    month=month,
                    amount=amount,
                    timing="next_month",
                    valid_from=since,
                    by=by,
                )
            made.append(product)
    return made


def make_stock(chance: random.Random, by: audit.Actor, tops: list[Channel]) -> None:
    """Take in 5,000 numbers with real prefixes and the cards, and allot some to each branch."""
    for batch, (carrier, prefixes) in enumerate(PREFIXES.items()):
        pool = numbers.add_pool(
            name=f"{'联通' if carrier == Carrier.UNICOM else '电信'}号码池",
            carrier=carrier,
            alert_below=200,
            by=by,
        )
        wanted = NUMBERS // len(PREFIXES)
        msisdns: set[str] = set()
        while len(msisdns) < wanted:
            msisdns.add(f"{chance.choice(prefixes)}{chance.randrange(10**8):08}")
        rows = []
        for msisdn in sorted(msisdns):
            province, city = chance.choice(HOMES)
            rows.append(numbers.NewNumber(msisdn, carrier=carrier, province=province, city=city))
        numbers.add_numbers(rows, pool=pool, by=by)
        issuer = "01" if carrier == Carrier.UNICOM else "03"
        cards = [
            numbers.NewCard(
                _iccid(f"8986{issuer}26{batch:03}{serial:08}"),
                carrier=carrier,
                batch=f"2026-{batch}",
            )
            for serial in range(CARDS // len(PREFIXES))
        ]
        numbers.add_cards(cards, by=by)
    for top in tops:
        numbers.allot_numbers(channel=top, among=NumberFilter(), count=NUMBERS // 16, by=by)


def _iccid(body: str) -> str:
    """Return 20 digits whose last one is the Luhn check digit (ITU-T E.118)."""
    total = 0
    for position, digit in enumerate(reversed(body)):
        value = int(digit) * (2 if position % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return body + str(-total % 10)


@dataclass(frozen=True, slots=True)
class Piece:
    """A number or card in stock: its id, and the channel that alone may sell it."""

    id: int
    channel_id: int | None


def in_stock(table: type[Number] | type[SimCard], state: str) -> dict[str, list[Piece]]:
    """Return what is in stock, by carrier."""
    found: dict[str, list[Piece]] = defaultdict(list)
    columns = select(table.id, table.channel_id, table.carrier)
    for row in session().execute(columns.where(table.state == state).order_by(table.id)):
        found[row.carrier].append(Piece(row.id, row.channel_id))
    return found
