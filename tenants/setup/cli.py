"""`flask audit seal` and `flask audit verify`: the log of one workspace, or of all."""

import sys
from collections.abc import Iterator

import click
from flask import Flask
from flask.cli import AppGroup

from control.workspaces.directory import directory
from control.workspaces.queries import live_addresses
from kit import seals
from kit.db import workspace_scope
from kit.tenancy import Condition, Workspace

_WORDS = {
    "altered": "changed since it was sealed",
    "missing": "sealed, and gone",
    "inserted": "older than the seals, and in none",
    "broken": "seals that do not fit the one before or their own digest",
}


def add_audit_commands(app: Flask) -> None:
    """Add the commands to the application's."""
    group = AppGroup("audit", help="The sealed log of what people did.")

    @group.command("seal")
    @click.argument("workspace", required=False)
    def seal(workspace: str | None) -> None:
        """Seal the log of WORKSPACE (the first label of its host), or of all, now."""
        for one in _chosen(workspace):
            with workspace_scope(one):
                click.echo(f"{one.host}: {seals.seal()} rows sealed.")

    @group.command("verify")
    @click.argument("workspace", required=False)
    def verify(workspace: str | None) -> None:
        """Compare the log of WORKSPACE, or of all, with its seals; the exit code is 1 if one lies.

        It names the rows that are not proven yet, and those that were altered, removed or slipped
        in, by the number of the row.
        """
        is_whole = True
        for one in _chosen(workspace):
            with workspace_scope(one):
                report = seals.verify()
            is_whole = is_whole and report.is_whole
            for line in describe(one.host, report):
                click.echo(line)
        if not is_whole:
            sys.exit(1)

    app.cli.add_command(group)
    del seal, verify


def describe(host: str, report: seals.Report) -> Iterator[str]:
    """Yield what a report says, line by line."""
    if report.sealed is None:
        yield f"{host}: not sealed yet, {report.waiting.count} rows wait."
        return
    verdict = "whole" if report.is_whole else "NOT WHOLE"
    yield (
        f"{host}: {verdict}, {report.proven} rows proven up to seal {report.sealed.number}"
        f" ({report.sealed.at:%Y-%m-%d %H:%M} UTC), head {report.sealed.head}."
    )
    if report.waiting.count:
        yield f"  {report.waiting.count} rows not proven yet: {_named(report.waiting)}"
    for name, words in _WORDS.items():
        found: seals.Findings = getattr(report, name)
        if found.count:
            yield f"  {found.count} {words}: {_named(found)}"


def _named(found: seals.Findings) -> str:
    more = ", …" if found.count > len(found.ids) else ""
    return ", ".join(map(str, found.ids)) + more


def _chosen(address: str | None) -> Iterator[Workspace]:
    for one in [address] if address else live_addresses():
        found = directory.by_address(one)
        if found is None or found.condition != Condition.READY:
            if address:
                raise click.ClickException(f"There is no workspace {one} that can be read now.")
            continue
        yield found
