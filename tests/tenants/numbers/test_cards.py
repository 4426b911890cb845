"""SIM cards are taken in, bound to items, activated and written off."""

import pytest

from kit import audit
from kit.errors import Refused
from tenants.accounts.dictionary import Carrier
from tenants.accounts.permissions import Permission
from tenants.accounts.scopes import reach_of
from tenants.numbers import queries, services
from tenants.numbers.models import CardKind, CardState
from tests.factories.accounts import owner
from tests.factories.numbers import make_card, make_number

BY = audit.System("tester")


def test_a_card_goes_to_one_item(in_acme):
    card = services.allocate_card(make_card(), item_id="i1", by=BY)
    assert (card.state, card.item_id) == (CardState.ALLOCATED, "i1")
    services.allocate_card(card, item_id="i1", by=BY)
    with pytest.raises(Refused):
        services.allocate_card(card, item_id="i2", by=BY)
    with pytest.raises(Refused):
        services.allocate_card(make_card(), item_id="i1", by=BY)
    assert card.item_id == "i1"


def test_a_freed_card_is_in_stock_again(in_acme):
    card = services.allocate_card(make_card(), item_id="i1", by=BY)
    services.free_card(card, by=BY)
    assert (card.state, card.item_id) == (CardState.IN_STOCK, None)
    with pytest.raises(Refused):
        services.free_card(card, by=BY)


def test_activation_needs_an_item(in_acme):
    card = make_card()
    with pytest.raises(Refused):
        services.activate_card(card, by=BY)
    services.allocate_card(card, item_id="i1", by=BY)
    assert services.activate_card(card, by=BY).state == CardState.ACTIVATED


def test_an_allocated_card_is_not_scrapped(in_acme):
    card = services.allocate_card(make_card(), item_id="i1", by=BY)
    with pytest.raises(Refused):
        services.scrap_card(card, reason="lost", by=BY)
    assert card.state == CardState.ALLOCATED
    services.free_card(card, by=BY)
    assert services.scrap_card(card, reason="lost", by=BY).state == CardState.SCRAPPED


def test_a_paired_card_goes_only_with_its_number(in_acme):
    number = make_number("13900001001")
    card = make_card(kind=CardKind.PAIRED, msisdn="139 0000 1001")
    assert card.number_id == number.id
    with pytest.raises(Refused) as refusal:
        services.allocate_card(card, item_id="i1", by=BY)
    assert refusal.value.field == "card"
    services.allocate_number(number, item_id="i1", owner=None, by=BY)
    assert services.allocate_card(card, item_id="i1", by=BY).state == CardState.ALLOCATED


def test_every_wrong_card_is_named_and_none_is_saved(in_acme):
    make_number("13900001001")
    make_card("89860012345678901234")
    rows = [
        services.NewCard("89860012345678901234"),
        services.NewCard("89860012345678900001"),
        services.NewCard("89860012345678900001"),
        services.NewCard("123"),
        services.NewCard("89869912345678900002"),
        services.NewCard("89860012345678900003", CardKind.PAIRED),
        services.NewCard("89860012345678900004", msisdn="13900001001"),
        services.NewCard("89860012345678900005", CardKind.PAIRED, msisdn="13900001009"),
        services.NewCard("89860012345678900006", CardKind.PAIRED, msisdn="13900001001"),
        services.NewCard("89860012345678900007", CardKind.PAIRED, msisdn="13900001001"),
        services.NewCard("89860012345678900008", CardKind.PAIRED, msisdn="x"),
        services.NewCard("89869912345678900009", carrier=Carrier.MVNO),
    ]
    with pytest.raises(services.RowsRefused) as refusal:
        services.add_cards(rows, by=BY)
    assert sorted(refusal.value.problems) == [0, 2, 3, 4, 5, 6, 7, 9, 10]
    assert queries.find_card("89860012345678900001") is None
    assert services.add_cards([], by=BY) == 0


def test_usage_counts_every_state(in_acme):
    make_card()
    services.allocate_card(make_card(), item_id="i1", by=BY)
    usage = queries.card_usage(reach_of(owner(), Permission.Number.VIEW))
    assert (usage[CardState.IN_STOCK], usage[CardState.ALLOCATED]) == (1, 1)
    assert usage[CardState.SCRAPPED] == 0
    assert queries.find_card("x") is None
