"""Fetch approvals, flows and absences with the right to them."""

from kit.errors import Forbidden, Missing
from tenants.accounts.models import User
from tenants.approvals import queries
from tenants.approvals.models import Absence, Approval, ApprovalFlow, FlowStep


def approval(public_id: str, person: User) -> Approval:
    """Return an approval; Forbidden for who neither takes part nor may see those of others."""
    found = queries.find_approval(public_id)
    if found is None:
        raise Missing(public_id)
    if not queries.may_see(found, person):
        raise Forbidden(public_id)
    return found


def turn(turn_id: str, person: User) -> Approval:
    """Return the approval of a turn that a list showed; Missing, Forbidden as `approval`."""
    found = queries.by_turn(turn_id, person)
    if found is None:
        raise Missing(turn_id)
    if not queries.may_see(found, person):
        raise Forbidden(turn_id)
    return found


def flow(public_id: str) -> ApprovalFlow:
    """Return a flow of the workspace; Missing when there is none."""
    found = queries.find_flow(public_id)
    if found is None:
        raise Missing(public_id)
    return found


def flow_step(public_id: str) -> FlowStep:
    """Return a step of a flow; Missing when there is none."""
    found = queries.find_flow_step(public_id)
    if found is None:
        raise Missing(public_id)
    return found


def absence(public_id: str, person: User) -> Absence:
    """Return one's own absence; Forbidden for anybody else's."""
    found = queries.find_absence(public_id)
    if found is None:
        raise Missing(public_id)
    if found.user_id != person.id:
        raise Forbidden(public_id)
    return found
