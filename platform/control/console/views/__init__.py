"""The pages of the console."""

from control.console.realm import blueprint
from control.console.views import account, cells, messages, moves, updates, work, workspaces

blueprints = (blueprint,)

__all__ = ["account", "blueprints", "cells", "messages", "moves", "updates", "work", "workspaces"]
