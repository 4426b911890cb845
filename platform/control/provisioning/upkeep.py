"""The platform's own recurring work: one list, each duty when it is due, whoever looks first.

Workspaces have schedules (`kit.jobs.schedule`); these duties belong to no workspace, or need the
migrator's login. The clock's memory is the same table, so the console shows both in one list.
"""

import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

import structlog
from sqlalchemy import Engine, delete, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import SQLAlchemyError

from control.archives.services import expire
from control.billing.bookkeeping import enter_missing
from control.billing.grace import follow_all
from control.billing.jobs import review_due
from control.billing.online.reconciling import begin_reconcile
from control.billing.online.tidying import clear_away
from control.billing.transfer.renewing import do_due as renew_due
from control.billing.usage.jobs import begin_sweep
from control.closing.services import delete_due, remind
from control.console.models import OperatorSession
from control.provisioning import pool
from control.signup.services import purge_signups
from control.support.services import note_lapses
from control.verification.services import remind as remind_of_authorisations
from control.workspaces.services import measure_sizes
from kit import clock, files
from kit.db import affected, apart, control_transaction
from kit.i18n import lazy_gettext as _l
from kit.jobs.sweeper import prune
from kit.jobs.tables import Place
from kit.settings import get_settings

_log = structlog.get_logger("control.provisioning")
Engines = Mapping[str, Engine]
_SESSIONS_KEPT = timedelta(days=30)
_TEN_MINUTES = timedelta(minutes=10)
_DAY = timedelta(days=1)
_OWN = "cell.outbox, cell.effects, cell.workspaces, cell.schedules"
# A workspace is tables, and a thousand of them two hundred thousand rows of these.
_CATALOGUE = text("""
    SELECT relname, n_dead_tup AS dead, n_live_tup AS live FROM pg_catalog.pg_stat_sys_tables
    WHERE schemaname = 'pg_catalog' AND n_dead_tup > 10000 AND n_dead_tup > n_live_tup / 2
    ORDER BY n_dead_tup DESC LIMIT 5
""")


@dataclass(frozen=True, slots=True)
class Duty:
    """Something that is done every so often for the platform as a whole."""

    name: str
    title: object
    every: timedelta
    do: Callable[[Engines], object]


def duties() -> tuple[Duty, ...]:
    """Return what is done for the platform by the clock."""
    return (
        Duty("archives.expire", _l("Delete expired exports"), _TEN_MINUTES, lambda _: expire()),
        Duty("closing.remind", _l("Remind of deletions"), _TEN_MINUTES, lambda _: remind()),
        Duty(
            "support.lapses",
            _l("Note support access that has lapsed"),
            _TEN_MINUTES,
            lambda _: note_lapses(),
        ),
        Duty(
            "verification.remind",
            _l("Remind of authorisations"),
            _TEN_MINUTES,
            lambda _: remind_of_authorisations(),
        ),
        Duty("closing.delete_due", _l("Delete what is due"), _TEN_MINUTES, lambda _: delete_due()),
        Duty(
            "signup.purge", _l("Delete expired sign-ups"), _TEN_MINUTES, lambda _: purge_signups()
        ),
        Duty(
            "workspaces.measure", _l("Measure workspaces"), _TEN_MINUTES, lambda _: measure_sizes()
        ),
        Duty(
            "billing.review",
            _l("Look again at accounts whose day has come"),
            _TEN_MINUTES,
            lambda _: review_due(),
        ),
        Duty(
            "billing.renew",
            _l("Draw invoices of the next period, end what was given up"),
            _TEN_MINUTES,
            lambda _: renew_due(),
        ),
        Duty(
            "billing.grace",
            _l("Renew nothing for workspaces that are to be deleted"),
            timedelta(hours=1),
            lambda _: follow_all(),
        ),
        Duty(
            "billing.reconcile",
            _l("Compare the mirror with Stripe"),
            timedelta(hours=1),
            lambda _: begin_reconcile(),
        ),
        Duty(
            "billing.books",
            _l("Enter what the books lack"),
            timedelta(hours=1),
            lambda _: enter_missing(),
        ),
        Duty(
            "billing.tidy",
            _l("Clear away old events of Stripe's"),
            _DAY,
            lambda _: clear_away(),
        ),
        Duty(
            "billing.usage",
            _l("Read what workspaces use, and charge months that are over"),
            _TEN_MINUTES,
            lambda _: begin_sweep(),
        ),
        Duty("pool.check", _l("Check the warm pool"), _TEN_MINUTES, _check_pools),
        Duty(
            "files.purge", _l("Purge removed files"), _TEN_MINUTES, lambda _: files.purge_removed()
        ),
        Duty("jobs.prune", _l("Clear away old background work"), timedelta(hours=1), _prune),
        Duty("console.sessions", _l("Clear away expired log-ins"), _DAY, _purge_sessions),
        Duty("cells.statistics", _l("Renew the catalogue's statistics"), _DAY, _renew_statistics),
    )


def do_due(engines: Engines) -> list[str]:
    """Do what is due now; return the names of what was done.

    A duty that fails is tried again when it is due next; two provisioners share the duties.
    """
    done = []
    for duty in duties():
        if not _claim(duty):
            continue
        try:
            duty.do(engines)
        except Exception as error:  # noqa: BLE001 - one duty that fails must not stop the others
            frame = traceback.extract_tb(error.__traceback__)[-1]
            _log.warning(
                "duty.failed", duty=duty.name, error=type(error).__name__, function=frame.name
            )
        done.append(duty.name)
    return done


def _claim(duty: Duty) -> bool:
    table, now = Place(None).schedules, clock.now()
    row = {"workspace": "", "name": duty.name, "next_at": now}
    with apart(None) as control:
        control.execute(upsert(table).values(row).on_conflict_do_nothing())
        due = affected(
            control.execute(
                update(table)
                .where(table.c.workspace == "", table.c.name == duty.name, table.c.next_at <= now)
                .values(last_at=now, next_at=now + duty.every)
            )
        )
    return due == 1


def _check_pools(engines: Engines) -> None:
    for cell in get_settings().cell_urls():
        try:
            pool.give_back_forgotten(cell)
        except SQLAlchemyError as error:
            _log.warning("pool.not_looked_through", cell=cell, error=type(error).__name__)
    settings = get_settings()
    for cell, engine in engines.items():
        ready = pool.ready(engine)
        # A whole batch missing for ten minutes: the refill fails, or cannot keep up.
        if ready < settings.pool_target - settings.pool_batch:
            _log.warning("pool.low", cell=cell, ready=ready, target=settings.pool_target)


def _prune(engines: Engines) -> None:
    del engines
    for place in (Place(None), *(Place(cell) for cell in get_settings().cell_urls())):
        try:
            prune(place)
        except SQLAlchemyError as error:
            _log.warning("jobs.not_pruned", cell=place.cell, error=type(error).__name__)


def _purge_sessions(engines: Engines) -> None:
    del engines
    with control_transaction() as control:
        control.execute(
            delete(OperatorSession).where(OperatorSession.expires_at < clock.now() - _SESSIONS_KEPT)
        )


def _renew_statistics(engines: Engines) -> None:
    """Have the planner know the tables of background work, and say where vacuum cannot keep up.

    The catalogue itself is the server's: only its own vacuum may clear it, so it is told of.
    """
    for cell, engine in engines.items():
        try:
            with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.execute(text(f"ANALYZE {_OWN}"))
                for row in connection.execute(_CATALOGUE):
                    _log.warning("catalogue.bloated", cell=cell, table=row.relname, dead=row.dead)
        except SQLAlchemyError as error:
            _log.warning("cell.not_analysed", cell=cell, error=type(error).__name__)
