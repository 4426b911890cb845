"""How much of what a plan counts is in use: amounts that are kept, not counted anew each time."""

from typing import Any

from sqlalchemy import CheckConstraint, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from control.billing.limits import Counted
from kit.db import TenantModel, states


class UsageCount(TenantModel):
    """How much of one counted thing was used in a month, or (`period` empty) is there.

    Orders and calls of a month (`period` such as 2026-11) and room (in bytes) are exact; people,
    channels and numbers stand as they were when somebody counted last. `told` says of what of it
    people have been told, so that they are told once.
    """

    __tablename__ = "usage_counts"
    __table_args__ = (
        UniqueConstraint("counted", "period"),
        states(Counted, "counted"),
        CheckConstraint("amount >= 0", name="amount_not_negative"),
    )

    counted: Mapped[str]
    period: Mapped[str]
    amount: Mapped[int]
    told: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default=text("'{}'"))


class StoredFile(TenantModel):
    """A file that takes up room, by its key: entered before it is written, gone when it goes."""

    __tablename__ = "stored_files"
    __table_args__ = (CheckConstraint("size >= 0", name="size_not_negative"),)

    key: Mapped[str] = mapped_column(unique=True)
    size: Mapped[int]
