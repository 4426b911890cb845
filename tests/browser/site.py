"""The whole application as processes of its own, on a database, a Redis and a folder of its own."""

import json
import os
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import redis
from sqlalchemy.engine import make_url

from infra.local.assets import build_assets, compile_translations
from infra.local.environment import without_privileges
from infra.local.guardian import GUARDIAN
from infra.local.places import ROOT, free_port
from kit.settings import get_settings
from tests import databases

FLASK = (sys.executable, "-m", "flask", "--app", "wsgi")
LAST_DATABASE = 15


class Site:
    """Simtree as visitors reach it: web, live updates, worker, dispatcher and provisioner."""

    def __init__(self, worker: str, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.data.mkdir()
        # Packages' files are big and the same for all: only their place is given.
        (self.data / "assets").symlink_to(build_assets(), target_is_directory=True)
        compile_translations()
        self.base = f"localhost:{free_port()}"
        self._live_port = free_port(8_400)
        self._environment = {
            **_database_of(worker),
            "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "platform"))),
            "PYTHONUNBUFFERED": "1",
            "ENVIRONMENT": "development",
            "BASE_DOMAIN": self.base,
            "LIVE_PORT": str(self._live_port),
            "DATA_DIR": str(self.data),
            "MAIL_URL": "files:",
            "SMS_URL": "files:",
            # The first sign-up finds a schema that stands ready; a second one may have to wait.
            "POOL_TARGET": "1",
            "POOL_BATCH": "1",
            "REDIS_URL": _redis_of(worker),
        }
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    def url(self, label: str = "", path: str = "") -> str:
        """Return an address of the public site, or of a workspace."""
        return f"http://{label}.{self.base}{path}" if label else f"http://{self.base}{path}"

    def start(self) -> None:
        port = self.base.rpartition(":")[2]
        gunicorn = [
            *(sys.executable, "-m", "gunicorn", "--worker-class", "gthread", "--threads", "8"),
            *("--bind", f"127.0.0.1:{port}", "--no-control-socket", "wsgi:create_app()"),
        ]
        live = [
            *(sys.executable, "-m", "gunicorn", "--worker-class", "kit.live.worker.Worker"),
            *("--threads", "64", "--bind", f"127.0.0.1:{self._live_port}"),
            *("--graceful-timeout", "1", "--no-control-socket", "wsgi:live()"),
        ]
        self._run("web", gunicorn)
        self._run("live", live)
        self._run("worker", [*FLASK, "jobs", "work"])
        self._run("dispatcher", [*FLASK, "jobs", "dispatch"])
        self._run("provisioner", [*FLASK, "tenants", "provision"], keep="MIGRATOR_DATABASE_URL")
        self.wait(self._answers, what="the pages")

    def stop(self) -> None:
        for process in reversed(self._processes.values()):
            process.terminate()
        for process in self._processes.values():
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
            GUARDIAN.finish(process)

    def _run(self, name: str, command: list[str], *, keep: str = "") -> None:
        with self._log(name).open("wb") as output:
            self._processes[name] = GUARDIAN.spawn(
                command,
                environment=without_privileges(self._environment, keep=keep),
                output=output,
                folder=ROOT,
            )

    def _log(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(self.url(), timeout=20) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def wait(self, question: Callable[[], Any], *, what: str, seconds: float = 60) -> Any:
        """Ask until the answer is true; say what was waited for and what the processes printed."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if answer := question():
                return answer
            self.check()
            time.sleep(0.2)
        words = "\n".join(self.last_words(name) for name in self._processes)
        raise AssertionError(f"waited {seconds:.0f} s for {what}:\n{words}")

    def check(self) -> None:
        """Raise AssertionError when a process has ended: what pages then show misleads."""
        for name, process in self._processes.items():
            code = process.poll()
            assert code is None, f"{name} ended with {code}:\n{self.last_words(name)}"

    def last_words(self, name: str, lines: int = 25) -> str:
        text = self._log(name).read_text(encoding="utf-8", errors="replace")
        return f"--- {name}\n" + "\n".join(text.splitlines()[-lines:])

    def verify(self, address: str) -> None:
        """Let a company count as verified; pages know it within seconds."""
        with psycopg.connect(self._environment["MIGRATOR_DATABASE_URL"]) as server:
            server.execute(
                "UPDATE control.workspaces SET is_verified = true WHERE address = %s", [address]
            )

    def mailed_link(self, recipient: str) -> str:
        """Wait for the mail to somebody, and return the link in it."""

        def link() -> str:
            for path in (self.data / "messages").glob("*.json"):
                message = json.loads(path.read_text(encoding="utf-8"))
                found = re.search(r"http://\S+", message["body"])
                if message["recipient"] == recipient and found:
                    return found[0]
            return ""

        return str(self.wait(link, what=f"the mail to {recipient}"))

    def stage(self, scene: str, address: str, **what: object) -> dict[str, Any]:
        """Set a scene in a workspace through the verbs."""
        from tests.browser.stage import play

        with _own_environment():
            # What this process keeps, as how it hashes passwords, is to stay as tests want it.
            os.environ.update(self._environment, ENVIRONMENT="test")
            get_settings.cache_clear()
            return play(scene, address, **what)


def _database_of(worker: str) -> dict[str, str]:
    """Clone a database; return the environment that leads to it, and leave ours as it was."""
    with _own_environment():
        databases.clone(f"simtree_browser_{worker}")
        return dict(os.environ)


@contextmanager
def _own_environment() -> Iterator[None]:
    before = dict(os.environ)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
        get_settings.cache_clear()


def _redis_of(worker: str) -> str:
    """Return an emptied Redis database that no other worker uses."""
    digits = re.sub(r"\D", "", worker)
    number = LAST_DATABASE - (int(digits) + 1 if digits else 0) % 6
    given = os.environ.get("REDIS_URL", "redis://127.0.0.1:6379/9")
    url = make_url(given).set(database=str(number)).render_as_string(hide_password=False)
    client = redis.Redis.from_url(url)
    client.flushdb()
    client.close()
    return url
