"""The pages of the portal."""

from tenants.portal.surface import blueprint
from tenants.portal.views import announcements, home, money, orders, selling, team

blueprints = (blueprint,)

__all__ = ["announcements", "blueprints", "home", "money", "orders", "selling", "team"]
