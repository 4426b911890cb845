"""Settlement: pending commission that is due becomes payable, exactly once.

One journal for each channel: it balances by itself, is what that channel is shown of the run, and
keeps a claim about one channel apart from every other's.
"""

from collections import defaultdict
from datetime import date

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from kit import audit, clock, ids, tenancy
from kit.db import transaction
from kit.errors import Refused
from kit.i18n import gettext as _
from tenants.channels.models import Channel, ChannelState
from tenants.settlement.models import (
    AccountCode,
    CommissionLine,
    JournalKind,
    LineState,
    SettlementRun,
)
from tenants.settlement.services import ledger
from tenants.settlement.services.sets import batches, forget, numbers

SETTLED = audit.Event.named("settlement:run", "until", "count", "total")


def settle(*, until: date, key: str, by: audit.Actor, currency: str | None = None) -> SettlementRun:
    """Make payable all pending lines due by a date, in the workspace's currency.

    The same key returns the run that stands. Frozen channels' lines wait. Refuses a date to
    come, and a run of nothing.
    """
    run = settle_if_due(until=until, key=key, by=by, currency=currency)
    if run is None:
        raise Refused(_("Nothing is due by that date."), field="until")
    return run


def settle_if_due(
    *, until: date, key: str, by: audit.Actor, currency: str | None = None
) -> SettlementRun | None:
    """Do what `settle` does; None where nothing is due, which by the clock is no mistake."""
    chosen = currency or tenancy.current().currency
    if until > clock.today():
        raise Refused(_("The date lies in the future."), field="until")
    with transaction() as session:
        if standing := _standing(session, key, until):
            return standing
        lines = session.execute(
            select(CommissionLine.id, CommissionLine.channel_id, CommissionLine.amount)
            .join(Channel, Channel.id == CommissionLine.channel_id)
            .where(
                CommissionLine.state == LineState.PENDING,
                CommissionLine.due_on <= until,
                CommissionLine.currency == chosen,
                Channel.state != ChannelState.FROZEN,
            )
            .order_by(CommissionLine.id)
            .with_for_update(of=CommissionLine)
        ).all()
        # Whoever held the lines before us may have used the same key: a double click.
        if standing := _standing(session, key, until):
            return standing
        if not lines:
            return None
        run_id = session.scalar(
            insert(SettlementRun)
            .values(
                public_id=ids.new(),
                created_at=clock.now(),
                key=key,
                until=until,
                line_count=len(lines),
                total_amount=sum(line.amount for line in lines),
                currency=chosen,
                actor_name=by.actor_name,
            )
            .on_conflict_do_nothing(index_elements=["key"])
            .returning(SettlementRun.id)
        )
        if run_id is None:
            raise ledger.KeyReused(key)
        _take(session, [line.id for line in lines], run_id)
        by_channel: dict[int, list[ledger.Line]] = defaultdict(list)
        for line in lines:
            if line.amount:
                by_channel[line.channel_id].append(line)
        _post(by_channel, chosen, run_id, by=by)
        run = session.get_one(SettlementRun, run_id)
        audit.record(
            SETTLED,
            run,
            by=by,
            until=until.isoformat(),
            count=run.line_count,
            total=run.total_amount,
        )
        return run


def _standing(session: Session, key: str, until: date) -> SettlementRun | None:
    run = session.scalars(select(SettlementRun).where(SettlementRun.key == key)).one_or_none()
    if run is not None and run.until != until:
        raise ledger.KeyReused(key)
    return run


def _take(session: Session, line_ids: list[int], run_id: int) -> None:
    for part in batches(line_ids):
        session.execute(
            text("""
                UPDATE commission_lines SET state = 'settled', run_id = :run, changed_at = :now
                WHERE id = ANY(:ids)
            """).bindparams(numbers("ids", part)),
            {"run": run_id, "now": clock.now()},
        )
    forget(session, CommissionLine, set(line_ids))


def _post(
    by_channel: dict[int, list[ledger.Line]], currency: str, run_id: int, *, by: audit.Actor
) -> None:
    accounts = ledger.open_all({(channel_id, currency) for channel_id in by_channel})
    ledger.post_all(
        [
            ledger.Posting(
                kind=JournalKind.SETTLED,
                key=f"settled:{run_id}:{channel_id}",
                entries=ledger.spread(
                    accounts[channel_id, AccountCode.PENDING, currency],
                    [(accounts[channel_id, AccountCode.PAYABLE, currency], line) for line in lines],
                ),
            )
            for channel_id, lines in sorted(by_channel.items())
        ],
        by=by,
    )
