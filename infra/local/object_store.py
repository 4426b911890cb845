"""A server that speaks S3, for tests: moto's, in a Python environment of its own.

It wants older versions of packages than Simtree does, so it cannot live in ours.
"""

import hashlib
import shutil
import signal
import socket
import subprocess
import venv
from pathlib import Path

from infra.local.embedded import EmbeddedServer
from infra.local.guardian import GUARDIAN
from infra.local.places import ROOT, say, var


class EmbeddedObjectStore(EmbeddedServer):
    """Keeps its objects in memory, so an earlier run leaves nothing."""

    title = "the S3 server"
    usual_port = 5500
    polite = signal.SIGTERM

    @property
    def url(self) -> str:
        """The address of the started server, with a log-in that it does not check."""
        return f"s3://tests:tests-secret@127.0.0.1:{self.port}?tls=no"

    def prepare(self) -> None:
        """Make the folder of the log."""
        self.data.mkdir(mode=0o700, exist_ok=True)

    def launch(self) -> subprocess.Popen[bytes]:
        """Start the server's process."""
        words: list[str | Path] = [server_program(), "-H", "127.0.0.1", "-p", str(self.port)]
        with self.log.open("ab") as log:
            return GUARDIAN.spawn(words, polite=self.polite, output=log)

    def is_ready(self) -> bool:
        """Ask it whether it takes connections."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return True
        except OSError:
            return False


def server_program() -> Path:
    """Find the server program; install it once where there is none."""
    lock = ROOT / "infra" / "locks" / "s3.txt"
    version = hashlib.sha256(lock.read_bytes()).hexdigest()[:12]
    folder = var() / "s3-server" / version
    stamp = folder / "whole"
    if not stamp.exists():
        say("Installing the S3 server that tests speak to …")
        shutil.rmtree(folder.parent, ignore_errors=True)
        venv.create(folder, with_pip=True)
        done = subprocess.run(
            [
                *(folder / "bin" / "python", "-m", "pip", "install", "--quiet", "--no-input"),
                *("--disable-pip-version-check", "--require-hashes", "--requirement", lock),
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode:
            raise SystemExit(f"The S3 server could not be installed. What pip said:\n{done.stdout}")
        stamp.touch()
    return folder / "bin" / "moto_server"
