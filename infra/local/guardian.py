"""Ends the processes of a parent that was killed and could not do so itself.

The guardian runs beside its parent and reads from a pipe that only the parent can
write to. When the parent dies, however it dies, the pipe ends, and the guardian ends
every process it was told of: first politely, last started first, then by force.

Linux could do it without (PR_SET_PDEATHSIG), but not for the children of children,
not on macOS, and not safely in a program that has threads.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

PATIENCE = 5.0


class Guardian:
    """Starts processes that never outlive this one."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The process of the guardian itself."""
        self._pipe()
        assert self._process is not None
        return self._process.pid

    def spawn(
        self,
        command: Sequence[str | Path],
        *,
        polite: signal.Signals = signal.SIGTERM,
        environment: Mapping[str, str] | None = None,
        output: IO[Any] | int = subprocess.DEVNULL,
        folder: Path | None = None,
        user: str | None = None,
    ) -> subprocess.Popen[bytes]:
        """Start a process, in a session of its own so that Ctrl-C does not reach it.

        Both its streams go to `output`. `polite` is the signal that asks it to end.
        """
        # First, so that no child runs before there is somebody to guard it.
        pipe = self._pipe()
        process = subprocess.Popen(
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment,
            cwd=folder,
            user=user,
            group=user and _group_of(user),
            extra_groups=[] if user else None,
            start_new_session=True,
        )
        _tell(pipe, f"guard {process.pid} {int(polite)}")
        return process

    def guard(self, process: subprocess.Popen[bytes], *, polite: signal.Signals) -> None:
        """Guard a process that was started elsewhere."""
        _tell(self._pipe(), f"guard {process.pid} {int(polite)}")

    def stop(
        self, process: subprocess.Popen[bytes], *, polite: signal.Signals, patience: float
    ) -> bool:
        """End a process and its children; say whether it went without force."""
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(polite)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(patience)
        willing = process.poll() is not None
        self.finish(process)
        return willing

    def finish(self, process: subprocess.Popen[bytes]) -> None:
        """Kill what is left of a process, its children too, and forget it."""
        kill_group(process.pid)
        process.wait()
        _tell(self._pipe(), f"forget {process.pid} 0")

    def _pipe(self) -> IO[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._process = subprocess.Popen(
                [sys.executable, "-P", __file__],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd="/",
                start_new_session=True,
            )
        pipe = self._process.stdin
        assert pipe is not None
        return pipe


# One for all that this process starts; it begins to run with the first of them.
GUARDIAN = Guardian()


def kill_group(pid: int) -> None:
    """Kill every process of a group, if there is one left."""
    # PermissionError is macOS's word for a group that holds only zombies.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def _tell(pipe: IO[bytes], line: str) -> None:
    with contextlib.suppress(BrokenPipeError):
        pipe.write(line.encode() + b"\n")
        pipe.flush()


def _group_of(user: str) -> int:
    # Imported here because only a super-user starts processes as somebody else.
    import pwd

    return pwd.getpwnam(user).pw_gid


def watch(lines: IO[str]) -> None:
    """Read what to guard until the parent is gone, then end all of it."""
    guarded: dict[int, int] = {}
    for line in lines:
        verb, pid, polite = line.split()
        guarded.pop(int(pid), None)
        if verb == "guard":
            guarded[int(pid)] = int(polite)
    deadline = time.monotonic() + PATIENCE
    for number, word in reversed(guarded.items()):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(number, word)
    while time.monotonic() < deadline and any(map(is_alive, guarded)):
        time.sleep(0.05)
    for number in guarded:
        kill_group(number)


def is_alive(pid: int) -> bool:
    """Say whether a process has that number, be it one that only waits to be collected."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


if __name__ == "__main__":
    # Ending the guardian by mistake would end the protection, not the processes.
    for harmless in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        signal.signal(harmless, signal.SIG_IGN)
    watch(sys.stdin)
