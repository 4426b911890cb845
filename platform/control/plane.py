"""What the control plane must know of the tenant plane, handed over by wsgi.py."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import MetaData

from kit.tenancy import Workspace


@dataclass(frozen=True, slots=True)
class Owner:
    """The person who signed a workspace up and becomes its first administrator."""

    name: str
    username: str
    email: str
    phone: str
    password_hash: str
    locale: str


@dataclass(frozen=True, slots=True)
class TenantPlane:
    """The tenant plane as one object.

    `seed` runs inside the provisioning transaction, in the new workspace's scope, and fills roles,
    dictionary and the first administrator.
    """

    metadata: MetaData
    append_only: frozenset[str]
    seed: Callable[[Workspace, Owner], None]
