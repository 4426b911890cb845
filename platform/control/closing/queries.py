"""Questions about the end of workspaces: who owns one, which are due, its certificate."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from control.closing.models import Certificate
from control.signup.models import Signup
from control.workspaces.models import Workspace, WorkspaceState
from kit import clock
from kit.db import control_session


@dataclass(frozen=True, slots=True)
class WorkspaceOwner:
    """Who signed a workspace up: the only mail address that is proven."""

    name: str
    email: str
    locale: str


def owner_of(workspace_id: int) -> WorkspaceOwner | None:
    """Return who signed a workspace up; None where nobody did."""
    signup = (
        control_session()
        .scalars(select(Signup).where(Signup.workspace_id == workspace_id).order_by(Signup.id))
        .first()
    )
    return (
        WorkspaceOwner(signup.contact_name, signup.email, signup.locale)
        if signup is not None
        else None
    )


def closing() -> Sequence[Workspace]:
    """Return the workspaces in their time of grace, the next to go first."""
    return (
        control_session()
        .scalars(
            select(Workspace)
            .where(Workspace.state == WorkspaceState.CLOSING)
            .order_by(Workspace.closes_at, Workspace.id)
        )
        .all()
    )


def due() -> Sequence[Workspace]:
    """Return the workspaces whose time of grace is over."""
    return [one for one in closing() if one.closes_at and one.closes_at <= clock.now()]


def certificate_of(workspace: Workspace) -> Certificate | None:
    """Return the certificate of a workspace that was removed, or is being removed."""
    return (
        control_session()
        .scalars(select(Certificate).where(Certificate.workspace_id == workspace.id))
        .one_or_none()
    )


def find_certificate(public_id: str) -> Certificate | None:
    """Return a certificate that was issued, by its public id, or None."""
    return (
        control_session()
        .scalars(
            select(Certificate).where(
                Certificate.public_id == public_id, Certificate.issued_at.is_not(None)
            )
        )
        .one_or_none()
    )
