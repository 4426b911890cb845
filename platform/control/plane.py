"""What the control plane must know of the tenant plane, handed over by wsgi.py."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from flask import Flask, current_app
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
    dictionary and the first administrator. `sums` is a statement that gives name and amount of
    the ledger's sums, for comparing a workspace with a copy of it. `personal` says of a
    "table.column" (or a whole "table") by what rule a sandbox replaces it.
    """

    metadata: MetaData
    append_only: frozenset[str]
    seed: Callable[[Workspace, Owner], None]
    sums: str = "SELECT ''::text AS name, 0::bigint AS amount WHERE false"
    personal: Mapping[str, str] = field(default_factory=dict)


_EXTENSION = "simtree_plane"


def use_plane(app: Flask, plane: TenantPlane) -> None:
    """Hand the tenant plane to an application's pages and jobs."""
    app.extensions[_EXTENSION] = plane


def plane_in_use() -> TenantPlane:
    """Return the tenant plane of the running application."""
    plane: TenantPlane = current_app.extensions[_EXTENSION]
    return plane
