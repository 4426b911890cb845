"""Questions about the company, what it wants of passwords, and the audit log."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Select, select

from kit import clock
from kit.audit import AuditEntry
from kit.db import session
from kit.security import POLICIES, PasswordPolicy, PasswordPreset
from tenants.accounts import events
from tenants.accounts.models import (
    Profile,
    SecurityPolicy,
    User,
)


def profile() -> Profile:
    """Return the company's profile; every workspace has exactly one."""
    return session().scalars(select(Profile)).one()


def security_policy() -> SecurityPolicy:
    """Return the security policy; one of defaults, in no session, where nobody has changed it."""
    return session().scalars(select(SecurityPolicy)).one_or_none() or SecurityPolicy(
        preset=PasswordPreset.MANUAL,
        passwords_expire=False,
        mail_codes=True,
        sms_codes=False,
        security_questions=False,
        idle_minutes=0,
        version=1,
    )


def password_policy() -> PasswordPolicy:
    """Return what the workspace wants of a password."""
    return POLICIES[PasswordPreset(security_policy().preset)]


def password_changed_at(user: User) -> datetime:
    """Return when a person last chose a password; when the account was made if never since."""
    changed = session().scalar(
        select(AuditEntry.created_at)
        .where(
            AuditEntry.subject_id == user.public_id,
            AuditEntry.event.in_((events.PASSWORD_CHANGED.name, events.PASSWORD_RESET.name)),
        )
        .order_by(AuditEntry.id.desc())
        .limit(1)
    )
    return changed or user.created_at


def is_password_old(user: User, policy: PasswordPolicy) -> bool:
    """Tell whether a person should be reminded to choose a new password (D023)."""
    if policy.old_after_days is None:
        return False
    return clock.now() - password_changed_at(user) > timedelta(days=policy.old_after_days)


def audit_log() -> Select[AuditEntry]:
    """Return the statement of the audit log."""
    return select(AuditEntry)


def log_of(subject_id: str, limit: int = 50) -> Sequence[AuditEntry]:
    """Return the newest audit rows about one record."""
    return (
        session()
        .scalars(
            select(AuditEntry)
            .where(AuditEntry.subject_id == subject_id)
            .order_by(AuditEntry.id.desc())
            .limit(limit)
        )
        .all()
    )
