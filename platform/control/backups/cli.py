"""Commands: take, list, verify and prune backups, stream the log, drill, restore."""

import json
import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import click
import psycopg
from flask import Flask
from flask.cli import AppGroup
from sqlalchemy.exc import DBAPIError

from control.backups import archives, examine, logical_restore, services, storage
from control.backups.drill import run_drill
from control.backups.models import BackupKind
from control.backups.restore import Target, restore_backup
from control.backups.stream import run_stream
from control.plane import TenantPlane
from kit.errors import Refused
from kit.i18n import speaking
from kit.processes import until_told


def _said(work: Callable[[], bool]) -> None:
    """Run a command's work: a refusal is a sentence and exit code 1, a stop cleans up first."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        # Like every other line on a terminal.
        with speaking("en"):
            good = work()
    except Refused as refusal:
        click.echo(str(refusal), err=True)
        good = False
    except (psycopg.Error, DBAPIError) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        click.echo(f"The database refused: {str(cause).strip()}", err=True)
        good = False
    except KeyboardInterrupt:
        click.echo("Stopped; nothing unfinished is left.", err=True)
        good = False
    if not good:
        sys.exit(1)


def _take_by_default() -> None:
    context = click.get_current_context()
    if context.invoked_subcommand is None:
        assert isinstance(context.command, click.Group)
        context.invoke(context.command.commands["take"])


def make_backup_commands(app: Flask, plane: TenantPlane) -> list[click.Command]:
    """Return the commands about backups."""
    backup = AppGroup(
        "backup",
        help="Backups of everything; without a command, make one.",
        invoke_without_command=True,
        callback=_take_by_default,
    )

    @backup.command("take")
    def take() -> None:
        """Make a backup of the control plane, every cell, the uploaded files and the keys."""

        def work() -> bool:
            services.take_backup(plane, say=click.echo)
            return True

        _said(work)

    @backup.command("stream")
    @click.option("--no-backups", is_flag=True, help="Leave whole backups to another process.")
    def stream(*, no_backups: bool) -> None:
        """Carry the log and new files out, and make a backup when one is due, until told to."""
        run_stream(app, stopped=until_told(), backups=not no_backups)

    _add_keeping(backup, plane)
    _add_restoring(app, plane, backup)
    del take, stream
    return [backup, _restore_command(plane)]


def _add_keeping(backup: AppGroup, plane: TenantPlane) -> None:
    @backup.command("list")
    def show() -> None:
        """List the backups there are."""
        for manifest in storage.manifests():
            click.echo(
                f"{manifest.name}  {manifest.kind:8}  {manifest.size:>15,} bytes"
                f"  {manifest.file_count:>7,} files  {', '.join(manifest.places)}"
            )

    @backup.command("verify")
    @click.argument("name", required=False)
    def verify(name: str | None) -> None:
        """Check every byte of a backup, the newest if none is named."""

        def work() -> bool:
            manifest = storage.read(name) if name else storage.newest()
            findings = services.verify_backup(manifest)
            for line in [*findings, *services.gaps(manifest)]:
                click.echo(f"{manifest.name}: {line}")
            if not findings:
                click.echo(f"{manifest.name}: whole and unaltered.")
            return not findings

        _said(work)

    @backup.command("prune")
    def prune() -> None:
        """Delete what is older than the settings allow."""
        _said(lambda: services.prune_backups(say=click.echo) >= 0)

    @backup.command("archives")
    @click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
    def write_archives(folder: Path) -> None:
        """Write an archive of each workspace that has none from today."""
        _said(lambda: archives.write_due(plane, folder, say=click.echo))

    del show, verify, prune, write_archives


def _add_restoring(app: Flask, plane: TenantPlane, backup: AppGroup) -> None:
    @backup.command("drill")
    def drill() -> None:
        """Restore the newest backup elsewhere, start the application on it and compare."""
        _said(lambda: run_drill(plane, say=click.echo).is_good)

    @backup.command("examine", hidden=True)
    @click.argument("schema")
    def look(schema: str) -> None:
        """Say as JSON what a drill wants to know of the restored installation."""
        click.echo(json.dumps(examine.examine(app, plane, schema)))

    del drill, look


def _restore_command(plane: TenantPlane) -> click.Command:
    @click.command("restore")
    @click.argument("name")
    @click.argument("folder", required=False, type=click.Path(path_type=Path))
    @click.option(
        "--to-time",
        type=click.DateTime(["%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S%z"]),
        help="Up to this moment, UTC unless it says otherwise; without it, as far as possible.",
    )
    def restore(name: str, folder: Path | None, to_time: datetime | None) -> None:
        """Restore a backup into an empty folder, or a logical one into an empty database."""

        def work() -> bool:
            if storage.read(name).kind == BackupKind.LOGICAL:
                logical_restore.restore(plane, name, say=click.echo)
                return True
            if folder is None:
                raise click.UsageError("a physical backup is restored into an empty folder")
            moment = to_time.replace(tzinfo=to_time.tzinfo or UTC) if to_time else None
            restore_backup(name, folder.absolute(), Target(time=moment), say=click.echo)
            return True

        _said(work)

    return restore
