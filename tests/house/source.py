"""The files of the project, as house tests read them."""

import ast
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CODE = ("platform", "tenants", "infra", "wsgi.py")


@cache
def files() -> tuple[Path, ...]:
    """Return every file that git tracks or would track."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return tuple(path for name in listed.splitlines() if (path := ROOT / name).is_file())


def python(*tops: str) -> list[Path]:
    """Return the Python files below some top-level entries."""
    wanted = tops or (*CODE, "tests", "migrations")
    return [
        path
        for path in files()
        if path.suffix == ".py" and path.relative_to(ROOT).parts[0] in wanted
    ]


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def calls(path: Path, attribute: str) -> list[int]:
    """Return the lines that call a method or function of a name."""
    found: list[int] = []
    # Parsing a thousand files takes many seconds, and few have the word at all.
    if attribute not in path.read_text(encoding="utf-8"):
        return found
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call):
            called = node.func
            spelled = (
                called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
            )
            if spelled == attribute:
                found.append(node.lineno)
    return found
