"""What a roll-out says on a terminal, and in a log where there is none."""

import sys
from collections.abc import Callable, Mapping
from time import monotonic

import click

from control.migrating.plan import Plan, RingName
from control.migrating.rollout import Account

_WIDTH = 30
_SHOWN = 10
RINGS: Mapping[RingName, str] = {
    RingName.CANARIES: "canaries",
    RingName.PERCENT: "1 %",
    RingName.REST: "the rest",
    RingName.NAMED: "those named",
}


class Progress:
    """A bar on a terminal; elsewhere a line for each ring, each tenth and every ten seconds."""

    def __init__(self, say: Callable[[str], None] = click.echo) -> None:
        self._say = say
        self._is_terminal = sys.stdout.isatty()
        self._last: tuple[RingName | None, int] = (None, -1)
        self._at = 0.0
        self._begun = monotonic()

    def __call__(self, account: Account) -> None:
        """Show how far it is."""
        if self._is_terminal:
            self._draw(account)
            return
        tenth = account.seen * 10 // max(account.total, 1)
        if (account.ring, tenth) == self._last and monotonic() - self._at < 10:
            return
        self._last = (account.ring, tenth)
        self._at = monotonic()
        ring = RINGS[account.ring] if account.ring else ""
        self._say(f"{ring}: {account.seen} of {account.total}, {len(account.failed)} failed")

    def _draw(self, account: Account) -> None:
        if account.seen < account.total and monotonic() - self._at < 0.1:
            return
        self._at = monotonic()
        share = account.seen / max(account.total, 1)
        full = round(share * _WIDTH)
        rate = account.seen / max(monotonic() - self._begun, 0.001)
        left = (account.total - account.seen) / rate if rate else 0.0
        ring = RINGS[account.ring] if account.ring else ""
        sys.stdout.write(
            f"\r\x1b[K{'█' * full}{'·' * (_WIDTH - full)} {account.seen}/{account.total} "
            f"{ring}, {len(account.failed)} failed, {rate:.0f}/s, {left:.0f} s left"
        )
        sys.stdout.flush()

    def end(self) -> None:
        """Leave the bar's line."""
        if self._is_terminal:
            sys.stdout.write("\n")


def describe(plan: Plan, say: Callable[[str], None]) -> None:
    """Say what a roll-out would do: revisions, their SQL, rings."""
    for revision in plan.pending():
        how = " (outside a transaction)" if revision.outside else ""
        say(f"-- {revision.id} {revision.title}{how}")
        say("\n".join(step.sql for step in revision.outside) or revision.sql)
        say("")
    for ring in plan.rings:
        cells: dict[str, int] = {}
        for target in ring.targets:
            cells[target.cell] = cells.get(target.cell, 0) + 1
        where = ", ".join(f"{number} in {cell}" for cell, number in sorted(cells.items()))
        say(f"{RINGS[ring.name]}: {where}")
    leave_out(plan, say)
    if not plan.total:
        say(f"Every workspace is at {plan.head} already.")


def leave_out(plan: Plan, say: Callable[[str], None]) -> None:
    """Say which workspaces a roll-out does not touch, and why."""
    for target in plan.moving:
        say(f"{target.schema} is being moved and was left out.")
    for target in plan.unknown:
        say(f"{target.schema} is at {target.revision}, which this release does not know: left out.")
    for cell in plan.unreachable:
        say(f"The cell {cell} does not answer; its workspaces were left out.")


def conclude(plan: Plan, account: Account, say: Callable[[str], None]) -> None:
    """Say how a roll-out ended, with the errors of the first that failed."""
    for schema, error in list(account.failed.items())[:_SHOWN]:
        say(f"{schema} failed at {error}")
    if len(account.failed) > _SHOWN:
        say(f"… and {len(account.failed) - _SHOWN} more; the console shows them all.")
    for schema in account.left_out:
        say(f"{schema} is being moved or is gone and was left out.")
    for schema in account.busy:
        say(f"{schema} is in the hands of another migrator.")
    say(
        f"{account.done} of {account.total} workspaces are at {plan.head}, "
        f"{len(account.failed)} failed."
    )
