"""Put the control plane into the application."""

from flask import Flask

from control.archives import jobs as _archive_jobs
from control.archives import models as _archives
from control.archives import operations as _archive_operations
from control.archives.views import blueprints as _archive_pages
from control.backups import models as _backups
from control.backups.cli import make_backup_commands
from control.billing import jobs as _billing_jobs
from control.billing import models as _billing
from control.billing.fapiao import jobs as _fapiao_jobs
from control.billing.online import inbox as _inbox
from control.billing.online import reconciling as _reconciling
from control.billing.online import taxes as _taxes
from control.billing.usage import jobs as _usage_jobs
from control.billing.views import blueprints as _billing_pages
from control.cells import models as _cells
from control.cli import make_commands
from control.closing import deleting as _deleting
from control.closing import jobs as _closing_jobs
from control.closing import models as _closing
from control.console import models as _console
from control.console.views import blueprints as _console_pages
from control.domains.views import blueprints as _domain_pages
from control.health.views import blueprints as _health_pages
from control.health.views import init_health
from control.migrating import models as _migrating
from control.migrating import operations as _migrating_operations
from control.moving import operation as _moving
from control.operations import models as _operations
from control.plane import TenantPlane, keep_plane
from control.provisioning import models as _provisioning
from control.signup import models as _signup
from control.signup.views import blueprints as _site_pages
from control.support import jobs as _support_jobs
from control.support import models as _support
from control.verification import jobs as _verification_jobs
from control.verification import models as _verification
from control.workspaces.views import init_workspaces
from kit.files.cli import make_file_commands

# Imported so that their jobs and operations are known.
WORK = (
    _archive_jobs,
    _archive_operations,
    _billing_jobs,
    _fapiao_jobs,
    _inbox,
    _reconciling,
    _taxes,
    _closing_jobs,
    _deleting,
    _migrating_operations,
    _moving,
    _support_jobs,
    _usage_jobs,
    _verification_jobs,
)
MODELS = (
    _archives,
    _backups,
    _billing,
    _cells,
    _closing,
    _console,
    _migrating,
    _operations,
    _provisioning,
    _signup,
    _support,
    _verification,
)
BLUEPRINTS = (
    *_archive_pages,
    *_billing_pages,
    *_site_pages,
    *_domain_pages,
    *_console_pages,
    *_health_pages,
)


def register_control(app: Flask, plane: TenantPlane) -> None:
    """Register the control plane's pages, commands and jobs."""
    keep_plane(app, plane)
    for command in [*make_commands(app, plane), *make_backup_commands(app, plane)]:
        app.cli.add_command(command)
    app.cli.add_command(make_file_commands())
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    init_workspaces(app)
    init_health(app)
