"""Commands of archives: open one, restore, clone, drill."""

import io
import sys
import zipfile
from pathlib import Path
from random import SystemRandom
from time import sleep

import click
from flask.cli import AppGroup
from sqlalchemy import Engine, select

from control.archives import container, operations, services
from control.archives.drill import Report, drill
from control.archives.writing import MANIFEST
from control.operations.models import OPEN, Operation, OperationState
from control.operations.process import operate_one
from control.plane import TenantPlane
from control.workspaces.models import Workspace, WorkspaceState
from kit import audit
from kit.db import control_session, make_engine
from kit.errors import Refused
from kit.settings import get_settings

COMMAND = audit.System("command line")
_PAUSE = 0.5


def archive_commands() -> AppGroup:
    """Return the commands for whoever holds an archive."""
    group = AppGroup("archive", help="Archives of workspaces.")

    @group.command("open")
    @click.argument("archive", type=click.Path(exists=True, dir_okay=False, path_type=Path))
    @click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
    @click.password_option("--passphrase", confirmation_prompt=False)
    def open_one(archive: Path, folder: Path, passphrase: str) -> None:
        """Decrypt ARCHIVE into FOLDER, which must be empty or new."""
        if folder.exists() and any(folder.iterdir()):
            raise click.ClickException("The folder is not empty.")
        try:
            count = open_into(archive, folder, passphrase)
        except container.BadArchive as error:
            raise click.ClickException(f"The archive was not opened: {error}.") from None
        click.echo(f"{count} files are in {folder}.")

    del open_one
    return group


def open_into(archive: Path, folder: Path, passphrase: str) -> int:
    """Decrypt an archive into a folder; return how many files. BadArchive if it is not whole."""
    with archive.open("rb") as stream:
        master = container.read_header(stream).master(passphrase)
        reader = container.Reader(stream, master)
        reader.check()
        try:
            with zipfile.ZipFile(io.BufferedReader(reader)) as package:
                names = package.namelist()
                if MANIFEST not in names or any(
                    name.startswith("/") or ".." in Path(name).parts or "\\" in name
                    for name in names
                ):
                    raise container.BadArchive("it holds names that lead elsewhere")
                package.extractall(folder)
        except zipfile.BadZipFile as error:
            raise container.BadArchive(str(error)) from None
    return len(names)


def add_workspace_commands(plane: TenantPlane, tenants: AppGroup) -> None:
    """Add restoring, cloning and drilling to the commands on workspaces."""

    @tenants.command("restore")
    @click.argument("archive", type=click.Path(exists=True, dir_okay=False, path_type=Path))
    @click.option("--address", required=True, help="First label of the new workspace's host.")
    @click.option("--name", default="", help="Its name; the archive's when left out.")
    @click.option("--cell", default="", help="The cell; the one with most room when left out.")
    @click.password_option("--passphrase", confirmation_prompt=False)
    def restore(archive: Path, address: str, name: str, cell: str, passphrase: str) -> None:
        """Restore ARCHIVE as a new workspace."""
        try:
            with archive.open("rb") as stream:
                brought = services.bring(
                    stream, file_name=archive.name, passphrase=passphrase, by=COMMAND
                )
            try:
                asked = operations.ask_restore(
                    brought, plane, address=address, name=name, cell=cell, by=COMMAND
                )
            except Refused:
                services.remove(brought)
                raise
        except Refused as refusal:
            raise click.ClickException(str(refusal)) from None
        _finish(plane, asked)

    @tenants.command("clone")
    @click.argument("workspace")
    @click.option("--address", required=True, help="First label of the sandbox's host.")
    @click.option("--cell", default="", help="The cell; the one with most room when left out.")
    def clone(workspace: str, address: str, cell: str) -> None:
        """Make a sandbox of WORKSPACE (its address), with made-up people."""
        try:
            asked = operations.ask_clone(_found(workspace), address=address, cell=cell, by=COMMAND)
        except Refused as refusal:
            raise click.ClickException(str(refusal)) from None
        _finish(plane, asked)

    @tenants.command("drill")
    @click.argument("workspace", required=False)
    def drill_one(workspace: str | None) -> None:
        """Export, restore and compare WORKSPACE (its address); one at random when left out."""
        chosen = _found(workspace) if workspace else _any()
        engine = make_engine(get_settings().cell_urls(migrator=True)[chosen.cell], name="drill")
        try:
            report = drill(chosen, plane, engine)
        except Refused as refusal:
            raise click.ClickException(str(refusal)) from None
        finally:
            engine.dispose()
        _print(report)
        if report.differences:
            sys.exit(1)

    del restore, clone, drill_one


def _found(address: str) -> Workspace:
    found = (
        control_session()
        .scalars(
            select(Workspace).where(
                (Workspace.address == address) | (Workspace.public_id == address)
            )
        )
        .one_or_none()
    )
    if found is None:
        raise click.ClickException(f"There is no workspace {address}.")
    return found


def _any() -> Workspace:
    living = (
        control_session()
        .scalars(
            select(Workspace).where(
                Workspace.state.not_in([WorkspaceState.PROVISIONING, WorkspaceState.CLOSED])
            )
        )
        .all()
    )
    if not living:
        raise click.ClickException("There is no workspace.")
    return SystemRandom().choice(living)


def _finish(plane: TenantPlane, asked: Operation) -> None:
    """Do an operation here, or wait for the provisioner that has taken it already."""
    engines: dict[str, Engine] = {
        cell: make_engine(url, name=f"command {cell}")
        for cell, url in get_settings().cell_urls(migrator=True).items()
    }
    public_id = asked.public_id
    try:
        while True:
            control_session().rollback()
            control_session().expire_all()
            current = (
                control_session()
                .scalars(select(Operation).where(Operation.public_id == public_id))
                .one()
            )
            if current.state not in OPEN:
                break
            if not operate_one(plane, engines):
                sleep(_PAUSE)
    finally:
        for engine in engines.values():
            engine.dispose()
    if current.state != OperationState.DONE:
        raise click.ClickException(current.error or current.state)
    target = current.workspace
    assert target is not None
    click.echo(f"{target.name} is at {target.address}: {current.result['rows']} rows.")


def _print(report: Report) -> None:
    took = ", ".join(f"{name} {seconds:.2f} s" for name, seconds in report.seconds.items())
    click.echo(f"Drill of {report.workspace}, revision {report.revision}")
    click.echo(f"  archive {report.size / 1024:.0f} KB, {report.rows} rows; {took}")
    for one in report.compared:
        mark = "equal    " if one.is_equal else "DIFFERENT"
        value = one.original if one.is_equal else f"{one.original} / {one.copy}"
        click.echo(f"  {mark}  {one.name:<40} {value if len(value) < 80 else value[:16] + '…'}")
    wrong = len(report.differences)
    click.echo(f"{len(report.compared)} things compared, {wrong} different.")
