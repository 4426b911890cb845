"""Makes the Python environment, then runs a command in it.

`infra/bin/python` runs this file with whatever Python the machine has, so it uses the
standard library only and imports nothing of Simtree.
"""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LOCK_FILE = ROOT / "infra" / "locks" / "python.txt"
STAMP = "simtree-stamp.json"


def main(arguments: list[str]) -> None:
    """Replace this process by the given Python command, in an up-to-date environment."""
    folder = Path(os.environ.get("SIMTREE_VENV") or ROOT / ".venv").absolute()
    with one_at_a_time():
        make_current(folder)
    python = str(python_of(folder))
    sys.stdout.flush()
    os.execv(python, [python, *arguments])  # noqa: S606  # replaced on purpose, signals included


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Keep a second start out of the environment while the first one builds it."""
    with LOCK_FILE.open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def make_current(folder: Path) -> None:
    """Leave an environment in the folder that holds exactly what the lock file says."""
    stamp = folder / STAMP
    wanted = {"root": str(ROOT), "content": content_hash()}
    usable = is_usable(folder)
    found = read_stamp(stamp) if usable else {}
    if found == wanted:
        return
    if not usable or found.get("root", str(ROOT)) != str(ROOT):
        # Scripts of an environment carry absolute paths, so a moved one is made anew.
        create(folder)
    stamp.unlink(missing_ok=True)
    count = LOCK_FILE.read_text(encoding="utf-8").count("==")
    install(
        folder,
        f"Installing {count} Python packages",
        ["--require-hashes", "-r", str(LOCK_FILE)],
        count=count,
    )
    install(
        folder,
        "Installing Simtree itself",
        ["--no-deps", "--no-build-isolation", "-e", str(ROOT)],
    )
    stamp.write_text(json.dumps(wanted), encoding="utf-8")


def python_of(folder: Path) -> Path:
    """Name the interpreter of an environment."""
    return folder / "bin" / "python"


def content_hash() -> str:
    """Answer a value that changes when what the environment should hold does."""
    digest = hashlib.sha256()
    for path in (LOCK_FILE, ROOT / "pyproject.toml"):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def read_stamp(stamp: Path) -> dict[str, str]:
    """Tell what the environment was last made from; nothing where nobody knows."""
    try:
        content = json.loads(stamp.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def is_usable(folder: Path) -> bool:
    """Say whether the environment's Python still is the one its packages were made for.

    An upgrade of the machine's Python leaves a link that is broken, or that starts a
    version which looks for its packages in another folder.
    """
    try:
        check = subprocess.run(
            [python_of(folder), "-c", "import pip, sys; print(*sys.version_info[:2], sep='.')"],
            capture_output=True,
            text=True,
            check=False,
        )
        settings = (folder / "pyvenv.cfg").read_text(encoding="utf-8")
    except OSError:
        return False
    made_for = [
        value.strip()
        for key, _, value in (line.partition("=") for line in settings.splitlines())
        if key.strip() in {"version", "version_info"}
    ]
    runs = check.stdout.strip()
    return check.returncode == 0 and any(f"{made}.".startswith(f"{runs}.") for made in made_for)


def create(folder: Path) -> None:
    """Put an empty environment in the folder, in place of one that no longer works."""
    if folder.exists():
        if any(folder.iterdir()) and not (folder / "pyvenv.cfg").exists():
            refuse(f"{folder} holds something that is not a Python environment. Move it away.")
        say(f"The Python environment in {folder} no longer fits this machine; making it anew.")
        shutil.rmtree(folder)
    try:
        venv.create(folder, with_pip=True)
    except (OSError, subprocess.CalledProcessError):
        shutil.rmtree(folder, ignore_errors=True)
        name = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
        refuse(
            f"{sys.executable} could not make an environment with pip in {folder}. "
            f"On Debian and Ubuntu that needs: apt-get install {name}"
        )


def install(folder: Path, title: str, arguments: list[str], *, count: int = 0) -> None:
    """Run pip, showing one line of progress; all it said is shown only when it fails."""
    started = time.monotonic()
    command = [
        str(python_of(folder)),
        "-m",
        "pip",
        "install",
        "--disable-pip-version-check",
        "--no-input",
        # What is imported is compiled then, and most of it never is.
        "--no-compile",
        "--no-color",
        "--progress-bar=off",
        *arguments,
    ]
    live = sys.stdout.isatty()
    say(f"{title} …", end="" if live else "\n")
    said: list[str] = []
    done = 0
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        cwd=ROOT,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    ) as pip:
        for line in pip.stdout or ():
            said.append(line)
            if line.startswith("Collecting ") and live and count:
                done += 1
                say(f"\r{title} … {done} of {count}", end="")
    if pip.returncode:
        sys.stdout.write("\n" + "".join(said[-60:]))
        refuse(f"{title} failed; pip's own words are above.")
    seconds = time.monotonic() - started
    say(f"\r{title} … done in {seconds:.0f} s" if live else f"Done in {seconds:.0f} s.")


def say(sentence: str, *, end: str = "\n") -> None:
    """Show a sentence at once, even where the terminal is a pipe."""
    sys.stdout.write(sentence + end)
    sys.stdout.flush()


def refuse(sentence: str) -> None:
    """End the start with a sentence in place of a traceback."""
    raise SystemExit(sentence)


if __name__ == "__main__":
    main(sys.argv[1:])
