"""The back office's pages of orders."""

from tenants.orders.views import actions, item_actions, pages, selected
from tenants.orders.views.blueprint import blueprint

blueprints = (blueprint,)

__all__ = ["actions", "blueprints", "item_actions", "pages", "selected"]
