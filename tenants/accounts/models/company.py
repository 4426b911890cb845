"""The company's profile, and what it wants of passwords and log-ins."""

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from kit.db import TenantModel, Versioned, states
from kit.security import PasswordPreset


class Profile(Versioned, TenantModel):
    """The company behind the workspace and its brand: exactly one row."""

    __tablename__ = "profiles"
    __table_args__ = (
        Index("uq_profiles_single", text("(true)"), unique=True),
        CheckConstraint("colour ~ '^#[0-9a-f]{6}$'", name="colour_is_hexadecimal"),
    )

    company: Mapped[str]
    contact_name: Mapped[str]
    contact_phone: Mapped[str]
    address: Mapped[str]
    colour: Mapped[str] = mapped_column(default="#0b7285")
    logo_key: Mapped[str | None]
    is_complete: Mapped[bool] = mapped_column(default=False)
    # Parameters since tenants.setup; the release before still reads them here.
    max_depth: Mapped[int] = mapped_column(default=3)
    hold_minutes: Mapped[int] = mapped_column(default=30)


class SecurityPolicy(Versioned, TenantModel):
    """What the workspace wants of passwords and log-ins: no row until somebody changes it."""

    __tablename__ = "security_policies"
    __table_args__ = (
        Index("uq_security_policies_single", text("(true)"), unique=True),
        states(PasswordPreset, "preset"),
        CheckConstraint("idle_minutes BETWEEN 0 AND 480", name="idle_within_a_day_of_work"),
    )

    preset: Mapped[str] = mapped_column(default=PasswordPreset.MANUAL)
    passwords_expire: Mapped[bool] = mapped_column(default=False)
    # May a code by mail stand in for the authenticator app? A mailbox resets passwords, too.
    mail_codes: Mapped[bool] = mapped_column(default=True)
    # And one by SMS, to a mobile number that was proved?
    sms_codes: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    # May answers help to reset a password, beside the link by mail? Weak, so nobody has it unasked.
    security_questions: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    # 0: a screen is locked by hand only.
    idle_minutes: Mapped[int] = mapped_column(default=0)
