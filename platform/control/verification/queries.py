"""Questions about verifications: a workspace's own, the operators' queue, what ends soon."""

from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import joinedload, selectinload

from control.verification.models import CarrierAuthorisation, Verification, VerificationState
from control.verification.papers import LICENCE, Paper
from control.workspaces.models import Workspace
from kit.db import control_session


def verification_of(workspace_id: int) -> Verification | None:
    """Return what a workspace has handed in or begun, or None."""
    return _find(select(Verification).where(Verification.workspace_id == workspace_id))


def find_verification(public_id: str) -> Verification | None:
    """Return a verification by its public id, or None."""
    return _find(select(Verification).where(Verification.public_id == public_id))


def _find(statement: Select[Any]) -> Verification | None:
    found: Verification | None = (
        control_session()
        .scalars(
            statement.options(
                joinedload(Verification.workspace), selectinload(Verification.authorisations)
            ).execution_options(populate_existing=True)
        )
        .one_or_none()
    )
    return found


def queue() -> Select[Any]:
    """Return the list of what workspaces handed in, to be filtered and paged; no drafts."""
    return (
        select(Verification)
        .join(Workspace, Workspace.id == Verification.workspace_id)
        .where(Verification.submitted_at.is_not(None))
        .options(joinedload(Verification.workspace), selectinload(Verification.authorisations))
    )


def matching(statement: Select[Any], word: str) -> Select[Any]:
    """Return those whose workspace, company or credit code has a word in it."""
    return statement.where(
        or_(
            Workspace.name.icontains(word, autoescape=True),
            Workspace.address.icontains(word, autoescape=True),
            Verification.legal_name.icontains(word, autoescape=True),
            Verification.credit_code == word.strip().upper(),
        )
    )


def waiting() -> int:
    """Return how many verifications wait for an operator, 100 at most."""
    found = (
        select(Verification.id).where(Verification.state == VerificationState.SUBMITTED).limit(100)
    )
    return len(control_session().scalars(found).all())


def authorisation(verification: Verification, public_id: str) -> CarrierAuthorisation | None:
    """Return one of a verification's authorisations, or None."""
    return next((one for one in verification.authorisations if one.public_id == public_id), None)


def paper(verification: Verification, which: str) -> Paper | None:
    """Return a scan of a verification: the licence, or an authorisation's by its public id."""
    if which == LICENCE:
        if not verification.licence_key:
            return None
        return Paper(
            verification.licence_key,
            verification.licence_type or "",
            verification.licence_name or "",
        )
    found = authorisation(verification, which)
    return Paper(found.file_key, found.file_type, found.file_name) if found else None
