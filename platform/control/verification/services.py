"""Verbs on verifications: what a workspace hands in, and what an operator decides about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from stdnum.cn import ric, uscc
from stdnum.exceptions import ValidationError

from control.verification.jobs import REMIND_DAYS, remind_owner, tell_owner
from control.verification.models import CarrierAuthorisation, Verification, VerificationState
from control.verification.papers import Paper
from control.workspaces.directory import directory
from control.workspaces.jobs import copy_access, log_inside
from control.workspaces.models import Workspace
from kit import audit, clock, jobs, personal
from kit.db import control_session, control_transaction, lock_row, refuse_stale
from kit.errors import Refused
from kit.i18n import gettext as _

LONGEST = 500
FIELDS = ("legal_name", "credit_code", "representative", "document", "licence", "authorisations")

CHANGED = audit.Event.named("verification:changed", "fields")
AUTHORISED = audit.Event.named("verification:authorisation_added", "carrier", "valid_until")
UNAUTHORISED = audit.Event.named("verification:authorisation_removed", "carrier")
SUBMITTED = audit.Event.named("verification:submitted", "legal_name")
WITHDRAWN = audit.Event.named("verification:withdrawn")
PASSED = audit.Event.named("verification:passed", "carriers")
RETURNED = audit.Event.named("verification:returned", "remarks")
REVOKED = audit.Event.named("verification:revoked", "reason")
REVEALED = audit.Event.named("verification:revealed", "field", "reason")
LOOKED_AT = audit.Event.named("verification:looked_at", "paper")


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """What a workspace says of its company; empty personal fields keep what is there."""

    legal_name: str
    credit_code: str
    representative: str = ""
    document: str = ""
    licence: Paper | None = None


def check_credit_code(text: str) -> str:
    """Return a unified social credit code in its normal form; Refused when it cannot be one."""
    code = personal.document_number(text)
    try:
        return str(uscc.validate(code))
    except ValidationError:
        raise Refused(
            _("This is no unified social credit code: 18 characters whose last one checks them."),
            field="credit_code",
        ) from None


def _check_document(text: str) -> str:
    number = personal.document_number(text)
    try:
        return str(ric.validate(number))
    except ValidationError:
        raise Refused(
            _("This is no resident identity number: its check digit is wrong."), field="document"
        ) from None


def describe_company(
    workspace: Workspace, company: Company, *, version: int, by: audit.Actor
) -> str | None:
    """Write down what a workspace says of its company; return the key of a scan it replaced.

    Refused for a code or number that cannot be right, a stale copy, and while it is reviewed.
    """
    name = personal.plain(company.legal_name)
    if len(name) < 2:
        raise Refused(_("Enter the name as on the licence."), field="legal_name")
    values: dict[str, Any] = {
        "legal_name": name[:200],
        "credit_code": check_credit_code(company.credit_code),
    }
    if company.representative:
        values["representative"] = personal.plain(company.representative)[:80]
    if company.document:
        values["document"] = _check_document(company.document)
    replaced = None
    with control_transaction():
        found = _opened(workspace)
        refuse_stale(found, version)
        if company.licence is not None:
            replaced = found.licence_key
            values |= {
                "licence_key": company.licence.key,
                "licence_type": company.licence.media_type,
                "licence_name": company.licence.name,
            }
        fields = [one for one, value in values.items() if getattr(found, one) != value]
        for one in fields:
            setattr(found, one, values[one])
        _changed(found)
        audit.record_control(
            CHANGED, found, by=by, fields=[one for one in fields if "licence_" not in one]
        )
    return replaced


def add_authorisation(
    workspace: Workspace, *, carrier: str, valid_until: date, paper: Paper, by: audit.Actor
) -> str | None:
    """Add a carrier's authorisation, in the place of an older one; return its scan's key, if any.

    Refused for one that is over, and while the verification is reviewed.
    """
    if valid_until < clock.today():
        raise Refused(_("This authorisation is over already."), field="valid_until")
    with control_transaction() as control:
        found = _opened(workspace)
        old = next((one for one in found.authorisations if one.carrier == carrier), None)
        replaced = old.file_key if old else None
        values = {
            "valid_until": valid_until,
            "file_key": paper.key,
            "file_type": paper.media_type,
            "file_name": paper.name,
            "reminded_days": None,
        }
        if old is None:
            control.add(CarrierAuthorisation(verification_id=found.id, carrier=carrier, **values))
        else:
            for name, value in values.items():
                setattr(old, name, value)
        _changed(found)
        audit.record_control(
            AUTHORISED, found, by=by, carrier=carrier, valid_until=valid_until.isoformat()
        )
    return replaced


def remove_authorisation(found: CarrierAuthorisation, *, by: audit.Actor) -> str:
    """Take an authorisation out; return its scan's key. Refused while it is reviewed."""
    with control_transaction() as control:
        verification = _opened(found.verification.workspace)
        key, carrier = found.file_key, found.carrier
        control.delete(found)
        _changed(verification)
        audit.record_control(UNAUTHORISED, verification, by=by, carrier=carrier)
    return key


def _opened(workspace: Workspace) -> Verification:
    """Return a workspace's verification locked for a change, begun where there is none."""
    # The workspace's row is the gate: two who begin at once make one.
    workspace = lock_row(workspace)
    control = control_session()
    found = _row_of(workspace)
    if found is None:
        found = Verification(workspace_id=workspace.id)
        control.add(found)
        control.flush()
    if not found.may_be_changed:
        raise Refused(_("It is being reviewed. Take it back first to change it."))
    return found


def _row_of(workspace: Workspace) -> Verification | None:
    """Return what a locked workspace has handed in or begun, locked too; or None."""
    return (
        control_session()
        .scalars(
            select(Verification)
            .where(Verification.workspace_id == workspace.id)
            .with_for_update(of=Verification)
            .execution_options(populate_existing=True)
        )
        .one_or_none()
    )


def _changed(verification: Verification) -> None:
    if verification.state in {VerificationState.PASSED, VerificationState.REVOKED}:
        verification.state = VerificationState.DRAFT
    verification.version += 1


def missing(verification: Verification | None) -> list[str]:
    """Return which fields still lack something before a verification can be handed in."""
    if verification is None:
        return list(FIELDS)
    given = {
        "legal_name": verification.legal_name,
        "credit_code": verification.credit_code,
        "representative": verification.representative_cipher,
        "document": verification.document_cipher,
        "licence": verification.licence_key,
        "authorisations": any(
            one.valid_until >= clock.today() for one in verification.authorisations
        ),
    }
    return [name for name in FIELDS if not given[name]]


def submit(workspace: Workspace, *, by: audit.Actor) -> Verification:
    """Hand a verification in for review; Refused while something is missing or it is reviewed."""
    with control_transaction():
        found = _opened(workspace)
        if missing(found):
            raise Refused(
                _("Something is still missing: complete the company, the licence and a carrier.")
            )
        if found.state == VerificationState.PASSED:
            raise Refused(_("It has been passed already; nothing was changed since."))
        found.state = VerificationState.SUBMITTED
        found.submitted_at = clock.now()
        found.submitter_name = by.actor_name
        found.version += 1
        audit.record_control(SUBMITTED, found, by=by, legal_name=found.legal_name)
        return found


def withdraw(workspace: Workspace, *, by: audit.Actor) -> Verification:
    """Take a verification back from review, to change it; Refused when it is not under review."""
    with control_transaction() as control:
        workspace = lock_row(workspace)
        found = control.scalars(
            select(Verification)
            .where(
                Verification.workspace_id == workspace.id,
                Verification.state == VerificationState.SUBMITTED,
            )
            .with_for_update(of=Verification)
        ).one_or_none()
        if found is None:
            raise Refused(_("It is not under review."))
        found.state = VerificationState.DRAFT
        found.version += 1
        audit.record_control(WITHDRAWN, found, by=by)
        return found


def pass_verification(verification: Verification, *, version: int, by: audit.Actor) -> None:
    """Let a workspace go live: public orders, and submissions to the carriers it named."""
    with control_transaction():
        found, workspace = _under_review(verification, version)
        found.state = VerificationState.PASSED
        found.remarks = {}
        carriers = {one.carrier: one.valid_until.isoformat() for one in found.authorisations}
        workspace.is_verified = True
        workspace.authorised = carriers
        _decide(found, PASSED, by=by, carriers=carriers)
    directory.forget()


def return_verification(
    verification: Verification, *, remarks: Mapping[str, str], version: int, by: audit.Actor
) -> None:
    """Send a verification back with what is wrong with which field; Refused without any remark."""
    told = {
        name: text for name in FIELDS if (text := personal.plain(remarks.get(name, ""))[:LONGEST])
    }
    if not told:
        raise Refused(_("Say of at least one field what is wrong with it."))
    with control_transaction():
        found, _workspace = _under_review(verification, version)
        found.state = VerificationState.RETURNED
        found.remarks = told
        _decide(found, RETURNED, by=by, remarks=told)


def revoke_verification(
    verification: Verification, *, reason: str, version: int, by: audit.Actor
) -> None:
    """Take back that a workspace may go live; Refused without a reason, and where it may not."""
    reason = personal.plain(reason)[:LONGEST]
    if len(reason) < 2:
        raise Refused(_("Say why: the workspace is told."), field="reason")
    with control_transaction():
        workspace = lock_row(verification.workspace)
        found = lock_row(verification)
        refuse_stale(found, version)
        if not workspace.is_verified:
            raise Refused(_("This workspace is not verified."))
        found.state = VerificationState.REVOKED
        found.remarks = {"": reason}
        workspace.is_verified = False
        workspace.authorised = None
        _decide(found, REVOKED, by=by, reason=reason)
    directory.forget()


def revoke_unseen(workspace: Workspace, *, reason: str, by: audit.Actor) -> None:
    """Take back that a workspace counts as verified which has never handed anything in.

    Those that were there before verification do so; they hand in like all others from then on.
    """
    with control_transaction() as control:
        workspace = lock_row(workspace)
        found = _row_of(workspace)
        if found is None:
            found = Verification(workspace_id=workspace.id)
            control.add(found)
            control.flush()
        revoke_verification(found, reason=reason, version=found.version, by=by)


def _under_review(verification: Verification, version: int) -> tuple[Verification, Workspace]:
    workspace = lock_row(verification.workspace)
    found = lock_row(verification)
    refuse_stale(found, version)
    if found.state != VerificationState.SUBMITTED:
        raise Refused(_("It is not under review any more."))
    return found, workspace


def _decide(found: Verification, event: audit.Event, *, by: audit.Actor, **details: Any) -> None:
    found.decided_at = clock.now()
    found.decider_name = by.actor_name
    found.version += 1
    _log_both(found, event, by=by, **details)
    jobs.enqueue_control(copy_access, workspace_id=found.workspace_id)
    jobs.enqueue_control(tell_owner, workspace_id=found.workspace_id, about=found.state)


def _log_both(found: Verification, event: audit.Event, *, by: audit.Actor, **details: Any) -> None:
    """Log in the control plane now, and in the workspace's own log right after the commit."""
    entry = audit.record_control(event, found, by=by, **details)
    jobs.enqueue_control(
        log_inside,
        workspace_id=found.workspace_id,
        entry_id=entry.public_id,
        subject_kind=type(found).__name__,
        subject_id=found.public_id,
    )


def reveal(verification: Verification, field: str, *, reason: str, by: audit.Actor) -> str:
    """Return a personal field in full; both logs say who saw it and why. Refused without reason."""
    reason = personal.plain(reason)[:200]
    if len(reason) < 2:
        raise Refused(_("Say why you need to see it."), field="reason")
    if field not in {"representative", "document"}:
        raise Refused(_("This field is not hidden."))
    with control_transaction():
        found = lock_row(verification)
        _log_both(found, REVEALED, by=by, field=field, reason=reason)
        value: str = getattr(found, field)
    return value


def record_look(verification: Verification, paper: str, *, by: audit.Actor) -> None:
    """Log in both planes that an operator opened a scan."""
    with control_transaction():
        _log_both(verification, LOOKED_AT, by=by, paper=paper)


def remind() -> int:
    """Have owners reminded of authorisations that end soon or ended; return how many were."""
    today = clock.today()
    with control_transaction() as control:
        soon = control.scalars(
            select(CarrierAuthorisation)
            .join(Verification, Verification.id == CarrierAuthorisation.verification_id)
            .join(Workspace, Workspace.id == Verification.workspace_id)
            .where(
                Workspace.is_verified.is_(True),
                CarrierAuthorisation.reminded_days.is_distinct_from(0),
                CarrierAuthorisation.valid_until <= today + timedelta(days=max(REMIND_DAYS)),
            )
            .with_for_update(of=CarrierAuthorisation, skip_locked=True)
        ).all()
        told = 0
        for one in soon:
            left = max((one.valid_until - today).days, 0)
            step = min(day for day in REMIND_DAYS if left <= day)
            if one.reminded_days is None or one.reminded_days > step:
                one.reminded_days = step
                jobs.enqueue_control(remind_owner, authorisation_id=one.public_id)
                told += 1
        return told
