"""Verbs of settlement: expect, earn, settle, pay, and take back."""

from tenants.settlement.services.commission import Met, Outcome, meet_all, meet_milestone
from tenants.settlement.services.expecting import ItemFacts, expect, expect_all
from tenants.settlement.services.payouts import pay
from tenants.settlement.services.reversing import (
    close_item,
    fail_milestone,
    reverse_item,
    reverse_items,
    undo_milestone,
)
from tenants.settlement.services.settling import settle, settle_if_due

__all__ = [
    "ItemFacts",
    "Met",
    "Outcome",
    "close_item",
    "expect",
    "expect_all",
    "fail_milestone",
    "meet_all",
    "meet_milestone",
    "pay",
    "reverse_item",
    "reverse_items",
    "settle",
    "settle_if_due",
    "undo_milestone",
]
