"""Pages of the setup, the operation log and the help."""

from tenants.setup.views import articles, centre, dictionary, log, numbering, parameters, reports
from tenants.setup.views.blueprint import helping, logging, setting

blueprints = (setting, logging, helping)

__all__ = [
    "articles",
    "blueprints",
    "centre",
    "dictionary",
    "log",
    "numbering",
    "parameters",
    "reports",
]
