"""Pages of accounts: the door, one's own account, people, units, roles, the company."""

from tenants.accounts.views import (
    company,
    entrance,
    log_ins,
    myself,
    people,
    rights,
    roles,
    second_step,
    security,
    units,
)
from tenants.accounts.views.blueprint import blueprint

blueprints = (blueprint,)

__all__ = [
    "blueprints",
    "company",
    "entrance",
    "log_ins",
    "myself",
    "people",
    "rights",
    "roles",
    "second_step",
    "security",
    "units",
]
