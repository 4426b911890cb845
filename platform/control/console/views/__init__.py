"""The pages of the console."""

from control.console.realm import blueprint
from control.console.views import account, archives, closing, messages, work, workspaces

blueprints = (blueprint,)

__all__ = ["account", "archives", "blueprints", "closing", "messages", "work", "workspaces"]
