"""Commands: bring files from a disk into the store that the settings name."""

from pathlib import Path

import click
from flask.cli import AppGroup

from kit.files.disk import Disk
from kit.files.store import carry, chosen


def make_file_commands() -> AppGroup:
    """Return `flask files carry`."""
    group = AppGroup("files", help="Where files of workspaces lie.")

    @group.command("carry")
    @click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
    def carry_files(folder: Path) -> None:
        """Copy the files below FOLDER, a DATA_DIR, into the store that FILES_URL names.

        Those already there stay as they are, so it can be repeated: once while people work, once
        more after FILES_URL was changed.
        """
        chosen().refuse_unusable()
        copied, there = carry(Disk(folder), chosen())
        click.echo(f"{copied} files copied, {there} were there already.")

    del carry_files
    return group
