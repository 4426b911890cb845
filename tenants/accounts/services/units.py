"""Growing and changing the tree of organisation units: headquarters, branches, outlets."""

from sqlalchemy import exists, select
from sqlalchemy.exc import IntegrityError

from kit import audit, personal
from kit.db import lock_row, refuse_stale, session, transaction
from kit.errors import Refused
from kit.i18n import gettext as _
from kit.sorting import sort_key
from tenants.accounts import events
from tenants.accounts.models import Unit, User, role_units

DEEPEST = 3


def add_unit(*, name: str, parent: Unit | None, remark: str = "", by: audit.Actor) -> Unit:
    """Add a unit below another; without a parent the headquarters, of which there is one.

    Refuses a fourth level and a name that a sister has.
    """
    with transaction() as work:
        above = lock_row(parent) if parent is not None else None
        unit = Unit(
            name=_name(name),
            sort_key=sort_key(name),
            parent_id=above.id if above else None,
            depth=_depth_below(above),
            remark=remark.strip(),
        )
        work.add(unit)
        _flush()
        unit.path = f"{above.path if above else ''}{unit.id}."
        audit.record(events.UNIT_ADDED, unit, by=by, name=unit.name, parent=_named(above))
        work.flush()
    return unit


def edit_unit(unit: Unit, *, version: int, name: str, remark: str, by: audit.Actor) -> None:
    """Change a unit's name and remark; refuses a stale copy and a name that a sister has."""
    with transaction():
        unit = lock_row(unit)
        refuse_stale(unit, version)
        before = unit.name
        unit.name, unit.sort_key, unit.remark = _name(name), sort_key(name), remark.strip()
        unit.version += 1
        _flush()
        audit.record(events.UNIT_EDITED, unit, by=by, before=before, name=unit.name)


def move_unit(unit: Unit, *, parent: Unit, by: audit.Actor) -> None:
    """Hang a unit with all below it under another one.

    Refuses the headquarters, a place below itself, and what would make a fourth level.
    """
    with transaction() as work:
        # The whole tree in one order: two moves at once must not make a circle.
        tree = {
            row.id: row
            for row in work.scalars(
                select(Unit)
                .order_by(Unit.id)
                .with_for_update()
                .execution_options(populate_existing=True)
            )
        }
        unit, parent = tree[unit.id], tree[parent.id]
        if unit.parent_id is None:
            raise Refused(_("The headquarters stays where it is."))
        if parent.path.startswith(unit.path):
            raise Refused(_("A unit cannot hang below itself."), field="parent")
        below = [row for row in tree.values() if row.path.startswith(unit.path)]
        deeper = parent.depth + 1 - unit.depth
        if max(row.depth for row in below) + deeper > DEEPEST:
            raise Refused(_("Units have three levels at most."), field="parent")
        before, old = tree[unit.parent_id], unit.path
        new = f"{parent.path}{unit.id}."
        for row in below:
            row.path = new + row.path.removeprefix(old)
            row.depth += deeper
        unit.parent_id = parent.id
        unit.version += 1
        _flush()
        audit.record(events.UNIT_MOVED, unit, by=by, before=_named(before), after=_named(parent))


def delete_unit(unit: Unit, *, by: audit.Actor) -> None:
    """Delete an empty unit; refuses one with units, people, channels or roles on it."""
    with transaction() as work:
        unit = lock_row(unit)
        if work.scalar(select(exists().where(Unit.parent_id == unit.id))):
            raise Refused(_("%(name)s still has units below it.", name=unit.name))
        if work.scalar(select(exists().where(User.unit_id == unit.id))):
            raise Refused(_("%(name)s still has people; move them first.", name=unit.name))
        if work.scalar(select(exists().where(role_units.c.unit_id == unit.id))):
            raise Refused(_("A role reaches %(name)s by name; change it first.", name=unit.name))
        audit.record(events.UNIT_DELETED, unit, by=by, name=unit.name)
        try:
            with work.begin_nested():
                work.delete(unit)
                work.flush()
        except IntegrityError:
            # Modules above refer to units as well: channels have a managing one.
            raise Refused(
                _("%(name)s still looks after channels or other records.", name=unit.name)
            ) from None


def _depth_below(parent: Unit | None) -> int:
    if parent is None:
        return 1
    if parent.depth >= DEEPEST:
        raise Refused(_("Units have three levels at most."), field="parent")
    return parent.depth + 1


def _named(unit: Unit | None) -> str:
    return unit.name if unit else ""


def _name(name: str) -> str:
    name = personal.plain(name)
    if not name:
        raise Refused(_("A unit needs a name."), field="name")
    return name


def _flush() -> None:
    try:
        with session().begin_nested():
            session().flush()
    except IntegrityError as error:
        constraint = getattr(getattr(error.orig, "diag", None), "constraint_name", None)
        if constraint == "uq_units_headquarters":
            raise Refused(_("There is a headquarters already."), field="parent") from None
        if constraint != "uq_units_name":
            raise
        raise Refused(_("A unit with this name exists there already."), field="name") from None
