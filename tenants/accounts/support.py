"""An operator of the platform inside a workspace: who he is to its pages, and what he may open.

He is no user of the workspace: no row, no password, no roles of its own. What is not listed here
is shut to him, whoever adds a page later. Personal data is never revealed, nothing leaves as a
file, and money, secrets and rights are out of reach, also where he may write.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from control.support.models import SupportGrant
from control.support.queries import Visit
from kit import audit
from kit.db import transaction
from kit.security import client_address, client_device
from tenants.accounts.models import DataScope
from tenants.accounts.permissions import Permission

P = Permission
VIEWED = audit.Event.named("support:viewed", "page", "method")

READ: frozenset[str] = frozenset(
    {
        P.Channel.VIEW,
        P.Product.VIEW,
        P.Number.VIEW,
        P.Customer.VIEW,
        P.Order.VIEW,
        P.Setup.VIEW,
    }
)
WRITE: frozenset[str] = frozenset(
    {P.Product.EDIT, P.Number.EDIT, P.Customer.EDIT, P.Order.ASSIGN, P.Setup.EDIT, P.Tag.EDIT}
)

# Pages that ask for no permission, and are open to an operator all the same; to read.
OPEN_PAGES = frozenset(
    {
        "support.inside",
        "support.still",
        "support.leave",
        "search.index",
        "search.look_up",
        "help.index",
        "help.article",
        "help.own",
        "help.beside",
        "help.news",
    }
)
# They are asked by POST so that what was typed stands in no address; nothing is written.
READING_POSTS = frozenset({"search.index", "search.look_up", "support.leave"})
# What ends the visit is written in the control plane, and nowhere else.
LEAVING = "support.leave"
# Pages ask these by themselves every few seconds: nobody has looked at anything.
UNLOGGED = frozenset({"support.still", "accounts.logo", "notices.bell"})


@dataclass(frozen=True, slots=True)
class SupportRole:
    """What a visit may do, in the form of a role: everywhere in the workspace."""

    permissions: frozenset[str]
    name: str = ""
    code: str = "support"
    id: int = 0
    scope: str = DataScope.ALL
    reveals_a_day: int = 0


@dataclass(frozen=True, slots=True)
class Supporter:
    """An operator during a visit, in the place where pages expect a person of the workspace."""

    visit: Visit

    id: ClassVar[int] = 0
    is_authenticated: ClassVar[bool] = True
    is_anonymous: ClassVar[bool] = False
    is_active: ClassVar[bool] = True
    is_head: ClassVar[bool] = False
    must_change_password: ClassVar[bool] = False
    must_use_passkey: ClassVar[bool] = False
    unit: ClassVar[None] = None
    unit_id: ClassVar[None] = None
    email: ClassVar[None] = None
    language: ClassVar[None] = None
    density: ClassVar[str] = ""
    file_format: ClassVar[str] = "xlsx"
    actor_kind: ClassVar[str] = "operator"

    @property
    def public_id(self) -> str:
        return self.visit.operator_id

    @property
    def name(self) -> str:
        return self.visit.operator_name

    @property
    def username(self) -> str:
        return self.visit.operator_name

    @property
    def actor_id(self) -> str:
        return self.visit.operator_id

    @property
    def actor_name(self) -> str:
        return self.visit.operator_name

    @property
    def address(self) -> str | None:
        """Where the request came from, for the audit log."""
        return client_address()

    @property
    def device(self) -> str | None:
        """What the browser of the request calls itself."""
        return client_device()

    @property
    def ends_at(self) -> datetime:
        """When the visit ends by itself."""
        return self.visit.ends_at

    @property
    def may_write(self) -> bool:
        """Whether the workspace let him change things, too."""
        return self.visit.may_write

    @property
    def permissions(self) -> frozenset[str]:
        """What the grant gives."""
        return READ | WRITE if self.visit.may_write else READ

    @property
    def roles(self) -> list[SupportRole]:
        """The one role he has."""
        return [SupportRole(self.permissions)]

    def can(self, permission: StrEnum) -> bool:
        """Tell whether the grant gives a permission."""
        return str(permission) in self.permissions


def record_view(person: Supporter, *, page: str, method: str) -> None:
    """Write into the workspace's own log what an operator asks for; before he gets it."""
    grant = SupportGrant(public_id=person.visit.grant_id)
    with transaction(even_read_only=True):
        audit.record(VIEWED, grant, by=person, page=page, method=method)
