"""Commands: migrate, the provisioner, the job processes, the first operator, upkeep."""

import click
from flask import Flask
from flask.cli import AppGroup

from control.archives.cli import add_workspace_commands, archive_commands
from control.console.services import allow_way_back, ensure_operator
from control.migrating.cli import add_migrate
from control.moving.cli import add_move
from control.plane import TenantPlane
from control.provisioning.migrate import migrate_all
from control.provisioning.process import run_provisioner
from control.provisioning.revise import metadata_of, write_revision
from control.signup.services import purge_signups
from control.workspaces.services import measure_sizes
from kit.app import check_walls
from kit.db import make_engine
from kit.errors import Misconfigured
from kit.jobs.process import run_dispatcher
from kit.jobs.registry import QUEUES
from kit.jobs.worker import run_worker
from kit.processes import settle, until_told
from kit.settings import get_settings


def make_commands(app: Flask, plane: TenantPlane) -> list[click.Command]:
    """Return the commands of the control plane."""
    tenants = AppGroup("tenants", help="Workspaces: build and migrate.")
    jobs = AppGroup("jobs", help="Background work.")

    @app.cli.command("migrate")
    def migrate() -> None:
        """Bring control, cells and workspaces to this release."""
        migrate_all(plane, say=click.echo)

    @app.cli.command("revise")
    @click.argument("line", type=click.Choice(["control", "tenants"]))
    @click.argument("title")
    @click.option("--table", "tables", multiple=True, help="Only these tables.")
    def revise(line: str, title: str, tables: tuple[str, ...]) -> None:
        """Write the next revision of a line from the models."""
        path = write_revision(
            line,
            title=title,
            engine=make_engine(get_settings().migrator_url(), name="revise"),
            metadata=metadata_of(line, plane.metadata),
            tables=frozenset(tables) or None,
        )
        click.echo(path.name if path else "The models and the revisions are in step.")

    @tenants.command("provision")
    def provision() -> None:
        """Build workspaces as they are asked for, until told to stop."""
        run_provisioner(app, plane, stopped=until_told())

    @jobs.command("work")
    @click.option("--burst", is_flag=True, help="End when the queues are empty.")
    @click.option(
        "--queue",
        "queues",
        multiple=True,
        type=click.Choice(QUEUES),
        help="Only this queue; again for more, served in this order. Give bulk a process of its "
        "own: a large piece of work keeps whoever has it for long.",
    )
    def work(*, burst: bool, queues: tuple[str, ...]) -> None:
        """Do background work until told to stop."""
        check_walls(app)
        settle()
        run_worker(app, queues=queues, burst=burst)

    @jobs.command("dispatch")
    def dispatch() -> None:
        """Send background work to the queues until told to stop."""
        check_walls(app)
        run_dispatcher(app, stopped=until_told())

    add_migrate(tenants, plane)
    _add_upkeep(app, tenants)
    add_workspace_commands(plane, tenants)
    add_move(tenants)
    del migrate, revise, provision, work, dispatch
    return [tenants, jobs, archive_commands()]


def _add_upkeep(app: Flask, tenants: AppGroup) -> None:
    @app.cli.command("operator")
    def operator() -> None:
        """Make the console's first operator from OPERATOR_EMAIL and OPERATOR_PASSWORD."""
        settings = get_settings()
        if not settings.operator_email or settings.operator_password is None:
            raise Misconfigured("OPERATOR_EMAIL and OPERATOR_PASSWORD are needed by this command.")
        try:
            made = ensure_operator(
                email=settings.operator_email,
                password=settings.operator_password.get_secret_value(),
            )
        except ValueError:
            raise Misconfigured("OPERATOR_EMAIL is not an e-mail address.") from None
        click.echo("The operator was made." if made else "The operator is there already.")

    @app.cli.command("operator-way-back")
    @click.argument("email")
    @click.option("--yes/--no", "allowed", default=True, help="give the right, or take it")
    def operator_way_back(email: str, *, allowed: bool) -> None:
        """Say whether an operator may let locked-out administrators back in."""
        if not allow_way_back(email, allowed=allowed):
            raise click.ClickException(f"There is no operator {email}.")
        click.echo(f"{email} {'may' if allowed else 'may not'} let administrators back in.")

    @tenants.command("measure")
    def measure() -> None:
        """Write down how much room each workspace takes."""
        click.echo(f"{measure_sizes()} workspaces measured.")

    @tenants.command("purge-signups")
    def purge() -> None:
        """Delete sign-ups that expired more than a week ago."""
        click.echo(f"{purge_signups()} sign-ups deleted.")

    del operator, operator_way_back, measure, purge
