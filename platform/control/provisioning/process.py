"""The provisioner: the only process that holds the migrator's login.

Being the control plane's own process, it also measures workspaces and purges old sign-ups.
"""

import traceback
from collections.abc import Callable, Mapping
from time import monotonic

import structlog
from flask import Flask
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from control.migrating.plan import make_plan
from control.migrating.rollout import roll_out
from control.migrating.services import usual_policy
from control.operations.process import operate_one
from control.plane import TenantPlane
from control.provisioning import pool, services
from control.provisioning.upkeep import do_due
from kit.db import make_engine
from kit.jobs.bell import wait
from kit.settings import get_settings

_log = structlog.get_logger("control.provisioning")
UPKEEP_EVERY = 60.0


def migrator_engines() -> dict[str, Engine]:
    """Return the migrator's engine of each cell."""
    return {
        cell: make_engine(url, name=f"provisioner {cell}")
        for cell, url in get_settings().cell_urls(migrator=True).items()
    }


def provision_one(plane: TenantPlane, engines: dict[str, Engine]) -> bool:
    """Do the next build, if there is one; return whether there was."""
    build = services.take_build()
    if build is None:
        return False
    try:
        services.build_workspace(build, plane=plane, engine=engines[build.workspace.cell])
    except Exception as error:  # noqa: BLE001 - the edge of the process: one build, not all
        frame = traceback.extract_tb(error.__traceback__)[-1]
        services.fail_build(build, error=f"{type(error).__name__} ({frame.name})")
    return True


def fill_pools(plane: TenantPlane, engines: Mapping[str, Engine]) -> bool:
    """Bring each cell's pool to this release and refill it by at most a batch.

    A cell that fails is left for the next time.
    """
    built = 0
    for cell, engine in engines.items():
        try:
            if behind := pool.stale(engine):
                plan = make_plan({cell: engine}, only=behind)
                built += roll_out(plan, plane, {cell: engine}, policy=usual_policy()).done
            built += pool.refill(plane, engine, cell=cell)
        except SQLAlchemyError as error:
            _log.warning("pool.not_filled", cell=cell, error=type(error).__name__)
    return built > 0


def upkeep(engines: Mapping[str, Engine] | None = None) -> None:
    """Do what is due; two provisioners share it."""
    do_due(engines or {})


def run_provisioner(app: Flask, plane: TenantPlane, *, stopped: Callable[[], bool]) -> None:
    """Build what is queued and do what is asked for until told to stop."""
    engines = migrator_engines()
    upkeep_at = monotonic()
    while not stopped():
        busy = False
        with app.app_context():
            try:
                busy = provision_one(plane, engines) or operate_one(plane, engines, stopped=stopped)
                busy = busy or fill_pools(plane, engines)
                if not busy and monotonic() >= upkeep_at:
                    upkeep_at = monotonic() + UPKEEP_EVERY
                    upkeep(engines)
            except Exception as error:  # noqa: BLE001 - control may be down for a moment
                _log.warning("provisioner.failed", error=type(error).__name__)
        if not busy:
            wait("provisioner")
    for engine in engines.values():
        engine.dispose()
