"""Watches the application's processes and its servers until it is told to stop.

Everything happens in one thread: what a process prints is shown under its name, one
that ends is started again, later each time it does so quickly, and a signal stops all
of it in order.
"""

import contextlib
import math
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from infra.local.embedded import EmbeddedServer
from infra.local.guardian import GUARDIAN
from infra.local.places import ROOT, say

LONGEST_PAUSE = 30.0
# One that ran this long was healthy: its next end is a new story.
HEALTHY_AFTER = 60.0
LONGEST_LINE = 100_000
WIDTH = 12


@dataclass(frozen=True)
class Program:
    """What to run, and when to stop it: programs of a lower stage stop before the others."""

    name: str
    command: Sequence[str | Path]
    environment: Mapping[str, str]
    stage: int = 0
    once: bool = False
    """Runs to its end and is not started again."""


class Child:
    """One program, from its first start to its last end."""

    def __init__(self, program: Program) -> None:
        """Promise nothing yet; start() runs it."""
        self.program = program
        self.process: subprocess.Popen[bytes] | None = None
        self.started = 0.0
        self.due = 0.0
        self._failures = 0
        self._unfinished = b""

    def start(self) -> None:
        """Run the program; its output waits in a pipe until pump() shows it."""
        self.process = GUARDIAN.spawn(
            self.program.command,
            environment=self.program.environment,
            output=subprocess.PIPE,
            folder=ROOT,
        )
        assert self.process.stdout is not None
        os.set_blocking(self.process.stdout.fileno(), False)
        self.started = time.monotonic()

    def pump(self) -> bool:
        """Show what the program printed since; say whether it may print more."""
        assert self.process is not None
        assert self.process.stdout is not None
        while True:
            try:
                chunk = os.read(self.process.stdout.fileno(), 65536)
            except BlockingIOError:
                return True
            *lines, self._unfinished = (self._unfinished + chunk).split(b"\n")
            if len(self._unfinished) > LONGEST_LINE or (not chunk and self._unfinished):
                lines.append(self._unfinished)
                self._unfinished = b""
            for line in lines:
                show(self.program.name, line.decode(errors="replace"))
            if not chunk:
                return False

    def bury(self, *, now: float) -> None:
        """Clear away a process that ended, and say when the next one is due."""
        code = self.end()
        if self.program.once:
            self.due = math.inf
            say(f"{self.program.name} {ending(code) if code else 'has finished'}.")
            return
        self._failures = 1 if now - self.started > HEALTHY_AFTER else self._failures + 1
        pause = min(2.0 ** (self._failures - 1), LONGEST_PAUSE)
        self.due = now + pause
        say(f"{self.program.name} {ending(code)}; it starts again in {pause:.0f} s.")

    def end(self) -> int:
        """Kill what is left of the process, show its last words and answer its code."""
        assert self.process is not None
        assert self.process.stdout is not None
        GUARDIAN.finish(self.process)
        self.pump()
        self.process.stdout.close()
        code, self.process = self.process.returncode, None
        return code


class Supervisor:
    """Runs programs beside servers that run already, until a signal comes."""

    def __init__(
        self,
        programs: Sequence[Program],
        servers: Sequence[EmbeddedServer] = (),
        *,
        is_ready: Callable[[], bool] = lambda: True,
        announce: Callable[[], None] = lambda: None,
        budget: float = 10.0,
    ) -> None:
        """Call `announce` once, when `is_ready`; let stopping take `budget` seconds at most."""
        self._children = [Child(program) for program in programs]
        self._servers = servers
        self._is_ready = is_ready
        self._announce: Callable[[], None] | None = announce
        self._budget = budget
        self._signals = 0
        self._selector = selectors.DefaultSelector()

    def run(self) -> None:
        """Run everything until SIGINT, SIGTERM or SIGHUP, then stop it in order."""
        watched = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        before = {number: signal.signal(number, self._on_signal) for number in watched}
        try:
            for child in self._children:
                self._start(child)
            while not self._signals:
                self._look_after()
        finally:
            self._stop()
            self._selector.close()
            for number, handler in before.items():
                signal.signal(number, handler)

    def _on_signal(self, _number: int, _frame: object) -> None:
        self._signals += 1

    def _start(self, child: Child) -> None:
        child.start()
        assert child.process is not None
        self._selector.register(child.process.stdout or -1, selectors.EVENT_READ, child)

    def _look_after(self) -> None:
        self._show_output(seconds=0.2)
        now = time.monotonic()
        for child in self._children:
            if child.process is None:
                if now >= child.due:
                    self._start(child)
            elif child.process.poll() is not None:
                self._forget_output(child)
                child.bury(now=now)
        for server in self._servers:
            if not server.is_running() and not self._signals:
                say(f"{server.title} ended by itself; starting it again.")
                server.start()
        if self._announce is not None and self._is_ready():
            self._announce()
            self._announce = None

    def _show_output(self, *, seconds: float) -> None:
        for key, _ in self._selector.select(seconds):
            child: Child = key.data
            if not child.pump():
                self._forget_output(child)

    def _forget_output(self, child: Child) -> None:
        assert child.process is not None
        with contextlib.suppress(KeyError, ValueError):
            self._selector.unregister(child.process.stdout or -1)

    def _stop(self) -> None:
        deadline = time.monotonic() + self._budget
        say("Stopping …")
        impatience = self._signals + 1
        stages = sorted({child.program.stage for child in self._children})
        for stage in stages:
            running = [
                child
                for child in self._children
                if child.program.stage == stage and child.process is not None
            ]
            self._stop_together(
                running, seconds=self._budget / max(4, len(stages) + 1), impatience=impatience
            )
        for server in reversed(self._servers):
            server.stop(patience=max(1.0, (deadline - time.monotonic()) / 2))
        say("Everything is stopped.")

    def _stop_together(self, running: list[Child], *, seconds: float, impatience: int) -> None:
        for child in running:
            if child.process is not None:
                child.process.terminate()
        deadline = time.monotonic() + seconds
        while any(child.process and child.process.poll() is None for child in running):
            # A second Ctrl-C means now.
            if time.monotonic() > deadline or self._signals >= impatience:
                break
            self._show_output(seconds=0.05)
        for child in running:
            assert child.process is not None
            if child.process.poll() is None:
                say(f"{child.program.name} did not stop in time and was killed.")
            self._forget_output(child)
            child.end()


def run_step(
    name: str, command: Sequence[str | Path], environment: Mapping[str, str]
) -> tuple[int, list[str]]:
    """Run a command to its end, showing its output under its name; answer code and lines."""
    process = GUARDIAN.spawn(command, environment=environment, output=subprocess.PIPE, folder=ROOT)
    lines = []
    try:
        for line in process.stdout or ():
            lines.append(line.decode(errors="replace").rstrip())
            show(name, lines[-1])
        return process.wait(), lines
    finally:
        GUARDIAN.finish(process)
        if process.stdout is not None:
            process.stdout.close()


def show(name: str, line: str) -> None:
    """Show one line of a process under its name."""
    say(f"{name:<{WIDTH}}| {line}")


def ending(code: int) -> str:
    """Put into words how a process ended."""
    if code < 0:
        return f"was ended by {signal.Signals(-code).name}"
    return f"ended with code {code}"
