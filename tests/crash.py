"""Run a piece of a test in a process of its own that dies at a named point, as by kill -9."""

import os
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def run_apart(code: str, *, crash_at: str = "", timeout: float = 60) -> int:
    """Run Python code inside an application context; return its exit code.

    -9 is the crash; anything else but 0 raises AssertionError with what the process said.
    """
    program = (
        "from wsgi import create_app\n"
        "app = create_app()\n"
        "with app.app_context():\n" + "".join(f"    {line}\n" for line in code.splitlines())
    )
    environment = os.environ | {
        "CRASH_AT": crash_at,
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "platform")]),
    }
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    assert done.returncode in {0, -signal.SIGKILL}, done.stderr[-2_000:]
    return done.returncode
