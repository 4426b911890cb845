"""Certificates of removed workspaces."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from control.workspaces.models import Workspace
from kit.db import ControlModel


class Certificate(ControlModel):
    """What was removed of a workspace, counted before it went; issued when nothing is left.

    `keys_expire_on` is the day on which the last copy of its keys, in a backup of the keys, is
    destroyed: from then on no copy of its personal data can be read by anybody.
    """

    __tablename__ = "certificates"

    workspace_id: Mapped[int] = mapped_column(ForeignKey(Workspace.id), unique=True)
    name: Mapped[str]
    address: Mapped[str]
    reason: Mapped[str]
    asked_at: Mapped[datetime]
    removed: Mapped[dict[str, Any]]
    issued_at: Mapped[datetime | None]
    keys_expire_on: Mapped[date | None]

    workspace: Mapped[Workspace] = relationship()
