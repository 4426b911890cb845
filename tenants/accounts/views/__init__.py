"""Pages of accounts: the door, one's own account, people, units, roles, the company."""

from tenants.accounts.views import (
    company,
    entrance,
    invitations,
    log_ins,
    myself,
    passkeys,
    people,
    proofs,
    reveals,
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
    "invitations",
    "log_ins",
    "myself",
    "passkeys",
    "people",
    "proofs",
    "reveals",
    "rights",
    "roles",
    "second_step",
    "security",
    "units",
]
