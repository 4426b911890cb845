"""What control knows of cells beside the settings."""

from sqlalchemy.orm import Mapped, mapped_column

from kit.db import ControlModel, Versioned


class Cell(Versioned, ControlModel):
    """Whether a cell takes new workspaces; one without a row does.

    Where it is and how much fits in comes from the settings.
    """

    __tablename__ = "cells"

    name: Mapped[str] = mapped_column(unique=True)
    is_open: Mapped[bool] = mapped_column(default=True)
