"""Write a module of the tenant plane, so that all look alike, and enter it wherever it must stand.

It comes as a list with filters and export, a drawer, a form, an import, an approval, a finder and
an audit log, with its migration, its words and its tests. What it is about is then for people.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SHAPES = Path(__file__).resolve().parent / "module"
REVISION = "migrations/tenants/revision.py"


@dataclass(frozen=True, slots=True)
class Names:
    """What a module and its records are called."""

    plural: str
    noun: str
    chinese: str
    promise: str
    root: Path

    @property
    def last(self) -> str:
        """The number of the newest revision that stands."""
        folder = self.root / "migrations/tenants"
        numbers = {path.name[:4]: path.stem for path in folder.glob("[0-9]*.py")}
        # Its own does not count, once it is written.
        return max(number for number, stem in numbers.items() if stem[5:] != self.plural)

    @property
    def revision(self) -> str:
        """The number of the module's own revision."""
        return f"{int(self.last) + 1:04}"

    @property
    def one(self) -> str:
        """The record as an identifier: price_list."""
        return re.sub(r"(?<!^)([A-Z])", r"_\1", self.noun).lower()

    def fill(self, text: str) -> str:
        """Return a shape, or a line to enter, with the names in their places."""
        words = self.one.replace("_", " ")
        for mark, name in {
            "@promise@": self.promise or f"{self.plural.capitalize()} of a workspace.",
            "@中文@": self.chinese,
            "@Things@": self.plural.capitalize(),
            "@things@": self.plural,
            "@Thing@": words.capitalize(),
            "@thing@": words,
            "@revision@": self.revision,
            "@down@": self.last,
        }.items():
            text = text.replace(mark, name)
        text = re.sub(r"(?<![A-Za-z])THINGS", self.plural.upper(), text)
        text = re.sub(r"(?<![A-Za-z])THING(?![A-Za-z])", self.one.upper(), text)
        text = re.sub(r"(?<![A-Za-z])things", self.plural, text)
        text = re.sub(r"Thing(?=Form|\b)", self.noun, text)
        return re.sub(r"(?<![A-Za-z])thing(?![a-z])", self.one, text)


@dataclass(frozen=True, slots=True)
class Entry:
    """Lines that make a module known in a file that is there, before or after a line of it."""

    path: str
    lines: str
    before: str = ""
    after: str = ""

    def into(self, text: str) -> str | None:
        """Return a file's text with the lines in it; None where their place is not found."""
        anchor = self.before or self.after
        if text.count(anchor) != 1:
            return None
        both = self.lines + anchor if self.before else anchor + self.lines
        return text.replace(anchor, both)


ENTRIES = (
    Entry(
        "tenants/accounts/permissions.py",
        '''    class Thing(StrEnum):
        """@Things@."""

        VIEW = "thing:view"
        EDIT = "thing:edit"

''',
        before="    class Audit(StrEnum):\n",
    ),
    Entry(
        "tenants/accounts/permissions.py",
        """    Permission.Thing.VIEW: _l("See @things@."),
    Permission.Thing.EDIT: _l("Add, change, import and delete @things@."),
""",
        before="    Permission.Audit.VIEW: _l(",
    ),
    Entry(
        "tenants/register.py",
        """from tenants.things import models as _things
from tenants.things import views as things
""",
        before="\nMODELS = (",
    ),
    Entry("tenants/register.py", "\n    _things,", after="MODELS = ("),
    Entry(
        "tenants/register.py", "        *things.blueprints,\n", before="        *bulk.blueprints,"
    ),
    Entry(
        "tenants/backoffice/menu.py",
        """    entry(_l("@Things@"), "things.index", P.Thing.VIEW, icon="file", also=("things.",)),
""",
        before='    entry(\n        _l("Approvals"),\n',
    ),
    Entry("tenants/backoffice/menu.py", "P.Thing.EDIT, ", after="    kinds = ("),
    Entry(
        "tenants/backoffice/search.py",
        "from tenants.things.kinds import THING\n",
        before="\nblueprint = RealmBlueprint(",
    ),
    Entry("tenants/backoffice/search.py", "    THING,\n", before="    PERSON,\n)"),
    Entry(
        "tests/tenants/backoffice/test_record_pages.py",
        '\n    "thing": {*CARRYING, "approvals"},',
        after="EXPECTED = {",
    ),
    Entry("tenants/bulk/kinds/__init__.py", "things, ", after="from tenants.bulk.kinds import "),
    Entry("tenants/bulk/kinds/__init__.py", '"things", ', after="__all__ = ["),
    Entry("pyproject.toml", '    "things",\n', before='    "settlement | carriers",\n'),
    Entry(
        "infra/revisions.py",
        """    ("@revision@", "rows"): "one row of a table that has eight at first",
""",
        before='}\n"""Findings that are let pass: (revision, rule) and the reason."""',
    ),
    Entry(
        "tenants/accounts/labels.py",
        '\n    "Thing": _l("@Things@"),',
        after="GROUPS = {",
    ),
    Entry("README.md", "    things\n", before="    settlement · carriers\n"),
    Entry(
        "tenants/personal.py",
        '\n    "things.remark": "words",',
        after="RULES: Mapping[str, str] = {",
    ),
    Entry(
        "tenants/personal.py",
        '\n    "things": frozenset({"name"}),',
        after="NOT_PERSONAL: Mapping[str, frozenset[str]] = {",
    ),
    Entry("tests/factories/world.py", '\n    "/things/": "thing",', after="PREFIXES = {"),
    Entry(
        "tests/factories/world.py",
        "from tests.factories.things import make_thing\n",
        before="\nTENANT_REALMS",
    ),
    Entry("tests/factories/world.py", '\n        "thing": make_thing(),', after="    made = {"),
)
# The sentences of the shapes; those that other modules have, too, are translated already.
CHINESE = {
    "@Things@": "@中文@",
    "@Thing@": "@中文@",
    "@Thing@ agreed to": "@中文@审批通过",
    "See @things@.": "查看@中文@。",
    "Add, change, import and delete @things@.": "新增、修改、导入和删除@中文@。",
    "Agreed to": "审批通过",
    "Submit for approval": "提交审批",
    "Delete “%(name)s”?": "确定删除“%(name)s”吗？",
}


def write(names: Names) -> list[Path]:
    """Write the files of a module; FileExistsError when one of them is there."""
    revision = f"migrations/tenants/{names.revision}_{names.plural}.py"
    texts = {}
    for shape in sorted(SHAPES.rglob("*.txt")):
        path = shape.relative_to(SHAPES).as_posix().removesuffix(".txt")
        path = revision if path == REVISION else names.fill(path)
        texts[names.root / path] = names.fill(shape.read_text(encoding="utf-8"))
    standing = next((path for path in texts if path.exists()), None)
    if standing is not None:
        raise FileExistsError(f"{standing.relative_to(names.root)} stands already")
    for target, text in texts.items():
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    return list(texts)


def enter(names: Names) -> list[Entry]:
    """Make a module known in the files that are there; return what has to be done by hand."""
    left = []
    for entry in ENTRIES:
        filled = Entry(entry.path, names.fill(entry.lines), entry.before, entry.after)
        path = names.root / entry.path
        text = filled.into(path.read_text(encoding="utf-8")) if path.exists() else None
        if text is None:
            left.append(filled)
        else:
            path.write_text(text, encoding="utf-8")
    return left


def translate(names: Names) -> None:
    """Bring the catalogues in step, with the words of a module."""
    words = {names.fill(english): names.fill(text) for english, text in CHINESE.items()}
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
        json.dump(words, file)
        file.flush()
        _run(names.root, "-m", "infra.translations", "update", file.name)


def _run(root: Path, *command: str) -> None:
    """Run a command of Python there; what it says is said here."""
    here = os.pathsep.join((str(root), str(root / "platform")))
    environment = {**os.environ, "PYTHONPATH": here}
    done = subprocess.run(
        [sys.executable, *command], cwd=root, env=environment, check=True, stdout=subprocess.PIPE
    )
    print(done.stdout.decode(), end="")


def main(arguments: list[str]) -> int:
    """Write a module and enter it, say what is left to do, and return the exit code."""
    parser = argparse.ArgumentParser(prog="infra/bin/new-module", description=__doc__)
    parser.add_argument("name", help="plural noun from the menu, lower case, one word")
    parser.add_argument("noun", help="the model: singular, capital first letter")
    parser.add_argument("chinese", help="the same word in Chinese")
    parser.add_argument("--promise", default="", help="what the module is, in one sentence")
    parser.add_argument("--root", type=Path, default=ROOT, help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if not re.fullmatch(r"[a-z]{3,30}", given.name) or not re.fullmatch(
        r"[A-Z][A-Za-z]{2,30}", given.noun
    ):
        parser.error("the name is one lower-case word, the noun starts with a capital")
    names = Names(given.name, given.noun, given.chinese, given.promise, given.root)
    if names.one == names.plural:
        parser.error("one record needs another name than many")
    try:
        written = write(names)
    except FileExistsError as error:
        parser.error(str(error))
    left = enter(names)
    touched = [*written, *(given.root / entry.path for entry in ENTRIES)]
    python = [str(path) for path in touched if path.suffix == ".py"]
    # Names find their order, and lines their length.
    _run(given.root, "-m", "ruff", "check", "--quiet", "--fix", "--select", "I,RUF022", *python)
    _run(given.root, "-m", "ruff", "format", "--quiet", *python)
    translate(names)
    for path in written:
        print(path.relative_to(given.root))
    for entry in left:
        where = f"before {entry.before!r}" if entry.before else f"after {entry.after!r}"
        print(f"By hand, in {entry.path}, {where}:\n{entry.lines}")
    print("Next: what it is and is not, in its __init__.py; its fields; infra/bin/check.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
