"""What the control plane must know of the tenant plane, handed over by wsgi.py."""

from collections.abc import Callable, Mapping, Sequence
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


def _no_facts() -> Mapping[str, int]:
    return {}


def _no_files() -> Sequence[str]:
    return ()


@dataclass(frozen=True, slots=True)
class TenantPlane:
    """The tenant plane as one object.

    `seed` runs inside the provisioning transaction, in the new workspace's scope, and fills roles,
    dictionary and the first administrator. `facts` counts and sums what a workspace must not lose,
    `files` names the uploaded files its rows speak of; both run in its scope.
    """

    metadata: MetaData
    append_only: frozenset[str]
    seed: Callable[[Workspace, Owner], None]
    facts: Callable[[], Mapping[str, int]] = _no_facts
    files: Callable[[], Sequence[str]] = _no_files
