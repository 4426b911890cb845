"""`flask tenants migrate`: roll the workspaces out to this release."""

from collections.abc import Callable

import click
from flask.cli import AppGroup
from sqlalchemy import Engine

from control.migrating import queries
from control.migrating.plan import RingName, make_plan
from control.migrating.report import Progress, conclude, describe, leave_out
from control.migrating.rollout import Account
from control.migrating.services import MIGRATOR, carry_out, usual_policy
from control.plane import TenantPlane
from kit.db import make_engine
from kit.settings import get_settings


class Stopped(click.ClickException):
    """Not every workspace could be migrated; the exit code tells it from a wrong command."""

    exit_code = 3


def rollout_engines(threads: int) -> dict[str, Engine]:
    """Return the migrator's engine of each cell, with two connections for each thread."""
    return {
        cell: make_engine(url, name=f"migrate {cell}", pool_size=2 * threads, overflow=2)
        for cell, url in get_settings().cell_urls(migrator=True).items()
    }


def migrate_tenants(
    plane: TenantPlane,
    *,
    say: Callable[[str], None],
    only: tuple[str, ...] = (),
    budget: str | None = None,
    threads: int | None = None,
    is_dry: bool = False,
) -> None:
    """Roll the workspaces out, saying what is done; Stopped when some were not reached.

    When nothing is behind it is one query for each cell and needs no application context.
    """
    try:
        policy = usual_policy(budget, threads)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--budget") from None
    engines = rollout_engines(policy.threads)
    try:
        plan = make_plan(engines, canaries=_canaries, only=_named(only))
        if is_dry:
            describe(plan, say)
            return
        leave_out(plan, say)
        if plan.total:
            progress = Progress(say)
            account = carry_out(plan, plane, engines, policy=policy, by=MIGRATOR, also=progress)
            progress.end()
            conclude(plan, account, say)
            _stop_if_stopped(account, allowed=policy.budget.of(plan.total))
        if plan.unreachable:
            raise Stopped("Not every cell answered; run this again when they do.")
    finally:
        for engine in engines.values():
            engine.dispose()


def _stop_if_stopped(account: Account, *, allowed: int) -> None:
    if not account.is_stopped:
        return
    if account.ring == RingName.CANARIES:
        raise Stopped("A canary failed; the other workspaces were not touched.")
    raise Stopped(
        f"More workspaces failed than the budget of {allowed} allows; the rest were not touched. "
        "Run this again when the reason is gone: what is done stays done."
    )


def _named(words: tuple[str, ...]) -> frozenset[str] | None:
    if not words:
        return None
    known = queries.schemas_named(words)
    strange = [word for word in words if word not in known]
    if strange:
        raise click.BadParameter(f"no workspace {', '.join(strange)}", param_hint="--only")
    return frozenset(known.values())


def _canaries() -> frozenset[str]:
    words = [word.strip() for word in get_settings().canaries.split(",") if word.strip()]
    # One that is gone since the setting was written stops no roll-out.
    return frozenset(queries.schemas_named(words).values()) if words else frozenset()


def add_migrate(tenants: AppGroup, plane: TenantPlane) -> None:
    """Add the command `migrate` to the group."""

    @tenants.command("migrate")
    @click.option("--only", multiple=True, help="Only this workspace: its address or opaque id.")
    @click.option("--budget", help="How many may fail before it stops: 5, or 1%.")
    @click.option("--threads", type=click.IntRange(1, 64), help="Connections for each cell.")
    @click.option("--dry-run", "is_dry", is_flag=True, help="Say what would be done, do nothing.")
    def migrate(
        *, only: tuple[str, ...], budget: str | None, threads: int | None, is_dry: bool
    ) -> None:
        """Bring the workspaces to this release, canaries first.

        Ends with 0 when all are there but those the budget allows to fail, with 3 when it stopped
        or could not reach some. It may be killed and run again at any moment.
        """
        migrate_tenants(
            plane, say=click.echo, only=only, budget=budget, threads=threads, is_dry=is_dry
        )

    del migrate
