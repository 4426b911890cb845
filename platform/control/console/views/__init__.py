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

blueprints = (blueprint,)

__all__ = [
    "account",
    "archives",
    "backups",
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
