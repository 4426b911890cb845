"""Telling people about approvals: the one place where it is decided how they hear of them."""

from collections.abc import Iterable
from enum import StrEnum

from kit.jobs import enqueue
from tenants.accounts.models import User
from tenants.approvals import jobs
from tenants.approvals.models import Approval


class What(StrEnum):
    """What a person is told about an approval."""

    WAITING = "waiting"
    REMINDER = "reminder"
    ENDED = "ended"


def tell(people: Iterable[User], approval: Approval, what: What) -> int:
    """Have people told once the transaction is committed; return how many can be."""
    reached = [one for one in people if one.email]
    for one in reached:
        enqueue(
            jobs.send_mail,
            approval=approval.public_id,
            turn=approval.turn_id,
            person=one.public_id,
            what=what.value,
        )
    return len(reached)
