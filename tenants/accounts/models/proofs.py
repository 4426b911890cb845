"""What proves who a person is beside the password: factors, and codes and links that are sent."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kit.db import Encrypted, TenantModel, states
from kit.personal import phone_number
from tenants.accounts.models.people import User


class Authenticator(TenantModel):
    """An authenticator app of a user (RFC 6238): a candidate until a code of it was entered."""

    __tablename__ = "authenticators"
    __table_args__ = (
        Index(
            "uq_authenticators_user",
            "user_id",
            text("(confirmed_at IS NULL)"),
            unique=True,
        ),
    )

    transient: ClassVar[bool] = True

    user_id: Mapped[int] = mapped_column(ForeignKey(User.id))
    confirmed_at: Mapped[datetime | None]
    # The last time step whose code was taken: no code is good twice.
    last_step: Mapped[int] = mapped_column(default=0)

    secret_cipher: Mapped[bytes | None]
    secret = Encrypted(str.strip, indexed=False, tail=False)


class RecoveryCode(TenantModel):
    """One of ten codes on paper, good once, for whoever has lost the second factor."""

    __tablename__ = "recovery_codes"

    transient: ClassVar[bool] = True

    user_id: Mapped[int] = mapped_column(ForeignKey(User.id), index=True)
    digest: Mapped[str]
    used_at: Mapped[datetime | None]


class ResetWay(StrEnum):
    """How a person proves to be the owner of an account."""

    MAIL = "mail"
    SMS = "sms"
    OPERATOR = "operator"


class PasswordReset(TenantModel):
    """A single-use code or link that lets a user set a new password (D028, D029)."""

    __tablename__ = "password_resets"
    __table_args__ = (states(ResetWay, "way"),)

    transient: ClassVar[bool] = True

    user_id: Mapped[int] = mapped_column(ForeignKey(User.id), index=True)
    way: Mapped[str]
    digest: Mapped[str]
    expires_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    used_at: Mapped[datetime | None]

    user: Mapped[User] = relationship()


class UserInvitation(TenantModel):
    """A single-use link by which somebody who was added chooses the own first password."""

    __tablename__ = "user_invitations"

    transient: ClassVar[bool] = True

    user_id: Mapped[int] = mapped_column(ForeignKey(User.id), index=True)
    token_digest: Mapped[str] = mapped_column(unique=True)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    user: Mapped[User] = relationship()


class Passkey(TenantModel):
    """A passkey of a user (WebAuthn): its public half, good at one host only.

    `suspected_at` is set when its counter went back: somebody has a copy, so it opens nothing more.
    """

    __tablename__ = "passkeys"

    transient: ClassVar[bool] = True

    user_id: Mapped[int] = mapped_column(ForeignKey(User.id), index=True)
    name: Mapped[str]
    credential_id: Mapped[str] = mapped_column(unique=True)
    public_half: Mapped[str]
    sign_count: Mapped[int]
    host: Mapped[str]
    transports: Mapped[list[str]]
    used_at: Mapped[datetime | None]
    suspected_at: Mapped[datetime | None]


class PasskeyUse(StrEnum):
    """What a challenge was given for."""

    REGISTER = "register"
    STEP = "step"


class PasskeyChallenge(TenantModel):
    """Random bytes that a passkey signs once, for one log-in at one host."""

    __tablename__ = "passkey_challenges"
    __table_args__ = (states(PasskeyUse, "use"),)

    transient: ClassVar[bool] = True

    user_id: Mapped[int] = mapped_column(ForeignKey(User.id), index=True)
    use: Mapped[str]
    token_digest: Mapped[str]
    challenge: Mapped[str] = mapped_column(unique=True)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class PhoneProof(TenantModel):
    """A code sent to a mobile number that a user says is his."""

    __tablename__ = "phone_proofs"

    transient: ClassVar[bool] = True

    user_id: Mapped[int] = mapped_column(ForeignKey(User.id), index=True)
    phone_cipher: Mapped[bytes | None]
    phone = Encrypted(phone_number, indexed=False, tail=False)
    digest: Mapped[str]
    expires_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    used_at: Mapped[datetime | None]


class MailProof(TenantModel):
    """A link sent to a mail address that a user says is his; the address counts once it is used."""

    __tablename__ = "mail_proofs"

    transient: ClassVar[bool] = True

    user_id: Mapped[int] = mapped_column(ForeignKey(User.id), index=True)
    email: Mapped[str]
    token_digest: Mapped[str] = mapped_column(unique=True)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    user: Mapped[User] = relationship()


class SecurityAnswer(TenantModel):
    """The answer of a user to a security question, hashed like a password."""

    __tablename__ = "security_answers"
    __table_args__ = (UniqueConstraint("user_id", "question"),)

    transient: ClassVar[bool] = True

    user_id: Mapped[int] = mapped_column(ForeignKey(User.id))
    question: Mapped[str]
    answer_hash: Mapped[str]
