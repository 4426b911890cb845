"""Pages of channels in the back office, and the way into the portal."""

from tenants.channels.views import announcements, grades, join, login, pages, people
from tenants.channels.views.blueprint import channels, portal_join, portal_login

blueprints = (channels, portal_login, portal_join)

__all__ = ["announcements", "blueprints", "grades", "join", "login", "pages", "people"]
