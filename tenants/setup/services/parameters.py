"""Setting parameters; who set what, when and what it was before stands in the audit log."""

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert

from kit import audit, clock, ids
from kit.db import refuse_stale, session, transaction
from kit.errors import Refused
from tenants.setup import events, memory
from tenants.setup.models import Parameter as ParameterRow
from tenants.setup.parameters import AnyParameter, NotAllowed


def set_parameter(parameter: AnyParameter, value: object, *, version: int, by: audit.Actor) -> None:
    """Set a parameter for the whole workspace; refuses what is out of its bounds, and a stale copy.

    Nothing happens when it has the value already.
    """
    with transaction():
        try:
            checked = parameter.checked(value)
        except NotAllowed as error:
            raise Refused(str(error), field="value") from None
        row = _locked(parameter.code)
        refuse_stale(row, version)
        before = row.value.get("is", parameter.default)
        if "is" in row.value and before == checked:
            return
        row.value = {"is": checked}
        row.version += 1
        audit.record(
            events.PARAMETER_SET,
            row,
            by=by,
            parameter=parameter.code,
            before=before,
            after=checked,
        )
        memory.changed()


def reset_parameter(parameter: AnyParameter, *, by: audit.Actor) -> None:
    """Let the default hold again; nothing happens when it does."""
    with transaction():
        row = _locked(parameter.code)
        if "is" not in row.value:
            return
        before = row.value["is"]
        row.value = {}
        row.version += 1
        audit.record(
            events.PARAMETER_RESET,
            row,
            by=by,
            parameter=parameter.code,
            before=before,
            after=parameter.default,
        )
        memory.changed()


def find_row(parameter: AnyParameter) -> ParameterRow | None:
    """Return what is stored of a parameter; None for one that nobody has ever set."""
    return (
        session()
        .scalars(select(ParameterRow).where(ParameterRow.code == parameter.code))
        .one_or_none()
    )


def _locked(code: str) -> ParameterRow:
    row = ParameterRow
    session().execute(
        upsert(row)
        .values(public_id=ids.new(), created_at=clock.now(), code=code, value={}, version=0)
        .on_conflict_do_nothing()
    )
    return (
        session()
        .scalars(
            select(row)
            .where(row.code == code)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        .one()
    )
