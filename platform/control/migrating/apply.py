"""Bring one workspace to the head: lock its row, run the SQL, record the revision, commit.

The row in cell.workspaces is what two migrators meet at: whoever has it locked migrates the
workspace, the other passes on. Statements go to the driver as whole messages, because a thousand
workspaces make every round trip count.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from enum import StrEnum
from functools import lru_cache
from typing import Any, cast

import psycopg
import structlog
from psycopg import pq
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from control.cells.citus import split
from control.migrating.plan import Target, Unit, units
from control.plane import TenantPlane
from kit.crash import crash_point
from kit.db.grants import table_grants
from kit.db.migrating import Outside, created_tables, send

TOGETHER_LOCK_TIMEOUT = "50ms"
STATEMENT_TIMEOUT = "10min"
# An index build waits for every transaction that is older; it blocks nobody meanwhile.
OUTSIDE_LOCK_TIMEOUT = "60s"


class Outcome(StrEnum):
    """How a try at a workspace ended well."""

    DONE = "done"
    BUSY = "busy"
    LEFT_OUT = "left_out"


class Failed(Exception):
    """A workspace could not be migrated; it stands as it stood. Says at which revision, and why."""

    def __init__(self, revision: str, error: psycopg.Error) -> None:
        super().__init__(f"{revision}: {explain(error)}")
        self.is_passing = isinstance(error, PASSING) or error.sqlstate is None


_log = structlog.get_logger("control.migrating")
_NOTE = text("""
    UPDATE cell.workspaces SET attempts = attempts + :tries, error = :error
    WHERE workspace = :schema AND revision <> :head
""")
PASSING = (
    psycopg.errors.LockNotAvailable,
    psycopg.errors.DeadlockDetected,
    psycopg.errors.SerializationFailure,
    psycopg.errors.AdminShutdown,
    psycopg.errors.TooManyConnections,
)


def explain(error: psycopg.Error) -> str:
    """Return the server's sentence, without the values of rows that some sentences repeat."""
    state = error.sqlstate or ""
    if state.startswith("22") or not error.diag.message_primary:
        return f"{type(error).__name__} {state}".strip()
    return f"{error.diag.message_primary} ({state})"


class Roller:
    """One thread's connections to a cell: one that works, one that keeps a row locked."""

    def __init__(
        self,
        engine: Engine,
        plane: TenantPlane,
        *,
        lock_timeout_ms: int,
        is_cluster: bool = False,
    ) -> None:
        self._engine = engine
        # A cluster sends statements on to its nodes, one at a time.
        self._parts: Callable[[str], Iterable[str]] = split if is_cluster else lambda sql: (sql,)
        self._plane = plane
        self._lock_timeout = f"{lock_timeout_ms}ms"
        self._open: dict[str, Connection] = {}
        self._units = lru_cache(units)

    def close(self) -> None:
        """Give the connections back as they came."""
        for connection in self._open.values():
            try:
                self._reset(connection)
            except psycopg.Error:
                connection.invalidate()
            connection.close()
        self._open.clear()

    @staticmethod
    def _reset(connection: Connection) -> None:
        driver: Any = connection.connection.driver_connection
        send(driver.pgconn, "RESET ALL")

    def _pgconn(self, name: str = "work") -> pq.abc.PGconn:
        connection = self._open.get(name)
        driver: Any = connection.connection.driver_connection if connection else None
        if connection is not None and driver.closed:
            connection.invalidate()
            connection.close()
            driver = None
        if driver is None:
            try:
                connection = self._open[name] = self._engine.connect()
            except DBAPIError as error:
                raise cast("psycopg.Error", error.orig) from None
            driver = connection.connection.driver_connection
            # Nothing is lost with a commit that the disk has not seen: the revision is in it, and
            # whatever the workspace commits later takes it along. A migrator that was killed
            # leaves no statement running behind it.
            send(
                driver.pgconn,
                f"SET lock_timeout TO '{self._lock_timeout}';"
                f"SET statement_timeout TO '{STATEMENT_TIMEOUT}';"
                "SET synchronous_commit TO off;"
                "SET client_connection_check_interval TO '1s'",
            )
        pgconn: pq.abc.PGconn = driver.pgconn
        return pgconn

    def migrate(self, target: Target) -> Outcome:
        """Bring a workspace to the head; Failed says why it could not be, and nothing is half."""
        for unit in self._units(target.revision):
            is_done = self._outside(target, unit) if unit.is_outside else self._inside(target, unit)
            if not is_done:
                return self._look(target, unit)
        return Outcome.DONE

    def migrate_together(self, targets: Sequence[Target]) -> frozenset[str] | None:
        """Bring workspaces at one revision to the head in one transaction; return which came.

        None when they must go one by one: something is in the way of one of them, or failed, or
        their way has more than one step. Then nothing was done.
        """
        steps = self._units(targets[0].revision)
        if len(steps) > 1 or steps[0].is_outside:
            return None
        (unit,) = steps
        try:
            pgconn = self._pgconn()
            # Nobody shall wait for the twentieth because somebody is at work in the first.
            found = send(
                pgconn,
                f"BEGIN; SET LOCAL lock_timeout TO '{TOGETHER_LOCK_TIMEOUT}';"
                f"{_claim(unit, *targets)}",
            )
            claimed = [(found.get_value(i, 0) or b"").decode() for i in range(found.ntuples)]
            if not claimed:
                send(pgconn, "ROLLBACK")
                return None
            crash_point("migrate.claimed")
            self._send(
                pgconn,
                "\n".join(
                    f"SET LOCAL search_path TO {schema}, pg_temp;\n"
                    f"{self._script(unit)}\n{self._grants(schema, unit)}"
                    for schema in claimed
                )
                + f"\n{_record(unit, *claimed)}",
            )
            crash_point("migrate.applied")
            send(pgconn, "COMMIT")
        except psycopg.Error:
            self._roll_back("work")
            return None
        crash_point("migrate.committed")
        return frozenset(claimed)

    def _send(self, pgconn: pq.abc.PGconn, script: str) -> None:
        for part in self._parts(script):
            send(pgconn, part)

    @staticmethod
    def _script(unit: Unit) -> str:
        return "\n".join(revision.sql for revision in unit.revisions)

    def _inside(self, target: Target, unit: Unit) -> bool:
        """Apply a unit in one transaction; False when the workspace's row is not ours to have."""
        revision = unit.revisions[0].id
        try:
            pgconn = self._pgconn()
            claimed = send(
                pgconn,
                f"BEGIN; SET LOCAL search_path TO {target.schema}, pg_temp; {_claim(unit, target)}",
            )
            if not claimed.ntuples:
                send(pgconn, "ROLLBACK")
                return False
            crash_point("migrate.claimed")
            grants = self._grants(target.schema, unit)
            for step in unit.revisions:
                revision = step.id
                self._send(pgconn, step.sql)
            self._send(pgconn, f"{grants}\n{_record(unit, target.schema)}")
            crash_point("migrate.applied")
            send(pgconn, "COMMIT")
        except psycopg.Error as error:
            self._roll_back("work")
            raise Failed(revision, error) from error
        crash_point("migrate.committed")
        return True

    def _outside(self, target: Target, unit: Unit) -> bool:
        """Build a unit's indexes while another connection keeps the workspace's row."""
        (revision,) = unit.revisions
        try:
            keeper = self._pgconn("keep")
            if not send(keeper, f"BEGIN; {_claim(unit, target)}").ntuples:
                send(keeper, "ROLLBACK")
                return False
            worker = self._pgconn()
            send(worker, f"SET lock_timeout TO '{OUTSIDE_LOCK_TIMEOUT}'")
            send(worker, f"SET search_path TO {target.schema}, pg_temp; SET statement_timeout TO 0")
            for step in revision.outside:
                self._build(worker, target.schema, step)
                crash_point("migrate.built")
            send(keeper, f"{_record(unit, target.schema)}; COMMIT")
        except psycopg.Error as error:
            self._roll_back("keep")
            raise Failed(revision.id, error) from error
        finally:
            self._after_outside()
        return True

    @staticmethod
    def _build(pgconn: pq.abc.PGconn, schema: str, step: Outside) -> None:
        """Build or drop an index, unless that is done; one left half is dropped first."""
        name = f"{schema}.{step.index}"
        valid = send(
            pgconn,
            f"SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('{name}')",  # noqa: S608
        )
        is_there = valid.ntuples == 1
        if step.is_drop:
            if is_there:
                send(pgconn, step.sql)
            return
        if is_there and valid.get_value(0, 0) == b"t":
            return
        if is_there:
            send(pgconn, f"DROP INDEX CONCURRENTLY {name}")
        try:
            send(pgconn, step.sql)
        except psycopg.Error:
            # Half an index slows every write and, if unique, refuses rows.
            if pgconn.status == pq.ConnStatus.OK:
                pgconn.exec_(f"DROP INDEX CONCURRENTLY IF EXISTS {name}".encode())
            raise

    def _after_outside(self) -> None:
        try:
            pgconn = self._pgconn()
            send(
                pgconn,
                f"SET lock_timeout TO '{self._lock_timeout}'; RESET search_path;"
                f"SET statement_timeout TO '{STATEMENT_TIMEOUT}'",
            )
        except psycopg.Error:
            # The connection is gone; the next one begins afresh.
            return

    def _grants(self, schema: str, unit: Unit) -> str:
        created = created_tables(revision.sql for revision in unit.revisions)
        if not created:
            return ""
        return table_grants(
            self._plane.metadata, self._plane.append_only, role=schema, schema=schema, only=created
        )

    def _look(self, target: Target, unit: Unit) -> Outcome:
        """Tell why a workspace's row was not ours: done by another, in other hands, or gone.

        One that stands further on than we thought is migrated from there.
        """
        found = send(
            self._pgconn(),
            "SELECT revision, state FROM cell.workspaces"  # noqa: S608 - names of ours
            f" WHERE workspace = '{target.schema}'",
        )
        if not found.ntuples or found.get_value(0, 1) == b"moving":
            return Outcome.LEFT_OUT
        revision = (found.get_value(0, 0) or b"").decode()
        if revision == unit.before:
            return Outcome.BUSY
        return self.migrate(replace(target, revision=revision))

    def note_failure(self, target: Target, failure: Failed, *, tries: int) -> None:
        """Write a failure down beside the workspace."""
        connection = self._open.get("work")
        if connection is None:
            return
        try:
            with connection.begin():
                connection.execute(
                    _NOTE,
                    {
                        "tries": tries,
                        "error": str(failure),
                        "schema": target.schema,
                        "head": self._units(target.revision)[-1].after,
                    },
                )
        except DBAPIError as error:
            # It is told in the roll-out's own account as well.
            _log.warning("migrate.not_noted", error=type(error.orig).__name__)

    def _roll_back(self, name: str) -> None:
        connection = self._open.get(name)
        driver: Any = connection.connection.driver_connection if connection else None
        if driver is not None and not driver.closed:
            driver.pgconn.exec_(b"ROLLBACK")


# Every name in these is ours: opaque ids and numbers of revisions.
def _record(unit: Unit, *schemas: str) -> str:
    return (
        f"UPDATE cell.workspaces SET revision = '{unit.after}', migrated_at = now(),"  # noqa: S608
        f" attempts = 0, error = NULL WHERE workspace IN ({_listed(schemas)})"
    )


def _claim(unit: Unit, *targets: Target) -> str:
    return (
        "SELECT workspace FROM cell.workspaces"  # noqa: S608
        f" WHERE workspace IN ({_listed(target.schema for target in targets)})"
        f" AND revision = '{unit.before}' AND state <> 'moving' FOR UPDATE SKIP LOCKED"
    )


def _listed(schemas: Iterable[str]) -> str:
    return ", ".join(f"'{schema}'" for schema in schemas)
