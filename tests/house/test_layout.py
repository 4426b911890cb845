"""Everything stands in the room that the layout gives it."""

import platform
import re
import sys

from tests.house.source import ROOT, files, name, python

TOP = {
    "wsgi.py", "platform", "tenants", "migrations", "translations", "tests", "infra", "README.md",
    "LICENSE", "pyproject.toml", "package.json", "package-lock.json", ".gitignore", ".ci", ".npmrc",
    ".gitattributes",
}  # fmt: skip
DRAWERS = re.compile(r"(utils?|helpers?|common|misc)(\.py)?$")
HOSTS = re.compile(
    r"pythonhos" + r"ted|//pypi\.o" + r"rg/simple|npmj" + r"s\.org|debian\.o" + r"rg"
)


def test_platform_is_a_source_root_and_no_package():
    assert not (ROOT / "platform/__init__.py").exists()
    inside = {
        path.relative_to(ROOT).parts[1] for path in files() if name(path).startswith("platform/")
    }
    assert inside == {"kit", "control"}


def test_python_still_has_its_own_platform_module():
    assert platform.python_version().startswith(f"{sys.version_info.major}.")


def test_nothing_strange_stands_at_the_top():
    assert {path.relative_to(ROOT).parts[0] for path in files()} <= TOP


def test_no_file_is_too_long():
    long = {
        name(path): lines
        for path in python()
        if (lines := path.read_text(encoding="utf-8").count("\n")) > 500
    }
    assert not long


def test_no_template_or_conftest_is_too_long():
    long = [
        name(path)
        for path in files()
        if (path.suffix == ".html" and path.read_text(encoding="utf-8").count("\n") > 300)
        or (path.name == "conftest.py" and path.read_text(encoding="utf-8").count("\n") > 150)
    ]
    assert not long


def test_there_is_no_drawer_for_everything():
    assert not [
        name(path)
        for path in files()
        if any(DRAWERS.search(part) for part in path.relative_to(ROOT).parts)
    ]


def test_every_package_says_what_it_is():
    silent = [
        name(path)
        for path in python("platform", "tenants", "infra")
        if path.name == "__init__.py"
        and not path.read_text(encoding="utf-8").lstrip().startswith('"""')
    ]
    assert not silent


def test_no_file_names_a_registry_or_this_machine():
    texts = {".py", ".md", ".txt", ".toml", ".json", ".html", ".js", ".css", ".sh", ""}
    guilty = [
        name(path)
        for path in files()
        if path.suffix in texts and HOSTS.search(path.read_text(encoding="utf-8", errors="ignore"))
    ]
    assert not guilty
