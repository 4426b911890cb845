"""The pages of the console."""

from control.console.realm import blueprint
from control.console.views import account, backups, messages, updates, work, workspaces

blueprints = (blueprint,)

__all__ = ["account", "backups", "blueprints", "messages", "updates", "work", "workspaces"]
