"""Pages of accounts: the door, one's own account, people, roles, the company, the audit log."""

from tenants.accounts.views import company, entrance, log, myself, people, roles
from tenants.accounts.views.blueprint import blueprint

blueprints = (blueprint,)

__all__ = ["blueprints", "company", "entrance", "log", "myself", "people", "roles"]
