"""The dispatcher's process: grants wishes, sends, sweeps and looks at the clock, place by place."""

from collections.abc import Callable
from time import monotonic
from zoneinfo import ZoneInfo

import redis
import structlog
from flask import Flask

from kit.jobs import registry
from kit.jobs.bell import wait
from kit.jobs.dispatcher import Memory, dispatch
from kit.jobs.following import sweep_waiting
from kit.jobs.queues import has_forgotten
from kit.jobs.scheduling import USUAL_ZONE, Zones, make_scheduled
from kit.jobs.sweeper import expire, resend_all, sweep
from kit.jobs.tables import Place
from kit.jobs.wishes import grant
from kit.jobs.worker import directory_of
from kit.settings import get_settings

_log = structlog.get_logger("kit.jobs")
_CARE_EVERY = 2.0
_LISTEN = 0.5


class Dispatcher:
    """What one process does for all places, round after round."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._places = [Place(None), *(Place(cell) for cell in get_settings().cell_urls())]
        self._memory = {place: Memory() for place in self._places}
        self._cared = float("-inf")

    def round(self) -> int:
        """Do one round; return how much was sent."""
        cares = monotonic() - self._cared >= _CARE_EVERY
        if cares:
            self._cared = monotonic()
        with self._app.app_context():
            forgot = self._redis_forgot()
            sent = 0
            for place in self._places:
                try:
                    if forgot:
                        resend_all(place)
                    grant(place)
                    if cares:
                        self._care(place)
                    if forgot is not None:
                        sent += dispatch(place, self._memory[place])
                except Exception as error:  # noqa: BLE001 - one cell down must not stop the others
                    _log.warning("dispatch.failed", cell=place.cell, error=type(error).__name__)
            return sent

    @staticmethod
    def _redis_forgot() -> bool | None:
        """Tell whether Redis lost what it was given; None when it does not answer at all."""
        try:
            forgot = has_forgotten()
        except redis.RedisError as error:
            _log.warning("dispatch.no_redis", error=type(error).__name__)
            return None
        if forgot:
            _log.warning("dispatch.redis_is_new")
        return forgot

    def _care(self, place: Place) -> None:
        expire(place)
        sweep(place)
        sweep_waiting(place)
        if place.cell is not None:
            make_scheduled(place.cell, registry.schedules(), zones_of(self._app))


def zones_of(app: Flask) -> Zones:
    """Return what tells a workspace's time zone."""

    def zone(schema: str) -> ZoneInfo:
        found = directory_of(app).by_schema(schema)
        return ZoneInfo(found.timezone) if found else USUAL_ZONE

    return zone


def run_dispatcher(app: Flask, *, stopped: Callable[[], bool]) -> None:
    """Dispatch, sweep and write scheduled work until told to stop."""
    dispatcher = Dispatcher(app)
    while not stopped():
        if not dispatcher.round():
            wait(seconds=_LISTEN)
