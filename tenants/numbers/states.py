"""The life of numbers and of SIM cards: which moves are allowed, in one table each."""

from collections.abc import Mapping

from tenants.numbers.models import CardState, NumberState

N = NumberState
C = CardState

NUMBER_MOVES: Mapping[NumberState, frozenset[NumberState]] = {
    N.AVAILABLE: frozenset({N.RESERVED, N.ALLOCATED, N.BLOCKED}),
    N.RESERVED: frozenset({N.RESERVED, N.AVAILABLE, N.ALLOCATED, N.BLOCKED}),
    N.ALLOCATED: frozenset({N.AVAILABLE, N.IN_SERVICE}),
    N.IN_SERVICE: frozenset({N.SUSPENDED, N.AGING, N.PORTED_OUT}),
    N.SUSPENDED: frozenset({N.IN_SERVICE, N.AGING, N.PORTED_OUT}),
    N.AGING: frozenset({N.AVAILABLE, N.BLOCKED}),
    N.BLOCKED: frozenset({N.AVAILABLE}),
    N.PORTING_IN: frozenset({N.AVAILABLE, N.ALLOCATED}),
    N.PORTED_OUT: frozenset({N.AGING}),
}

CARD_MOVES: Mapping[CardState, frozenset[CardState]] = {
    C.PLANNED: frozenset({C.IN_STOCK, C.SCRAPPED}),
    C.IN_STOCK: frozenset({C.RESERVED, C.ALLOCATED, C.SCRAPPED}),
    C.RESERVED: frozenset({C.IN_STOCK, C.ALLOCATED}),
    C.ALLOCATED: frozenset({C.IN_STOCK, C.ACTIVATED, C.SCRAPPED}),
    C.ACTIVATED: frozenset({C.SUSPENDED, C.TERMINATED}),
    C.SUSPENDED: frozenset({C.ACTIVATED, C.TERMINATED}),
    C.TERMINATED: frozenset(),
    C.SCRAPPED: frozenset(),
}

# What nobody has: it may be dealt to channels and taken back.
ALLOTTABLE_NUMBERS = (N.AVAILABLE, N.BLOCKED, N.AGING, N.PORTING_IN)
ALLOTTABLE_CARDS = (C.PLANNED, C.IN_STOCK)


def can_move_number(before: str, after: NumberState) -> bool:
    """Tell whether a number may go from one state to another."""
    return after in NUMBER_MOVES[NumberState(before)]


def can_move_card(before: str, after: CardState) -> bool:
    """Tell whether a SIM card may go from one state to another."""
    return after in CARD_MOVES[CardState(before)]
