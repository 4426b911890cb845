"""What the workspace's people may reach: its own grants, and what it handed in itself."""

from control.support.models import SupportGrant
from control.support.queries import find_grant
from control.verification.models import CarrierAuthorisation
from control.verification.papers import Paper
from control.verification.queries import authorisation as find_authorisation
from control.verification.queries import paper as find_paper
from control.verification.queries import verification_of
from kit import tenancy
from kit.errors import Missing


def grant(public_id: str) -> SupportGrant:
    """Return what this workspace gave; Missing for any other's."""
    found = find_grant(public_id, workspace_id=tenancy.current().id)
    if found is None:
        raise Missing(public_id)
    return found


def authorisation(public_id: str) -> CarrierAuthorisation:
    """Return an authorisation this workspace handed in; Missing for any other."""
    own = verification_of(tenancy.current().id)
    found = find_authorisation(own, public_id) if own else None
    if found is None:
        raise Missing(public_id)
    return found


def paper(which: str) -> Paper:
    """Return a scan this workspace handed in; Missing for any other."""
    own = verification_of(tenancy.current().id)
    found = find_paper(own, which) if own else None
    if found is None:
        raise Missing(which)
    return found
