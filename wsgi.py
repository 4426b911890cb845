"""The application: the only file that knows both planes."""

from collections.abc import Collection, Mapping
from pathlib import Path

from flask import Flask

from control.plane import Owner, TenantPlane
from control.register import register_control
from control.workspaces.directory import directory
from kit.app import check_walls, finish, prepare
from kit.db import TenantModel, tenant_metadata, workspace_scope
from kit.db.grants import append_only_tables
from kit.live.server import LiveServer
from kit.processes import settle
from kit.settings import Settings, get_settings
from kit.tenancy import Workspace
from tenants.accounts.dictionary import CARRIER_LABELS
from tenants.accounts.queries import standing_log_ins
from tenants.accounts.seed import is_seeded, seed_accounts
from tenants.accounts.services import way_back
from tenants.billing.usage import read_usage, used, used_in
from tenants.inventory import workspace_facts, workspace_files
from tenants.personal import RULES
from tenants.register import register_tenants
from tenants.settlement.queries.sums import LEDGER_SUMS


def _seed(workspace: Workspace, owner: Owner) -> None:
    seed_accounts(
        company=workspace.name,
        name=owner.name,
        username=owner.username,
        email=owner.email,
        phone=owner.phone,
        password_hash=owner.password_hash,
        language="en" if owner.locale == "en" else "zh",
    )


def tenant_plane() -> TenantPlane:
    """Return the tenant plane as the control plane sees it."""
    return TenantPlane(
        tenant_metadata,
        append_only_tables(TenantModel),
        _seed,
        is_seeded,
        workspace_facts,
        workspace_files,
        sums=LEDGER_SUMS,
        personal=RULES,
        doors=way_back,
        used=used,
        read_usage=read_usage,
        used_in=used_in,
        carriers={carrier.value: label for carrier, label in CARRIER_LABELS.items()},
    )


def serve() -> Flask:
    """Return the application for a web server; it refuses a login that could climb the walls."""
    app = create_app()
    check_walls(app)
    settle()
    return app


def live() -> LiveServer:
    """Return what serves the live updates; it refuses the same log-ins of the database."""
    app = create_app()
    check_walls(app)
    settle()
    return live_server(app)


def live_server(app: Flask) -> LiveServer:
    """Return the live updates of an application."""

    def standing(workspace: Workspace, logins: Collection[str]) -> Mapping[str, str]:
        with workspace_scope(workspace):
            return standing_log_ins(logins)

    return LiveServer(app, directory, standing)


def create_app(settings: Settings | None = None) -> Flask:
    """Return the whole application; Misconfigured says what stops it from starting."""
    chosen = settings or get_settings()
    app = Flask(__name__, root_path=str(Path(__file__).parent), static_folder=None)
    prepare(app, chosen, directory)
    plane = tenant_plane()
    register_control(app, plane)
    register_tenants(app)
    if chosen.is_development:
        from infra.demo.cli import add_command

        add_command(app, plane)
    finish(app)
    return app
