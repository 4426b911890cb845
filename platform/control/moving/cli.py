"""The command that moves a workspace and waits for the end."""

import time

import click
from flask.cli import AppGroup

from control.moving import services
from control.moving.plan import METHODS, REPLICATION
from control.operations.models import OPEN, Operation
from control.workspaces.queries import find_by_address
from kit import audit
from kit.db import control_session
from kit.errors import Refused

_CLI = audit.System("command line")


def add_move(tenants: AppGroup) -> None:
    """Add `flask tenants move` to the commands on workspaces."""

    @tenants.command("move")
    @click.argument("workspace")
    @click.argument("cell")
    @click.option("--by", "method", type=click.Choice(METHODS), default=REPLICATION)
    @click.option("--wait/--no-wait", default=True, help="Stay until it has ended.")
    def move(workspace: str, cell: str, method: str, *, wait: bool) -> None:
        """Move the workspace at an address to a cell; the provisioner does it."""
        found = find_by_address(workspace)
        if found is None:
            raise click.ClickException(f"There is no workspace at {workspace}.")
        try:
            asked = services.ask_move(found, target=cell, method=method, by=_CLI)
        except Refused as refusal:
            raise click.ClickException(str(refusal)) from None
        if not wait:
            click.echo("The provisioner has been asked.")
            return
        ended = _watch(asked.id)
        if ended.state != "done":
            raise click.ClickException(f"{ended.state}: {ended.error or ''}")
        click.echo(f"{workspace} is in {cell}.")

    del move


def _watch(operation_id: int) -> Operation:
    """Say each step as it begins, until the end."""
    said = ""
    while True:
        # Ended between two looks, so that each sees what is new.
        control_session().rollback()
        now = control_session().get_one(Operation, operation_id, populate_existing=True)
        if now.step != said:
            said = now.step
            click.echo(f"  {said} …")
        if now.state not in OPEN:
            return now
        time.sleep(0.3)
