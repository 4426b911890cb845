"""Verbs on support access and verification, as the workspace's own people ask for them.

Each asks the control plane first, then writes the workspace's own log.
"""

from collections.abc import Callable
from datetime import date
from typing import BinaryIO

from control.support import services as support
from control.support.models import SupportGrant
from control.verification import papers
from control.verification import services as verification
from control.verification.models import CarrierAuthorisation, Verification
from control.verification.papers import Paper
from control.verification.queries import verification_of
from control.workspaces.queries import workspace_of
from kit import audit, tenancy
from kit.db import transaction
from kit.errors import Refused
from kit.i18n import gettext as _
from tenants.accounts import room
from tenants.accounts import services as accounts
from tenants.accounts.dictionary import Carrier
from tenants.accounts.models import User, UserSession
from tenants.accounts.support import Supporter
from tenants.trust import events


def grant_support(
    login: UserSession, *, password: str, hours: int, reason: str, may_write: bool, by: User
) -> SupportGrant:
    """Let the operator look in for some hours; Refused for a wrong password, too."""
    accounts.prove(login, password)
    workspace = workspace_of(tenancy.current())
    grant = support.grant_access(workspace, hours=hours, reason=reason, may_write=may_write, by=by)
    _log(events.GRANTED, grant, by, reason=grant.reason, hours=hours, may_write=may_write)
    return grant


def end_support(grant: SupportGrant, *, by: User) -> None:
    """Shut the doors now, also to who is inside; Refused once it has ended."""
    support.revoke_access(grant, by=by)
    _log(events.REVOKED, grant, by)


def enter(
    handover: str, *, ip_address: str | None, user_agent: str | None
) -> tuple[Supporter, str]:
    """Let an operator in by a hand-over, once; return him with the token of his cookie."""
    visit, token = support.enter(
        handover, tenancy.current(), ip_address=ip_address, user_agent=user_agent
    )
    person = Supporter(visit)
    _log(
        events.ENTERED,
        SupportGrant(public_id=visit.grant_id),
        person,
        may_write=visit.may_write,
    )
    return person, token


def leave(person: Supporter) -> None:
    """End an operator's visit; what he was given stays open until its time is over."""
    support.leave(person.visit, tenancy.current())


def describe_company(
    *,
    legal_name: str,
    credit_code: str,
    representative: str,
    document: str,
    licence: tuple[BinaryIO, str] | None,
    version: int,
    by: User,
) -> None:
    """Write down what the company says of itself; a scan it replaces is removed."""
    kept = papers.keep(licence[0], name=licence[1], field="licence") if licence else None

    def write() -> str | None:
        return verification.describe_company(
            workspace_of(tenancy.current()),
            verification.Company(
                legal_name=legal_name,
                credit_code=credit_code,
                representative=representative,
                document=document,
                licence=kept,
            ),
            version=version,
            by=by,
        )

    _exchange(kept, write)
    _log(events.CHANGED, _begun(), by, name=legal_name)


def add_authorisation(
    carrier: Carrier, *, valid_until: date, scan: tuple[BinaryIO, str], by: User
) -> None:
    """Add a carrier's authorisation, in the place of an older one."""
    kept = papers.keep(scan[0], name=scan[1], field="scan")

    def write() -> str | None:
        return verification.add_authorisation(
            workspace_of(tenancy.current()),
            carrier=carrier.value,
            valid_until=valid_until,
            paper=kept,
            by=by,
        )

    _exchange(kept, write)
    _log(
        events.AUTHORISED,
        _begun(),
        by,
        carrier=carrier.value,
        valid_until=valid_until.isoformat(),
    )


def _exchange(kept: Paper | None, write: Callable[[], str | None]) -> None:
    """Write rows that name a new scan; the new one goes if they refuse, the old one if not."""
    try:
        replaced = write()
    except BaseException:
        if kept is not None:
            room.discard(kept.key)
        raise
    if replaced:
        room.remove(replaced)


def remove_authorisation(found: CarrierAuthorisation, *, by: User) -> None:
    """Take a carrier's authorisation out."""
    carrier = found.carrier
    room.remove(verification.remove_authorisation(found, by=by))
    _log(events.UNAUTHORISED, _begun(), by, carrier=carrier)


def hand_in(login: UserSession, *, password: str, by: User) -> Verification:
    """Hand the verification in; Refused for a wrong password, and while something is missing."""
    if verification.missing(verification_of(tenancy.current().id)):
        raise Refused(
            _("Something is still missing: complete the company, the licence and a carrier.")
        )
    accounts.prove(login, password)
    found = verification.submit(workspace_of(tenancy.current()), by=by)
    _log(events.SUBMITTED, found, by)
    return found


def take_back(*, by: User) -> None:
    """Take the verification back from review, to change it."""
    found = verification.withdraw(workspace_of(tenancy.current()), by=by)
    _log(events.WITHDRAWN, found, by)


def _begun() -> Verification:
    """Return what this workspace has just written to, for its log."""
    found = verification_of(tenancy.current().id)
    assert found is not None
    return found


def _log(event: audit.Event, subject: audit.Subject, by: audit.Actor, **details: object) -> None:
    with transaction(even_read_only=True):
        audit.record(event, subject, by=by, **details)
