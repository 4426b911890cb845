"""Changing how the numbers of a kind of document look."""

import re

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert

from kit import audit, clock, ids
from kit.db import refuse_stale, session, transaction
from kit.errors import Refused
from kit.i18n import gettext as _
from tenants.setup import events, numbering
from tenants.setup.models import DatePart, NumberingRule, Reset
from tenants.setup.numbering import FINE_ENOUGH, Kind, Rule

NARROWEST, WIDEST = 3, 10
_PREFIX = re.compile(r"([A-Z][A-Z0-9]{0,7})?")


def set_rule(
    kind: Kind,
    *,
    version: int,
    prefix: str,
    date_part: str,
    width: int,
    reset: str,
    by: audit.Actor,
) -> None:
    """Change a kind's rule; numbers that were given stay, and the next one follows them.

    Refuses a counter that begins again under the same date: it would give numbers twice.
    """
    prefix = prefix.strip().upper()
    if not _PREFIX.fullmatch(prefix):
        raise Refused(_("At most 8 capital letters and digits, a letter first."), field="prefix")
    if not NARROWEST <= width <= WIDEST:
        raise Refused(
            _("Between %(least)s and %(most)s.", least=NARROWEST, most=WIDEST), field="width"
        )
    rule = Rule(prefix, DatePart(date_part), width, Reset(reset))
    if rule.date_part not in FINE_ENOUGH[rule.reset]:
        raise Refused(
            _("The date in the number must show when the counter begins again."), field="reset"
        )
    with transaction():
        numbering.lock(kind)
        row = _locked(kind)
        refuse_stale(row, version)
        wanted = {
            "prefix": prefix,
            "date_part": rule.date_part.value,
            "width": width,
            "reset": rule.reset.value,
        }
        changes = {
            name: [getattr(row, name), value]
            for name, value in wanted.items()
            if getattr(row, name) != value
        }
        numbering.carry_on(kind, rule)
        for name, value in wanted.items():
            setattr(row, name, value)
        row.version += 1
        audit.record(events.RULE_SET, row, by=by, kind=kind.code, changes=changes)


def find_row(kind: Kind) -> NumberingRule | None:
    """Return the workspace's rule for a kind; None while ours holds."""
    return (
        session()
        .scalars(select(NumberingRule).where(NumberingRule.kind == kind.code))
        .one_or_none()
    )


def _locked(kind: Kind) -> NumberingRule:
    rule = kind.rule
    session().execute(
        upsert(NumberingRule)
        .values(
            public_id=ids.new(),
            created_at=clock.now(),
            kind=kind.code,
            prefix=rule.prefix,
            date_part=rule.date_part.value,
            width=rule.width,
            reset=rule.reset.value,
            version=0,
        )
        .on_conflict_do_nothing()
    )
    return (
        session()
        .scalars(
            select(NumberingRule)
            .where(NumberingRule.kind == kind.code)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        .one()
    )
