"""Questions about reveals and shares: what was looked at, and why somebody sees a record."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from kit import clock
from kit.db import session
from tenants.accounts.kinds import RecordKind, find_kind
from tenants.accounts.models import Reveal, RevealTask, Role, Share, ShareAccess, User, UserSession
from tenants.accounts.scopes import holds_for, holds_today, reach_by, roles_giving


def reveals() -> Select[Reveal]:
    """Return the statement of the log of reveals, the people loaded with them."""
    return select(Reveal).options(joinedload(Reveal.user))


def reveals_of(user: User) -> Select[Reveal]:
    """Return the statement of what one person had revealed."""
    return select(Reveal).where(Reveal.user_id == user.id)


def reveal_task(found: UserSession) -> RevealTask | None:
    """Return the reason that a log-in has given for some hours, or None."""
    return (
        session()
        .scalars(
            select(RevealTask).where(
                RevealTask.session_id == found.id, RevealTask.expires_at > clock.now()
            )
        )
        .one_or_none()
    )


def shares_of(kind: RecordKind, row: Any) -> Sequence[Share]:
    """Return the shares of a record that hold today, the newest first."""
    return (
        session()
        .scalars(
            select(Share)
            .where(Share.kind == kind.code, Share.record_id == row.id, holds_today())
            .options(joinedload(Share.user), joinedload(Share.unit))
            .order_by(Share.id.desc())
        )
        .all()
    )


@dataclass(frozen=True, slots=True)
class SharedRecord:
    """A record that somebody reaches by a share."""

    share: Share
    kind: RecordKind
    row: Any


def shared_with(person: User, *, limit: int = 100) -> list[SharedRecord]:
    """Return the newest records that are shared with a person today, by himself or by his unit."""
    shares = session().scalars(
        select(Share)
        .where(holds_for(person))
        .options(joinedload(Share.user), joinedload(Share.unit))
        .order_by(Share.id.desc())
        .limit(limit)
    )
    found = []
    for share in shares:
        kind = find_kind(share.kind)
        row = session().get(kind.model, share.record_id) if kind else None
        if kind is not None and row is not None:
            found.append(SharedRecord(share, kind, row))
    return found


@dataclass(frozen=True, slots=True)
class Why:
    """Why a person sees one record: roles that reach it, and shares."""

    roles: Sequence[Role]
    shares: Sequence[Share]

    def __bool__(self) -> bool:
        return bool(self.roles or self.shares)

    @property
    def may_write(self) -> bool:
        """Whether one of the shares is for writing, too."""
        return any(share.access == ShareAccess.WRITE for share in self.shares)


def why(kind: RecordKind, row: Any, person: User) -> Why:
    """Return why a person sees a record; nothing in it when he does not."""
    giving = roles_giving(person, kind.view)
    roles = [role for role in giving if kind.is_reached(row, reach_by(person, role))]
    shares = (
        []
        if not giving
        else session()
        .scalars(
            select(Share)
            .where(Share.kind == kind.code, Share.record_id == row.id, holds_for(person))
            .options(joinedload(Share.user), joinedload(Share.unit))
            .order_by(Share.id)
        )
        .all()
    )
    return Why(roles, shares)
