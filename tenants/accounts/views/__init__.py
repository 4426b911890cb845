"""Pages of accounts: the door, one's own account, people, units, roles, the company."""

from tenants.accounts.views import (
    centre,
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
    "centre",
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
