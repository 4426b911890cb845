"""Stock is dealt to channels and taken back."""

import pytest

from kit import audit
from kit.db import transaction
from kit.errors import Refused
from tenants.numbers import services
from tenants.numbers.queries import CardFilter, NumberFilter, allottable_count
from tests.factories.numbers import make_card, make_number, make_numbers, make_root_channel

BY = audit.System("tester")


def test_chosen_numbers_go_to_the_channel_and_back(in_acme):
    channel = make_root_channel()
    numbers = make_numbers("13900001001", "13900001002")
    allotment = services.allot_numbers(channel=channel, numbers=numbers, by=BY)
    assert (allotment.count, allotment.channel_id) == (2, channel.id)
    assert {number.channel_id for number in numbers} == {channel.id}
    services.allot_numbers(channel=None, numbers=numbers[:1], by=BY)
    assert [number.channel_id for number in numbers] == [None, channel.id]


def test_a_filter_deals_so_many(in_acme):
    channel = make_root_channel()
    numbers = make_numbers("13900001088", "13900002088", "13900003088", "13900003099")
    wanted = NumberFilter(tail="88")
    assert allottable_count(wanted) == 3
    allotment = services.allot_numbers(channel=channel, among=wanted, count=2, by=BY)
    assert (allotment.count, allotment.criteria) == (2, "tail=88")
    assert [number.channel_id for number in numbers] == [channel.id, channel.id, None, None]
    services.allot_numbers(channel=None, among=NumberFilter(channel=channel.public_id), by=BY)
    assert all(number.channel_id is None for number in numbers)


def test_fewer_than_asked_for_are_refused(in_acme):
    channel = make_root_channel()
    number = make_number()
    with pytest.raises(Refused) as refusal:
        services.allot_numbers(channel=channel, among=NumberFilter(), count=2, by=BY)
    assert refusal.value.field == "count"
    assert number.channel_id is None
    with pytest.raises(Refused):
        services.allot_numbers(channel=channel, among=NumberFilter(tail="9999"), by=BY)


def test_everything_at_once_is_refused(in_acme):
    number = make_number()
    for among in (None, NumberFilter()):
        with pytest.raises(Refused):
            services.allot_numbers(channel=None, among=among, by=BY)
    with pytest.raises(Refused):
        services.allot_cards(channel=None, by=BY)
    assert number.channel_id is None


def test_what_somebody_has_is_refused(in_acme):
    channel = make_root_channel()
    number = make_number()
    services.hold_number(number, owner="a", minutes=5, by=BY)
    with pytest.raises(Refused):
        services.allot_numbers(channel=channel, numbers=[number], by=BY)
    assert number.channel_id is None


def test_a_frozen_channel_gets_nothing(in_acme):
    channel = make_root_channel()
    with transaction():
        channel.state = "frozen"
    number = make_number()
    with pytest.raises(Refused) as refusal:
        services.allot_numbers(channel=channel, numbers=[number], by=BY)
    assert refusal.value.field == "channel"
    assert number.channel_id is None


def test_cards_are_dealt_alike(in_acme):
    channel = make_root_channel()
    first, second, third = make_card(), make_card(batch="b1"), make_card(batch="b1")
    services.allot_cards(channel=channel, cards=[first], by=BY)
    services.allot_cards(channel=channel, among=CardFilter(batch="b1"), count=2, by=BY)
    assert {card.channel_id for card in (first, second, third)} == {channel.id}
    services.scrap_card(third, reason="broken", by=BY)
    with pytest.raises(Refused):
        services.allot_cards(channel=None, cards=[third], by=BY)
    assert third.channel_id == channel.id


def test_filters_of_cards(in_acme):
    channel = make_root_channel()
    card = make_card("89860012345678901234")
    wanted = CardFilter(iccid="898600123", kind="blank", carrier="mobile", channel="house")
    assert services.allot_cards(channel=channel, among=wanted, by=BY).count == 1
    assert card.channel_id == channel.id
