"""Put the control plane into the application."""

from flask import Flask

from control.billing import models as _billing
from control.cli import make_commands
from control.console import models as _console
from control.plane import TenantPlane
from control.provisioning import models as _provisioning
from control.signup import models as _signup

MODELS = (_billing, _console, _provisioning, _signup)


def register_control(app: Flask, plane: TenantPlane) -> None:
    """Register the control plane's pages, commands and jobs."""
    for command in make_commands(app, plane):
        app.cli.add_command(command)
