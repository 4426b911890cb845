"""Pages of products and rates."""

from tenants.catalogue.views import actions, pages, rates, rules
from tenants.catalogue.views.blueprint import blueprint

blueprints = (blueprint,)

__all__ = ["actions", "blueprints", "pages", "rates", "rules"]
