"""Questions about sign-ups."""

from dataclasses import dataclass

from sqlalchemy import select

from control.domains.queries import workspace_url
from control.provisioning.models import Build, BuildState
from control.signup.models import Signup
from control.workspaces.models import Workspace
from kit import crypto
from kit.db import control_session


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the workspace of a sign-up is: `step` of the build's four, and where it will be."""

    step: int
    state: BuildState
    login_url: str


def find_signup(public_id: str) -> Signup | None:
    """Return a sign-up by its public id, or None."""
    return (
        control_session().scalars(select(Signup).where(Signup.public_id == public_id)).one_or_none()
    )


def find_signup_by_token(token: str) -> Signup | None:
    """Return the sign-up whose newest mail carried a token, or None."""
    return (
        control_session()
        .scalars(select(Signup).where(Signup.token_digest == crypto.digest(token)))
        .one_or_none()
    )


def progress(signup: Signup) -> Progress | None:
    """Return how far the workspace is; None before the mail address is verified."""
    row = (
        control_session()
        .execute(
            select(Build.step, Build.state, Workspace.address)
            .join(Workspace, Workspace.id == Build.workspace_id)
            .where(Workspace.id == signup.workspace_id)
        )
        .one_or_none()
    )
    if row is None:
        return None
    return Progress(row.step, BuildState(row.state), workspace_url(row.address, "/login"))
