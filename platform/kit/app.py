"""What every application of ours does before and after its planes register themselves."""

from typing import Any, Protocol

from flask import Flask
from sqlalchemy import Engine
from werkzeug.middleware.proxy_fix import ProxyFix

from kit import clock
from kit.db import database
from kit.db.walls import check
from kit.i18n import init_i18n
from kit.jobs.worker import Directory as JobDirectory
from kit.jobs.worker import init_jobs
from kit.logs import init_logs
from kit.security.fairness import init_fairness
from kit.security.gate import check_routes, init_gate
from kit.settings import Settings
from kit.tenancy import Workspace
from kit.web import init_web


class Directory(JobDirectory, Protocol):
    """Finds workspaces for pages and for jobs."""

    def by_address(self, address: str) -> Workspace | None:
        """Return the workspace at the first label of a host, or None."""


def prepare(app: Flask, settings: Settings, directory: Directory) -> None:
    """Configure an application and give it database, languages, gate, jobs and pages."""
    app.config.update(
        SECRET_KEY=settings.secret_key.get_secret_value(),
        MAX_CONTENT_LENGTH=64 * 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=2 * 1024 * 1024,
        SESSION_COOKIE_NAME="simtree",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=not settings.is_development,
        WTF_CSRF_TIME_LIMIT=12 * 3_600,
        TESTING=settings.environment == "test",
    )
    if settings.live_port is not None:
        domain = settings.base_domain.partition(":")[0]
        app.config["CSP_EXTRA"] = {"connect-src": [f"*.{domain}:{settings.live_port}"]}
    init_logs(settings)
    clock.follow(settings.clock_file)
    if settings.trusted_proxies:
        count = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=0)  # type: ignore[method-assign]
    database.init_app(app, settings)
    init_i18n(app)
    init_fairness(app, settings)
    init_gate(app, directory)
    init_jobs(app, directory)
    init_web(app)


def finish(app: Flask) -> None:
    """Check what only the whole application can show."""
    check_routes(app)


def check_walls(app: Flask) -> None:
    """Refuse to serve from a database login that could climb over the walls."""
    with app.app_context():
        engines: dict[Any, Engine] = dict(database.engines)
        for engine in engines.values():
            with engine.connect() as connection:
                check(connection)
