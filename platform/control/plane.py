"""What the control plane must know of the tenant plane, handed over by wsgi.py."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from flask import Flask, current_app
from sqlalchemy import MetaData

from control.billing.limits import Counted
from kit import audit
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
class WayBack:
    """Whom a link lets back into a workspace, its address, and until when."""

    name: str
    username: str
    link: str
    expires_at: datetime


class Doors(Protocol):
    """What an operator may ask of a workspace's door, in its scope."""

    def sole_administrator(self) -> str:
        """Return the log-in name of the only administrator; Refused when there are others."""

    def open_way_back(self, asked: str, *, reason: str, by: audit.Actor) -> WayBack:
        """Make the link that lets the only administrator in, once for each `asked`."""


def _no_facts() -> Mapping[str, int]:
    return {}


def _nothing_used() -> Mapping[Counted, int]:
    return {}


def _none_of(_month: str) -> Mapping[Counted, int]:
    return {}


def _no_files() -> Sequence[str]:
    return ()


@dataclass(frozen=True, slots=True)
class TenantPlane:
    """The tenant plane as one object.

    `seed` runs in one transaction, in the new workspace's scope, and fills roles, dictionary and
    the first administrator; `is_seeded` tells there whether that was done before. `facts` counts
    and sums what a workspace must not lose, `files` names the uploaded files its rows speak of;
    both run in its scope. `sums` is a statement that gives name and amount of the ledger's sums,
    for comparing a workspace with a copy of it. `personal` says of a "table.column" (or a whole
    "table") by what rule a sandbox replaces it. `doors` lets an
    administrator back in who has locked himself out. `carriers` are those that may authorise a
    company, by code, as people call them. `used` counts, in a workspace's scope, what its billing
    plan limits; `read_usage` does so, too, keeps it there and warns its administrators; `used_in`
    says what of the monthly things was used in a month such as 2026-11.
    """

    metadata: MetaData
    append_only: frozenset[str]
    seed: Callable[[Workspace, Owner], None]
    is_seeded: Callable[[], bool]
    facts: Callable[[], Mapping[str, int]] = _no_facts
    files: Callable[[], Sequence[str]] = _no_files
    sums: str = "SELECT ''::text AS name, 0::bigint AS amount WHERE false"
    personal: Mapping[str, str] = field(default_factory=dict)
    doors: Doors | None = None
    used: Callable[[], Mapping[Counted, int]] = _nothing_used
    read_usage: Callable[[], Mapping[Counted, int]] = _nothing_used
    used_in: Callable[[str], Mapping[Counted, int]] = _none_of
    carriers: Mapping[str, object] = field(default_factory=dict)


_EXTENSION = "simtree_plane"


def keep_plane(app: Flask, plane: TenantPlane) -> None:
    """Hand the tenant plane to an application's pages and jobs."""
    app.extensions[_EXTENSION] = plane


def current_plane() -> TenantPlane:
    """Return the tenant plane of the running application."""
    plane: TenantPlane = current_app.extensions[_EXTENSION]
    return plane
