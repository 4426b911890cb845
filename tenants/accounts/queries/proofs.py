"""Questions about what proves who a person is."""

from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from kit import clock, crypto
from kit.db import session
from tenants.accounts.models import (
    Authenticator,
    PasswordReset,
    RecoveryCode,
    User,
    UserInvitation,
)

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
