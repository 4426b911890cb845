"""Questions about support access: what is open, who is behind a hand-over or a visit."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import joinedload

from control.console.models import Operator, OperatorSession
from control.support.models import SupportGrant, SupportVisit
from control.workspaces.models import Workspace
from kit import clock, crypto
from kit.db import apart, control_session


@dataclass(frozen=True, slots=True)
class Visit:
    """An operator inside a workspace: who, under which grant, until when, and what he may."""

    public_id: str
    grant_id: str
    operator_id: str
    operator_name: str
    may_write: bool
    ends_at: datetime


def holds() -> ColumnElement[bool]:
    """Return the condition that a grant is neither taken back nor over."""
    return and_(SupportGrant.ended_at.is_(None), SupportGrant.ends_at > clock.now())


def visitors() -> ColumnElement[bool]:
    """Return the condition that an operator is one still, and logged in to the console."""
    return and_(
        Operator.is_active.is_(True),
        OperatorSession.ended_at.is_(None),
        OperatorSession.expires_at > clock.now(),
    )


_VISIT = (
    select(
        SupportVisit.public_id,
        SupportGrant.public_id.label("grant_id"),
        Operator.public_id.label("operator_id"),
        Operator.name.label("operator_name"),
        SupportGrant.may_write,
        SupportGrant.ends_at,
    )
    .join(SupportGrant, SupportGrant.id == SupportVisit.grant_id)
    .join(Operator, Operator.id == SupportVisit.operator_id)
    .join(OperatorSession, OperatorSession.id == SupportVisit.log_in_id)
)


def _visit(*conditions: ColumnElement[bool]) -> Visit | None:
    # Asked of control itself each time: what was taken back must not be served from a memory.
    with apart(None) as control:
        row = control.execute(_VISIT.where(holds(), visitors(), *conditions)).one_or_none()
    return Visit(**row._asdict()) if row else None


def visit_behind(token: str, *, workspace_id: int) -> Visit | None:
    """Return the visit to a workspace that a cookie's token opens; None once anything ended it."""
    return _visit(
        SupportVisit.token_digest == crypto.digest(token),
        SupportVisit.left_at.is_(None),
        SupportGrant.workspace_id == workspace_id,
    )


def handed_over(token: str, *, workspace_id: int) -> Visit | None:
    """Return what a hand-over would open in a workspace, without using it; None for a dead one."""
    return _visit(
        SupportVisit.handover_digest == crypto.digest(token),
        SupportVisit.handover_until > clock.now(),
        SupportVisit.entered_at.is_(None),
        SupportGrant.workspace_id == workspace_id,
    )


def grants_of(workspace_id: int) -> Select[Any]:
    """Return the list of what a workspace ever gave, to be filtered and paged."""
    return select(SupportGrant).where(SupportGrant.workspace_id == workspace_id)


def all_grants() -> Select[Any]:
    """Return the list of all workspaces' grants with their names, to be filtered and paged."""
    return (
        select(SupportGrant)
        .join(Workspace, Workspace.id == SupportGrant.workspace_id)
        .options(joinedload(SupportGrant.workspace))
    )


def over() -> ColumnElement[bool]:
    """Return the condition that a grant does not hold any more."""
    return or_(SupportGrant.ended_at.is_not(None), SupportGrant.ends_at <= clock.now())


def matching(statement: Select[Any], word: str) -> Select[Any]:
    """Return the grants of workspaces whose name or address has a word in it."""
    return statement.where(
        or_(
            Workspace.name.icontains(word, autoescape=True),
            Workspace.address.icontains(word, autoescape=True),
        )
    )


def find_grant(public_id: str, *, workspace_id: int | None = None) -> SupportGrant | None:
    """Return a grant by its public id, of one workspace where one is named; or None."""
    statement = (
        select(SupportGrant)
        .where(SupportGrant.public_id == public_id)
        .options(joinedload(SupportGrant.workspace))
        .execution_options(populate_existing=True)
    )
    if workspace_id is not None:
        statement = statement.where(SupportGrant.workspace_id == workspace_id)
    return control_session().scalars(statement).one_or_none()


def open_grant(workspace_id: int) -> SupportGrant | None:
    """Return the grant of a workspace that holds now, or None."""
    return (
        control_session()
        .scalars(
            select(SupportGrant)
            .where(SupportGrant.workspace_id == workspace_id, holds())
            .options(joinedload(SupportGrant.workspace))
            .execution_options(populate_existing=True)
        )
        .one_or_none()
    )


def visits_of(grant: SupportGrant) -> Sequence[SupportVisit]:
    """Return who came in under a grant, newest first."""
    return (
        control_session()
        .scalars(
            select(SupportVisit)
            .where(SupportVisit.grant_id == grant.id, SupportVisit.entered_at.is_not(None))
            .options(joinedload(SupportVisit.operator))
            .order_by(SupportVisit.id.desc())
            .limit(100)
        )
        .all()
    )
