"""Verbs on numbers, pools, segments, SIM cards and allotments."""

from tenants.numbers.services.allotments import allot_cards, allot_numbers, refuse_idle
from tenants.numbers.services.card_corrections import (
    card_correction_problems,
    cards_by_iccid,
    correct_cards,
    withdraw_cards,
)
from tenants.numbers.services.card_intake import NewCard, add_cards, card_problems
from tenants.numbers.services.cards import (
    activate_card,
    allocate_card,
    free_card,
    receive_card,
    scrap_card,
)
from tenants.numbers.services.corrections import (
    correct_numbers,
    correction_problems,
    numbers_by_msisdn,
    withdraw_numbers,
)
from tenants.numbers.services.holds import expire_holds, hold_number, release_hold
from tenants.numbers.services.intake import RowsRefused
from tenants.numbers.services.moves import (
    allocate_number,
    block_number,
    free_number,
    put_in_service,
    recycle_numbers,
    resume_number,
    retire_number,
    suspend_number,
    unblock_number,
)
from tenants.numbers.services.number_intake import (
    NewNumber,
    NewSegment,
    add_numbers,
    add_segments,
    number_problems,
    segment_problems,
)
from tenants.numbers.services.pools import (
    add_pool,
    add_segment,
    delete_pool,
    delete_segment,
    edit_pool,
    edit_segment,
)

__all__ = [
    "NewCard",
    "NewNumber",
    "NewSegment",
    "RowsRefused",
    "activate_card",
    "add_cards",
    "add_numbers",
    "add_pool",
    "add_segment",
    "add_segments",
    "allocate_card",
    "allocate_number",
    "allot_cards",
    "allot_numbers",
    "block_number",
    "card_correction_problems",
    "card_problems",
    "cards_by_iccid",
    "correct_cards",
    "correct_numbers",
    "correction_problems",
    "delete_pool",
    "delete_segment",
    "edit_pool",
    "edit_segment",
    "expire_holds",
    "free_card",
    "free_number",
    "hold_number",
    "number_problems",
    "numbers_by_msisdn",
    "put_in_service",
    "receive_card",
    "recycle_numbers",
    "refuse_idle",
    "release_hold",
    "resume_number",
    "retire_number",
    "scrap_card",
    "segment_problems",
    "suspend_number",
    "unblock_number",
    "withdraw_cards",
    "withdraw_numbers",
]
