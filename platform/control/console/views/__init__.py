"""The pages of the console."""

from control.console.realm import blueprint
from control.console.views import (
    account,
    archives,
    backups,
    cells,
    closing,
    messages,
    moves,
    queues,
    support,
    updates,
    verification,
    way_back,
    work,
    workspaces,
)
from control.console.views.billing import accounts as billing_accounts
from control.console.views.billing import books as billing_books
from control.console.views.billing import charges as billing_charges
from control.console.views.billing import coupons as billing_coupons
from control.console.views.billing import dunning as billing_dunning
from control.console.views.billing import events as billing_events
from control.console.views.billing import fapiao as billing_fapiao
from control.console.views.billing import invoices as billing_invoices
from control.console.views.billing import money as billing_money
from control.console.views.billing import plans as billing_plans
from control.console.views.billing import revenue as billing_revenue
from control.console.views.billing import seller as billing_seller
from control.console.views.billing import taxes as billing_taxes
from control.console.views.billing import transfers as billing_transfers

blueprints = (blueprint,)

__all__ = [
    "account",
    "archives",
    "backups",
    "billing_accounts",
    "billing_books",
    "billing_charges",
    "billing_coupons",
    "billing_dunning",
    "billing_events",
    "billing_fapiao",
    "billing_invoices",
    "billing_money",
    "billing_plans",
    "billing_revenue",
    "billing_seller",
    "billing_taxes",
    "billing_transfers",
    "blueprints",
    "cells",
    "closing",
    "messages",
    "moves",
    "queues",
    "support",
    "updates",
    "verification",
    "way_back",
    "work",
    "workspaces",
]
