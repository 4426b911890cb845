"""What every embedded server shares: one owner per data folder, and a guarded life."""

import fcntl
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, ClassVar

from infra.local.guardian import GUARDIAN
from infra.local.places import free_port, say


class EmbeddedServer:
    """A server as a child process, from start() to stop()."""

    title: ClassVar[str]
    usual_port: ClassVar[int]
    # The signal that makes it write everything to disk and end without waiting for clients.
    polite: ClassVar[signal.Signals]

    def __init__(self, data: Path, *, fast: bool = False) -> None:
        """Promise nothing yet; `fast` gives up what protects data from a crash, for tests."""
        self.data = data.absolute()
        self.log = self.data.with_name(f"{self.data.name}.log")
        self.fast = fast
        self.port = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._ownership: IO[str] | None = None

    @property
    def url(self) -> str:
        """Where clients reach the started server."""
        raise NotImplementedError

    def prepare(self) -> None:
        """Make the data folder ready, and stop a server that was left over there."""
        raise NotImplementedError

    def launch(self) -> subprocess.Popen[bytes]:
        """Start the server's process on `self.port`."""
        raise NotImplementedError

    def is_ready(self) -> bool:
        """Say whether the launched server takes connections."""
        raise NotImplementedError

    def start(self) -> str:
        """Start the server and answer its address once it takes connections.

        Started again after a crash it keeps its port, for its clients know that one.
        """
        self._own()
        self.prepare()
        wanted, first = self.port, not self.port
        for attempt in range(3):
            if attempt:
                # The port was taken meanwhile, or a dying server still held the data.
                time.sleep(1)
            if first:
                wanted = 0 if self.fast else self.usual_port
                self.port = free_port(wanted)
            if self._launch():
                if self.port != wanted and wanted:
                    say(f"Port {wanted} is taken; {self.title} uses {self.port}.")
                return self.url
        self.stop()
        raise SystemExit(f"{self.title} did not start. Its last words:\n{self.last_words()}")

    def stop(self, *, patience: float = 5) -> None:
        """Stop the server once it has written everything to disk, and free its folder."""
        if self._process is not None:
            GUARDIAN.stop(self._process, polite=self.polite, patience=patience)
            self._process = None
        if self._ownership is not None:
            self._ownership.close()
            self._ownership = None

    def is_running(self) -> bool:
        """Say whether the server's process is alive."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        """The process of the started server."""
        assert self._process is not None
        return self._process.pid

    def last_words(self) -> str:
        """Answer the end of the server's log."""
        try:
            return "\n".join(self.log.read_text(errors="replace").splitlines()[-15:])
        except FileNotFoundError:
            return ""

    def _launch(self) -> bool:
        process = self._process = self.launch()
        # Long, because recovery after a power cut may have much to read.
        wait_until(lambda: process.poll() is not None or self.is_ready(), seconds=60)
        if process.poll() is None and self.is_ready():
            return True
        GUARDIAN.stop(process, polite=self.polite, patience=5)
        self._process = None
        return False

    def _own(self) -> None:
        """Take the lock that tells a live owner from a killed one: it ends with its process."""
        if self._ownership is not None:
            return
        self.data.parent.mkdir(parents=True, exist_ok=True)
        ownership = self.data.with_name(f"{self.data.name}.lock").open("w")
        try:
            fcntl.flock(ownership, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            ownership.close()
            raise SystemExit(
                f"{self.title} in {self.data} belongs to a Simtree that is running already."
            ) from None
        self._ownership = ownership


def wait_until(happened: Callable[[], bool], *, seconds: float) -> bool:
    """Wait until something is so; say whether it came about in time."""
    deadline = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def command_of(pid: int) -> str:
    """Answer the command line of a process, empty when there is none with that number."""
    if Path("/proc/self/cmdline").exists():
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            return ""
        return words.replace(b"\0", b" ").decode(errors="replace").strip()
    # macOS has no /proc, and a slim Linux image has no ps.
    answer = subprocess.run(
        ["ps", "-ww", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return answer.stdout.strip()


def end_orphan(pid: int, *, polite: signal.Signals, patience: float = 5) -> None:
    """End a process that an earlier run started, by force when it does not go in time."""
    for word in (polite, signal.SIGKILL):
        try:
            os.kill(pid, word)
        except ProcessLookupError:
            return
        # A process that nobody collects keeps its number, but has no command any more.
        if wait_until(lambda: not command_of(pid), seconds=patience):
            return
