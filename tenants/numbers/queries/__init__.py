"""Questions about numbers, SIM cards, pools and stock."""

from tenants.numbers.queries.cards import card_usage, find_card
from tenants.numbers.queries.filters import CardFilter, NumberFilter, reached
from tenants.numbers.queries.numbers import (
    allottable_count,
    available_numbers,
    find_number,
    held_by,
    history,
)
from tenants.numbers.queries.stock import (
    PoolStock,
    carrier_options,
    class_options,
    numbers_there,
    pool_options,
    stock_by_pool,
)

__all__ = [
    "CardFilter",
    "NumberFilter",
    "PoolStock",
    "allottable_count",
    "available_numbers",
    "card_usage",
    "carrier_options",
    "class_options",
    "find_card",
    "find_number",
    "held_by",
    "history",
    "numbers_there",
    "pool_options",
    "reached",
    "stock_by_pool",
]
