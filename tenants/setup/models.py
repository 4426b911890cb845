"""Dictionary values, parameters, numbering, checks of the log, articles, contact and feedback."""

from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kit.db import TenantModel, Versioned, states
from tenants.accounts.models import User


class DictionaryValue(Versioned, TenantModel):
    """A value of the workspace's own, or what it changed about one of ours, by type and code.

    Never deleted: records hold the code. A label that is empty is read in the other language, or
    is ours.
    """

    __tablename__ = "dictionary_values"
    __table_args__ = (UniqueConstraint("type", "code"),)

    type: Mapped[str]
    code: Mapped[str]
    label_zh: Mapped[str] = mapped_column(default="")
    label_en: Mapped[str] = mapped_column(default="")
    colour: Mapped[str] = mapped_column(default="")
    position: Mapped[int]
    is_active: Mapped[bool] = mapped_column(default=True)


class Parameter(Versioned, TenantModel):
    """A parameter that somebody has set: its value is kept when it is reset, to be seen again."""

    __tablename__ = "parameters"

    code: Mapped[str] = mapped_column(unique=True)
    # {"is": value}, and {} while the default holds.
    value: Mapped[dict[str, Any]] = mapped_column(JSONB)


class DatePart(StrEnum):
    """What of the day a number shows."""

    NONE = "none"
    YEAR = "year"
    MONTH = "month"
    DAY = "day"


class Reset(StrEnum):
    """When a counter begins again at one."""

    NEVER = "never"
    YEAR = "year"
    MONTH = "month"
    DAY = "day"


class NumberingRule(Versioned, TenantModel):
    """How the numbers of a kind of document look; no row while ours holds."""

    __tablename__ = "numbering_rules"
    __table_args__ = (
        states(DatePart, "date_part"),
        states(Reset, "reset"),
        CheckConstraint("width BETWEEN 3 AND 10", name="width_within_reason"),
        CheckConstraint("prefix ~ '^([A-Z][A-Z0-9]{0,7})?$'", name="prefix_is_short"),
    )

    kind: Mapped[str] = mapped_column(unique=True)
    prefix: Mapped[str]
    date_part: Mapped[str]
    width: Mapped[int]
    reset: Mapped[str]


class Counter(TenantModel):
    """The last number given to a kind of document in a period."""

    __tablename__ = "counters"
    __table_args__ = (UniqueConstraint("kind", "period"),)

    kind: Mapped[str]
    period: Mapped[str]
    last: Mapped[int]


class AuditCheck(TenantModel):
    """A comparison of the log with its seals that somebody asked for, and what it found."""

    __tablename__ = "audit_checks"
    __table_args__ = (UniqueConstraint("job_id"),)

    append_only: ClassVar[bool] = True

    job_id: Mapped[str]
    proven: Mapped[int]
    # Kind of finding → how many, and the ids of the first.
    findings: Mapped[dict[str, Any]] = mapped_column(JSONB)
    sealed_until: Mapped[datetime | None]


class Article(Versioned, TenantModel):
    """An article of the workspace's own help, in Markdown; shown beside the pages it names."""

    __tablename__ = "articles"
    __table_args__ = (Index(None, "is_active", "position"),)

    title: Mapped[str]
    body: Mapped[str]
    # Endpoints, or beginnings of them that end with a dot.
    pages: Mapped[list[str]]
    is_question: Mapped[bool] = mapped_column(default=False)
    is_active: Mapped[bool] = mapped_column(default=True)
    position: Mapped[int] = mapped_column(default=0)


class ContactCard(Versioned, TenantModel):
    """Whom the workspace's people turn to: no row until somebody fills it in."""

    __tablename__ = "contact_cards"
    __table_args__ = (Index("uq_contact_cards_single", text("(true)"), unique=True),)

    name: Mapped[str] = mapped_column(default="")
    phone: Mapped[str] = mapped_column(default="")
    hours: Mapped[str] = mapped_column(default="")
    chat: Mapped[str] = mapped_column(default="")
    remark: Mapped[str] = mapped_column(default="")
    # Whoever cannot log in needs it most; a company may keep it for its own all the same.
    is_public: Mapped[bool] = mapped_column(default=False)
    qr_key: Mapped[str | None]


class FeedbackState(StrEnum):
    """How far a report of a problem is."""

    OPEN = "open"
    IN_WORK = "in_work"
    ANSWERED = "answered"
    CLOSED = "closed"


class Feedback(Versioned, TenantModel):
    """A problem or a wish that a person told the workspace's administrators (A037)."""

    __tablename__ = "feedback"
    __table_args__ = (
        states(FeedbackState, "state"),
        Index(None, "state", "id"),
        Index(None, "user_id", "id"),
    )

    number: Mapped[str] = mapped_column(unique=True)
    submission: Mapped[str] = mapped_column(unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey(User.id))
    kind: Mapped[str]
    title: Mapped[str]
    body: Mapped[str]
    page: Mapped[str] = mapped_column(default="")
    device: Mapped[str] = mapped_column(default="")
    file_key: Mapped[str | None]
    file_name: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(default=FeedbackState.OPEN)
    answer: Mapped[str] = mapped_column(default="")
    answered_by: Mapped[str] = mapped_column(default="")
    answered_at: Mapped[datetime | None]

    user: Mapped[User] = relationship()
