"""The application: the only file that knows both planes."""

from pathlib import Path

from flask import Flask

from control.plane import Owner, TenantPlane
from control.register import register_control
from control.workspaces.directory import directory
from kit.app import check_walls, finish, prepare
from kit.db import TenantModel, tenant_metadata
from kit.db.grants import append_only_tables
from kit.settings import Settings, get_settings
from kit.tenancy import Workspace
from tenants.accounts.seed import is_seeded, seed_accounts
from tenants.register import register_tenants


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
    return TenantPlane(tenant_metadata, append_only_tables(TenantModel), _seed, is_seeded)


def serve() -> Flask:
    """Return the application for a web server; it refuses a login that could climb the walls."""
    app = create_app()
    check_walls(app)
    return app


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
