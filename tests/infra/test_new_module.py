"""The generator's module works as it comes: its tables, its pages and its own tests."""

import ast
import os
import subprocess
import sys
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import psycopg
import pytest

from infra.local.assets import compile_translations
from infra.new_module import main
from tests import databases
from tests.house.source import files, name

WORKER = "import pytest\n\n\n@pytest.fixture(scope='session')\ndef worker_id():\n    return {!r}\n"
# The module's own tests, and the rules that its tables, words and pages could break; what checks
# of ours tell, as import contracts and catalogues, is asked of them.
CHOSEN = (
    "tests/tenants/contracts",
    "tests/tenants/backoffice/test_record_pages.py::test_the_tabs_of_a_record_answer[contract]",
    "tests/house/test_migrations.py::test_the_tenant_line_is_in_step_with_the_models",
    "tests/house/test_revisions.py::test_the_tenant_line_keeps_every_rule",
    "tests/house/test_permissions.py",
    "tests/house/test_personal.py::test_every_column_for_words_is_on_the_register",
    "tests/house/test_audit_words.py",
    "tests/house/test_models.py",
    "tests/house/test_tenancy.py::test_no_rule_with_an_argument_is_left_out",
)
MOST = 150


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """A copy of the project with a module that the generator has just made."""
    copy = tmp_path_factory.mktemp("tree")
    for path in files():
        target = copy / name(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())
    # House tests ask git for the project's files.
    subprocess.run(["git", "init", "--quiet"], cwd=copy, check=True)
    with redirect_stdout(StringIO()) as said:
        assert main(["contracts", "Contract", "合同", "--root", str(copy)]) == 0
    assert "The catalogues are in step." in said.getvalue()
    assert "By hand" not in said.getvalue()
    compile_translations(copy / "translations")
    return copy


def _own_lines(path: Path) -> int:
    """Count the lines of a file that say something: no imports, docstrings, comments, blanks."""
    text = path.read_text(encoding="utf-8")
    idle: set[int] = set()
    if path.suffix == ".py":
        for node in ast.walk(ast.parse(text)):
            is_docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
            if isinstance(node, ast.Import | ast.ImportFrom) or is_docstring:
                idle |= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return sum(
        1
        for number, line in enumerate(text.splitlines(), 1)
        if line.strip() and not line.strip().startswith("#") and number not in idle
    )


def test_it_says_little_and_all_of_it_is_entered(tree, capsys):
    module = [path for path in (tree / "tenants/contracts").rglob("*.*") if path.is_file()]
    counted = [*module, tree / "tenants/bulk/kinds/contracts.py"]
    assert sum(_own_lines(path) for path in counted if path.suffix in {".py", ".html"}) < MOST
    for path, line in {
        "pyproject.toml": '"contracts",',
        "tenants/register.py": "*contracts.blueprints,",
        "tenants/backoffice/menu.py": '"contracts.index"',
        "tenants/backoffice/search.py": "    CONTRACT,",
    }.items():
        assert line in (tree / path).read_text(encoding="utf-8"), path


def test_its_own_tests_and_those_of_the_house_pass(tree, worker_id):
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith("PYTEST")},
        "PYTHONPATH": os.pathsep.join((str(tree), str(tree / "platform"))),
    }
    for check in (
        ("ruff", "format", "--check", "--quiet", "."),
        ("ruff", "check", "--quiet", "."),
        ("infra.imports",),
    ):
        subprocess.run([sys.executable, "-m", *check], cwd=tree, env=environment, check=True)
    worker = f"{worker_id}_module"
    (tree / "as_a_worker.py").write_text(WORKER.format(worker), encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-x",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:xdist",
    ]
    try:
        done = subprocess.run(
            [*command, "-p", "as_a_worker", *CHOSEN],
            cwd=tree,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-6_000:] + done.stderr[-2_000:]
    finally:
        _drop(databases.name_of(worker), _template(tree, environment))


def _template(tree: Path, environment: dict[str, str]) -> str:
    """The name of the template that only this copy of the tree has built."""
    asked = [sys.executable, "-c", "from tests import databases; print(databases.fingerprint())"]
    told = subprocess.run(
        asked, cwd=tree, env=environment, capture_output=True, text=True, check=True
    )
    return f"simtree_template_{told.stdout.strip()}"


def _drop(*databases_: str) -> None:
    with psycopg.connect(databases.superuser_url(), autocommit=True) as server:
        for one in databases_:
            server.execute(f"DROP DATABASE IF EXISTS {one} WITH (FORCE)")


def test_it_writes_over_nothing(tree):
    with pytest.raises(SystemExit):
        main(["contracts", "Contract", "合同", "--root", str(tree)])


@pytest.mark.parametrize("bad", ["Contracts", "con-tracts", "c"])
def test_it_refuses_a_bad_name(tmp_path, bad):
    with pytest.raises(SystemExit):
        main([bad, "Contract", "合同", "--root", str(tmp_path)])
    assert not list(tmp_path.iterdir())
