"""What the control plane must know of the tenant plane, handed over by wsgi.py."""

from collections.abc import Callable
from dataclasses import dataclass

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

    `seed` runs in one transaction, in the new workspace's scope, and fills roles, dictionary and
    the first administrator; `is_seeded` tells there whether that was done before.
    """

    metadata: MetaData
    append_only: frozenset[str]
    seed: Callable[[Workspace, Owner], None]
    is_seeded: Callable[[], bool]


_EXTENSION = "simtree_tenant_plane"


def keep_plane(app: Flask, plane: TenantPlane) -> None:
    """Keep the tenant plane in the application, for pages that open workspaces."""
    app.extensions[_EXTENSION] = plane


def current_plane() -> TenantPlane:
    """Return the running application's tenant plane."""
    plane: TenantPlane = current_app.extensions[_EXTENSION]
    return plane
