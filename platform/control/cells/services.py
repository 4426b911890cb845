"""Verbs on cells: choose one for a new workspace, close and open one."""

from sqlalchemy import select

from control.cells import queries
from control.cells.models import Cell
from kit import audit
from kit.db import control_transaction
from kit.errors import Missing, Refused
from kit.i18n import gettext as _
from kit.settings import get_settings

CLOSED = audit.Event.named("cell:closed", "cell")
OPENED = audit.Event.named("cell:opened", "cell")


def cells_with_room() -> list[str]:
    """Return the open cells that are not full, the emptiest first; Refused when there is none."""
    with control_transaction():
        found = queries.cells_with_room()
    if not found:
        raise Refused(_("No room for a new workspace right now. We have been told; try later."))
    return found


def choose_cell() -> str:
    """Return the cell for a new workspace: open, with room, and answering.

    Refused when there is none.
    """
    for cell in cells_with_room():
        if queries.takes_more(cell):
            return cell
    raise Refused(_("No room for a new workspace right now. We have been told; try later."))


def close_cell(name: str, *, by: audit.Actor) -> None:
    """Let no new workspace into a cell; those in it stay and are served."""
    _set_open(name, is_open=False, by=by)


def open_cell(name: str, *, by: audit.Actor) -> None:
    """Let new workspaces into a cell again."""
    _set_open(name, is_open=True, by=by)


def _set_open(name: str, *, is_open: bool, by: audit.Actor) -> None:
    if name not in get_settings().cell_urls():
        raise Missing(name)
    with control_transaction() as control:
        cell = control.scalars(
            select(Cell).where(Cell.name == name).with_for_update(of=Cell)
        ).one_or_none()
        if cell is None:
            cell = Cell(name=name, is_open=True)
            control.add(cell)
            control.flush()
        if cell.is_open == is_open:
            return
        cell.is_open = is_open
        cell.version += 1
        audit.record_control(OPENED if is_open else CLOSED, cell, by=by, cell=name)
