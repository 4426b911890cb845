"""Questions about what proves who a person is."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from kit import clock, crypto
from kit.db import session
from tenants.accounts.models import (
    Authenticator,
    LogInWay,
    MailProof,
    Passkey,
    PasswordReset,
    RecoveryCode,
    SecurityAnswer,
    User,
    UserInvitation,
)
from tenants.accounts.queries.company import security_policy

CANDIDATE_FOR = timedelta(hours=1)


def authenticator(user: User) -> Authenticator | None:
    """Return the authenticator app that a person has confirmed, or None."""
    return (
        session()
        .scalars(
            select(Authenticator).where(
                Authenticator.user_id == user.id, Authenticator.confirmed_at.is_not(None)
            )
        )
        .one_or_none()
    )


def passkeys(user: User, *, host: str | None = None) -> Sequence[Passkey]:
    """Return the passkeys of a person that open something, at one host or at all."""
    statement = select(Passkey).where(Passkey.user_id == user.id, Passkey.suspected_at.is_(None))
    if host is not None:
        statement = statement.where(Passkey.host == host)
    return session().scalars(statement.order_by(Passkey.id)).all()


def all_passkeys(user: User) -> Sequence[Passkey]:
    """Return all passkeys of a person, those of which there is a copy, too."""
    return (
        session()
        .scalars(select(Passkey).where(Passkey.user_id == user.id).order_by(Passkey.id))
        .all()
    )


def lacks_passkey(user: User) -> bool:
    """Tell whether a role wants a passkey of a person who has none."""
    return user.must_use_passkey and not passkeys(user)


def has_factor(user: User) -> bool:
    """Tell whether a person has set up any second factor."""
    return user.steps_by_code or authenticator(user) is not None or bool(passkeys(user))


def candidate(user: User) -> Authenticator | None:
    """Return the authenticator app that a person is about to confirm, or None."""
    return (
        session()
        .scalars(
            select(Authenticator).where(
                Authenticator.user_id == user.id,
                Authenticator.confirmed_at.is_(None),
                Authenticator.created_at > clock.now() - CANDIDATE_FOR,
            )
        )
        .one_or_none()
    )


def recovery_codes_left(user: User) -> int:
    """Return how many recovery codes a person has not used."""
    return (
        session().scalar(
            select(func.count()).where(
                RecoveryCode.user_id == user.id, RecoveryCode.used_at.is_(None)
            )
        )
        or 0
    )


def find_reset(token: str) -> PasswordReset | None:
    """Return the live reset link behind a token, or None."""
    return (
        session()
        .scalars(
            select(PasswordReset).where(
                PasswordReset.digest == crypto.digest(token),
                PasswordReset.used_at.is_(None),
                PasswordReset.expires_at > clock.now(),
            )
        )
        .one_or_none()
    )


def asked_mail(user: User) -> MailProof | None:
    """Return the link to a mail address that a person has not followed yet, or None."""
    return (
        session()
        .scalars(
            select(MailProof)
            .where(
                MailProof.user_id == user.id,
                MailProof.used_at.is_(None),
                MailProof.expires_at > clock.now(),
            )
            .order_by(MailProof.id.desc())
            .limit(1)
        )
        .one_or_none()
    )


def find_mail_proof(user: User, token: str) -> MailProof | None:
    """Return the live link to a mail address behind a token, if it is this person's; or None."""
    return (
        session()
        .scalars(
            select(MailProof).where(
                MailProof.token_digest == crypto.digest(token),
                MailProof.user_id == user.id,
                MailProof.used_at.is_(None),
                MailProof.expires_at > clock.now(),
            )
        )
        .one_or_none()
    )


def find_user_invitation(token: str) -> UserInvitation | None:
    """Return the live invitation behind a token with its person, as it is now; or None."""
    return (
        session()
        .scalars(
            select(UserInvitation)
            .where(
                UserInvitation.token_digest == crypto.digest(token),
                UserInvitation.used_at.is_(None),
                UserInvitation.revoked_at.is_(None),
                UserInvitation.expires_at > clock.now(),
            )
            .options(joinedload(UserInvitation.user))
            .execution_options(populate_existing=True)
        )
        .one_or_none()
    )


def open_invitation(user: User) -> UserInvitation | None:
    """Return the newest live invitation of a person, or None."""
    return (
        session()
        .scalars(
            select(UserInvitation)
            .where(
                UserInvitation.user_id == user.id,
                UserInvitation.used_at.is_(None),
                UserInvitation.revoked_at.is_(None),
                UserInvitation.expires_at > clock.now(),
            )
            .order_by(UserInvitation.id.desc())
            .limit(1)
        )
        .one_or_none()
    )


def ways_of(user: User) -> set[LogInWay]:
    """Return the ways in which a person may pass the second step now.

    Who has a passkey and must use one passes by no code but those on paper. Before the first one
    is there, what is there has to do, and nothing opens then before one was added.
    """
    keys = passkeys(user)
    ways = {LogInWay.PASSKEY} if keys else set()
    if recovery_codes_left(user):
        ways.add(LogInWay.RECOVERY)
    if user.must_use_passkey and keys:
        return ways
    app = authenticator(user) is not None
    if app:
        ways.add(LogInWay.APP)
    if app or keys or user.steps_by_code:
        ways |= _sent_ways(user)
    return ways


def can_get_codes(user: User) -> bool:
    """Tell whether a code at the door can reach a person."""
    return bool(_sent_ways(user))


def _sent_ways(user: User) -> set[LogInWay]:
    policy = security_policy()
    ways: set[LogInWay] = set()
    if policy.mail_codes and user.email:
        ways |= {LogInWay.MAIL, LogInWay.LINK}
    if policy.sms_codes and user.phone_proved_at is not None:
        ways.add(LogInWay.SMS)
    return ways


def answers_of(user: User) -> Sequence[SecurityAnswer]:
    """Return a person's answers to security questions."""
    return session().scalars(select(SecurityAnswer).where(SecurityAnswer.user_id == user.id)).all()
