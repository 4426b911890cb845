"""Pages of channels in the back office, and the way into the portal."""

from tenants.channels.views import grades, join, login, pages, people
from tenants.channels.views.blueprint import channels, portal_join, portal_login

blueprints = (channels, portal_login, portal_join)

__all__ = ["blueprints", "grades", "join", "login", "pages", "people"]
