"""What `infra/bin/test` does: pytest beside throw-away servers."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from infra.local.assets import build_assets, compile_translations
from infra.local.environment import PRIVILEGED
from infra.local.guardian import GUARDIAN, is_alive, kill_group
from infra.local.object_store import EmbeddedObjectStore
from infra.local.places import ROOT, say, var
from infra.local.servers import EmbeddedPostgres, EmbeddedRedis

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
BROWSER_PACKAGES = ("chromium", "chromium-driver", "fonts-noto-cjk")


class Told(KeyboardInterrupt):
    """A plain `kill` of this process, which pytest knows nothing of, unlike of a Ctrl-C."""


def main(arguments: Sequence[str]) -> int:
    """Run pytest with the given arguments; answer its exit code."""
    os.chdir(ROOT)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _on_signal)
    with ExitStack() as cleanup:
        try:
            environment = _environment(cleanup)
            build_assets()
            compile_translations()
            if may_need_browser(arguments):
                _provide_browser()
            return _pytest(arguments, environment)
        except KeyboardInterrupt:
            say("\nStopped.")
            return 130


def _on_signal(_number: int, _frame: object) -> None:
    raise Told


def pytest_options(arguments: Sequence[str]) -> list[str]:
    """Share the tests among processes, unless that costs more than it saves.

    One more than there are usually cores: a test waits for servers for a third of its time.
    """
    chosen = any(word.startswith(("-n", "--numprocesses", "--pdb")) for word in arguments)
    return [] if chosen or len(_files(arguments)) == 1 else ["-n", "3"]


def may_need_browser(arguments: Sequence[str]) -> bool:
    """Say whether tests that drive a browser may be among the chosen ones."""
    files = _files(arguments)
    return not files or any("browser" in file.parts for file in files)


def _files(arguments: Sequence[str]) -> list[Path]:
    paths = [Path(word.partition("::")[0]) for word in arguments if not word.startswith("-")]
    return [path for path in paths if path.is_file()]


def _environment(cleanup: ExitStack) -> dict[str, str]:
    environment = dict(os.environ)
    # Tests must not find the data somebody works with.
    for name in (*PRIVILEGED, "DATABASE_URL"):
        environment.pop(name, None)
    # Nor charge anybody: tests bring a server that speaks Stripe's API.
    for name in ("STRIPE_KEY", "STRIPE_WEBHOOK_SECRET", "STRIPE_API_BASE"):
        environment.pop(name, None)
    # They start the application dozens of times: compiled once, it starts in three quarters of it.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    folder = _throw_away_folder()
    cleanup.callback(shutil.rmtree, folder, ignore_errors=True)
    if given := os.environ.get("TEST_SUPERUSER_DATABASE_URL"):
        superuser = given
    else:
        postgres = EmbeddedPostgres(folder / "postgres", fast=True)
        cleanup.callback(postgres.stop)
        superuser = postgres.start()
    if not environment.get("REDIS_URL"):
        redis = EmbeddedRedis(folder / "redis", fast=True)
        cleanup.callback(redis.stop)
        environment["REDIS_URL"] = redis.start()
    if not environment.get("S3_SERVER_URL"):
        store = EmbeddedObjectStore(folder / "s3", fast=True)
        cleanup.callback(store.stop)
        environment["S3_SERVER_URL"] = store.start()
    data = folder / "data"
    data.mkdir()
    return environment | {
        "SUPERUSER_DATABASE_URL": superuser,
        "ENVIRONMENT": "test",
        "DATA_DIR": str(data),
    }


def _throw_away_folder() -> Path:
    """Make a folder of this run, and remove those of runs that were killed."""
    parent = var() / "test"
    parent.mkdir(exist_ok=True)
    for left in parent.iterdir():
        owner = left.name.partition("-")[0]
        if owner.isdigit() and not is_alive(int(owner)):
            shutil.rmtree(left, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=f"{os.getpid()}-", dir=parent))


def _provide_browser() -> None:
    if any(shutil.which(name) for name in BROWSERS):
        return
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        say("There is no Chromium here, so tests that drive a browser cannot run. Install it.")
        return
    say("Installing Chromium for the tests that drive a browser …")
    install = ["apt-get", "install", "-y", "-q", "--no-install-recommends", *BROWSER_PACKAGES]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    # A fresh image has no package lists, and a machine in use need not fetch them again.
    for command in (install, ["apt-get", "update", "-q"], install):
        done = subprocess.run(
            command,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode == 0 and command is install:
            return
    say("Chromium could not be installed; the end of what apt-get said:")
    say("\n".join(done.stdout.splitlines()[-5:]))


def _pytest(arguments: Sequence[str], environment: dict[str, str]) -> int:
    command = [sys.executable, "-m", "pytest", *pytest_options(arguments), *arguments]
    # At a terminal in its group, for Ctrl-C and a debugger's prompt are pytest's; elsewhere
    # in a group of its own, so that the processes among which it shares tests end with it.
    apart = not sys.stdin.isatty()
    with subprocess.Popen(command, cwd=ROOT, env=environment, start_new_session=apart) as pytest:
        GUARDIAN.guard(pytest, polite=signal.SIGTERM)
        while True:
            try:
                return pytest.wait()
            except KeyboardInterrupt as stop:
                if apart or isinstance(stop, Told):
                    _end(pytest, apart=apart)
                # Otherwise the terminal told pytest too, and its report is worth the wait.


def _end(pytest: subprocess.Popen[bytes], *, apart: bool) -> None:
    """Ask for a report and wait for it a little: a process in the background may not hear."""
    pytest.send_signal(signal.SIGINT)
    with contextlib.suppress(subprocess.TimeoutExpired):
        pytest.wait(3)
    pytest.kill()
    if apart:
        kill_group(pytest.pid)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
