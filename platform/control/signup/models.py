"""Sign-ups."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from control.workspaces.models import Workspace
from kit import clock
from kit.db import ControlModel, Encrypted, states
from kit.personal import email_address, phone_number


class SignupState(StrEnum):
    """Where a sign-up stands."""

    SUBMITTED = "submitted"
    VERIFIED = "verified"
    EXPIRED = "expired"


class Purpose(StrEnum):
    """What the workspace is for (D026)."""

    RESELL = "resell"
    OPERATE = "operate"
    ENTERPRISE = "enterprise"
    TRY = "try"


class ContactRole(StrEnum):
    """The expected role of the contact (D026)."""

    OWNER = "owner"
    OPERATIONS = "operations"
    FINANCE = "finance"
    TECHNICAL = "technical"


class ServiceType(StrEnum):
    """The expected type of service (D026)."""

    SELF_SERVICE = "self_service"
    GUIDED = "guided"
    MIGRATION = "migration"


class Signup(ControlModel):
    """A request for a workspace, and what was agreed to.

    `token_digest` is the SHA-256 of the link in the newest of its `mails`; `submission` makes a
    double submit one. `ip_address` is the origin that the hourly limit counts. `plan` is the code
    of the one that is tried.
    """

    __tablename__ = "signups"
    __table_args__ = (
        states(SignupState, "state"),
        states(Purpose, "purpose"),
        states(ContactRole, "contact_role"),
        states(ServiceType, "service_type"),
        Index(
            "uq_signups_address_open",
            "address",
            unique=True,
            postgresql_where=text("state = 'submitted'"),
        ),
        Index(None, "ip_address", "created_at"),
    )

    state: Mapped[str] = mapped_column(default=SignupState.SUBMITTED)
    company: Mapped[str]
    address: Mapped[str]
    contact_name: Mapped[str]
    username: Mapped[str]
    password_hash: Mapped[str | None]
    purpose: Mapped[str]
    contact_role: Mapped[str]
    service_type: Mapped[str]
    reference_code: Mapped[str | None]
    plan: Mapped[str] = mapped_column(default="", server_default=text("''"))
    currency: Mapped[str] = mapped_column(default="", server_default=text("''"))
    timezone: Mapped[str] = mapped_column(default="", server_default=text("''"))
    terms_version: Mapped[str]
    terms_accepted_at: Mapped[datetime]
    locale: Mapped[str]
    submission: Mapped[str] = mapped_column(unique=True)
    token_digest: Mapped[str] = mapped_column(unique=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)
    verified_at: Mapped[datetime | None]
    mailed_at: Mapped[datetime]
    mails: Mapped[int] = mapped_column(default=1)
    ip_address: Mapped[str | None]
    workspace_id: Mapped[int | None] = mapped_column(ForeignKey(Workspace.id), index=True)

    email_cipher: Mapped[bytes | None]
    email_index: Mapped[str | None] = mapped_column(index=True)
    email = Encrypted(email_address, tail=False)
    phone_cipher: Mapped[bytes | None]
    phone_index: Mapped[str | None] = mapped_column(index=True)
    phone_tail: Mapped[str | None]
    phone = Encrypted(phone_number)

    @property
    def is_open(self) -> bool:
        """Whether it still waits for its mail address to be verified."""
        return self.state == SignupState.SUBMITTED and self.expires_at > clock.now()
