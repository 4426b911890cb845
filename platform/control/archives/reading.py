"""Read an archive, and refuse one that is not whole, not ours or not of this time.

Everything is proven before anything is written anywhere; a refusal names the file and what does
not fit.
"""

import hashlib
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from control.archives import container
from control.archives.tables import (
    Column,
    Table,
    Tally,
    carried_tables,
    checked,
    describe,
)
from control.archives.writing import FORMAT, MANIFEST, README, Progress, silent
from control.plane import TenantPlane
from kit import ids
from kit.db.migrating import revisions
from kit.errors import Refused
from kit.i18n import gettext as _

_ENTRY = re.compile(r"(?:tables/([a-z][a-z0-9_]{0,62})\.jsonl|files/([0-9a-z]{26}))")
_LONGEST_MANIFEST = 64 << 20
_LONGEST_LINE = 256 << 20
_PIECE = 1 << 20


def _bad(name: str, what: object) -> Refused:
    return Refused(_("The archive was refused. %(name)s: %(what)s", name=name, what=what))


@dataclass(frozen=True, slots=True)
class Archive:
    """An archive that is open and whose manifest has been read; `prove` checks all the rest."""

    name: str
    reader: container.Reader
    package: zipfile.ZipFile
    manifest: Mapping[str, Any]
    tables: tuple[Table, ...]

    @property
    def revision(self) -> str:
        """The tenant revision at which it was made."""
        return str(self.manifest["revision"])

    @property
    def workspace(self) -> Mapping[str, Any]:
        """What is public of the workspace it was made of."""
        facts: Mapping[str, Any] = self.manifest["workspace"]
        return facts

    @property
    def rows(self) -> int:
        """How many rows it holds."""
        return sum(one["rows"] for one in self.manifest["tables"].values())

    def lines(self, table: Table) -> Iterator[dict[str, Any]]:
        """Yield the rows of a table; only after `prove`."""
        with self.package.open(f"tables/{table.name}.jsonl") as entry:
            for line in entry:
                yield checked(table, line)

    @contextmanager
    def file(self, key: str) -> Iterator[IO[bytes]]:
        """Open an uploaded file; only after `prove`."""
        with self.package.open(f"files/{key}") as entry:
            yield entry

    def prove(self, progress: Progress = silent) -> None:
        """Check every chunk, every file and every row; Refused names the first that is wrong."""
        try:
            self.reader.check()
        except container.BadArchive as error:
            raise _bad(self.name, _reason(error)) from None
        total = len(self.tables) + len(self.manifest["files"])
        for number, table in enumerate(self.tables):
            progress(number, total)
            self._prove_table(table)
        for number, (key, facts) in enumerate(self.manifest["files"].items(), len(self.tables)):
            progress(number, total)
            name = f"files/{key}"
            digest, size = hashlib.sha256(), 0
            for piece in self._pieces(name, facts["bytes"]):
                digest.update(piece)
                size += len(piece)
            self._compare(name, _("bytes"), facts["bytes"], size)
            self._compare(name, "SHA-256", facts["sha256"], digest.hexdigest())
        progress(total, total)

    def _prove_table(self, table: Table) -> None:
        name = f"tables/{table.name}.jsonl"
        facts = self.manifest["tables"][table.name]
        tally = Tally()
        problem = ""
        for line in self._lines(name, facts["bytes"]):
            tally.add(line)
            try:
                checked(table, line)
            except ValueError as error:
                problem = problem or _("row %(row)s: %(what)s", row=tally.rows, what=error)
        # The sums first: a row that does not read is mostly a file of something else.
        self._compare(name, _("rows"), facts["rows"], tally.rows)
        self._compare(name, "SHA-256", facts["sha256"], tally.digest.hexdigest())
        self._compare(name, _("content"), facts["fingerprint"], tally.fingerprint)
        if problem:
            raise _bad(name, problem)

    def _compare(self, name: str, what: str, promised: object, found: object) -> None:
        if promised != found:
            raise _bad(
                name,
                _(
                    "the manifest says %(what)s %(promised)s, but it is %(found)s",
                    what=what,
                    promised=promised,
                    found=found,
                ),
            )

    def _lines(self, name: str, size: int) -> Iterator[bytes]:
        rest = b""
        for piece in self._pieces(name, size):
            lines = (rest + piece).split(b"\n")
            rest = lines.pop()
            if len(rest) > _LONGEST_LINE:
                raise _bad(name, _("a row is too long"))
            for line in lines:
                yield line + b"\n"
        if rest:
            yield rest

    def _pieces(self, name: str, size: int) -> Iterator[bytes]:
        """Yield a file's bytes, never more than one piece beyond what the manifest says."""
        left = size
        try:
            with self.package.open(name) as entry:
                while left >= 0 and (piece := entry.read(_PIECE)):
                    left -= len(piece)
                    yield piece
        except (zipfile.BadZipFile, EOFError, OSError) as error:
            raise _bad(name, str(error)) from None
        if left < 0:
            raise _bad(name, _("it is longer than the manifest says"))


def _reason(error: container.BadArchive) -> object:
    # The container stands alone and speaks English; its sentences have a number in them at most.
    if isinstance(error, container.WrongPassphrase):
        return _("the passphrase is wrong")
    numbers = re.findall(r"\d+", str(error))
    if "chunk" in str(error) and len(numbers) == 2:
        return _(
            "it is cut off or altered: chunk %(number)s of %(count)s does not open",
            number=numbers[0],
            count=numbers[1],
        )
    sentences = {
        "it is no Simtree archive": _("it is no Simtree archive"),
        "it is cut off": _("it is cut off"),
        "it is cut off in its header": _("it is cut off in its header"),
        "its header is damaged": _("its header is damaged"),
    }
    return sentences.get(str(error), _("its form is not known here"))


def derive(path: Path, passphrase: str, *, name: str) -> bytes:
    """Return the key of an archive from its passphrase; Refused when it is not that."""
    return _header(path, name, lambda header: header.master(passphrase))


def _header(path: Path, name: str, use: Callable[[container.Header], bytes]) -> bytes:
    try:
        with path.open("rb") as stream:
            return use(container.read_header(stream))
    except container.BadArchive as error:
        raise _bad(name, _reason(error)) from None
    except OSError:
        raise _bad(name, _("it is not there")) from None


@contextmanager
def open_archive(path: Path, master: bytes, plane: TenantPlane, *, name: str) -> Iterator[Archive]:
    """Open an archive and read its manifest; Refused for one that this release cannot restore."""
    try:
        stream = path.open("rb")
    except OSError:
        raise _bad(name, _("it is not there")) from None
    with stream:
        try:
            reader = container.Reader(stream, master)
            package = zipfile.ZipFile(io.BufferedReader(reader, _PIECE))
        except container.BadArchive as error:
            raise _bad(name, _reason(error)) from None
        except zipfile.BadZipFile as error:
            raise _bad(name, str(error)) from None
        with package:
            try:
                manifest = _manifest(package)
            except container.BadArchive as error:
                raise _bad(name, _reason(error)) from None
            tables = _tables(manifest, plane)
            _refuse_strange(package, manifest)
            yield Archive(name, reader, package, manifest, tables)


def _manifest(package: zipfile.ZipFile) -> Mapping[str, Any]:
    try:
        with package.open(MANIFEST) as entry:
            manifest = json.loads(entry.read(_LONGEST_MANIFEST))
        shaped = (
            manifest["product"] == "simtree"
            and all(isinstance(manifest[key], dict) for key in ("workspace", "tables", "files"))
            and isinstance(manifest["revision"], str)
            and all(isinstance(amount, int) for amount in manifest["ledger"].values())
            and all(isinstance(manifest["workspace"][key], str) for key in _FACTS)
            and all(_is_counted(one) for one in manifest["files"].values())
            and all(_is_counted(one) and _is_described(one) for one in manifest["tables"].values())
        )
    except (KeyError, TypeError, ValueError, AttributeError, zipfile.BadZipFile):
        shaped = False
    if not shaped:
        raise _bad(MANIFEST, _("it is missing or not what it should be"))
    if manifest["format"] != FORMAT:
        raise _bad(MANIFEST, _("form %(form)s is not known here", form=manifest["format"]))
    known = [revision.id for revision in revisions("tenants")]
    if manifest["revision"] not in known:
        raise _bad(
            MANIFEST,
            _(
                "the archive is of revision %(revision)s, this release knows up to %(head)s; "
                "update first",
                revision=manifest["revision"],
                head=known[-1],
            ),
        )
    found: Mapping[str, Any] = manifest
    return found


_FACTS = ("public_id", "name", "address", "timezone", "currency", "locale")


def _is_counted(one: Mapping[str, Any]) -> bool:
    return isinstance(one["bytes"], int) and one["bytes"] >= 0 and isinstance(one["sha256"], str)


def _is_described(one: Mapping[str, Any]) -> bool:
    return (
        isinstance(one["rows"], int)
        and isinstance(one["fingerprint"], str)
        and all(isinstance(part, str) for column in one["columns"] for part in column)
        and all(len(column) == 2 for column in one["columns"])
        and all(isinstance(name, str) for name in one["personal"])
    )


def _tables(manifest: Mapping[str, Any], plane: TenantPlane) -> tuple[Table, ...]:
    """Return the tables of a manifest, parents before children; Refused for what is not ours."""
    order = carried_tables(plane.metadata)
    strange = sorted(manifest["tables"].keys() - set(order))
    if strange:
        raise _bad(MANIFEST, _("the table %(name)s is not ours", name=strange[0]))
    is_head = manifest["revision"] == revisions("tenants")[-1].id
    lost = sorted(set(order) - manifest["tables"].keys())
    if lost and is_head:
        raise _bad(MANIFEST, _("the table %(name)s is missing", name=lost[0]))
    found = []
    for name in order:
        if name not in manifest["tables"]:
            continue
        facts = manifest["tables"][name]
        table = describe(name, [Column(*pair) for pair in facts["columns"]], plane.metadata)
        ours = {column.name for column in plane.metadata.tables[name].columns}
        theirs = {column.name for column in table.columns}
        if len(theirs) != len(table.columns) or (is_head and ours != theirs):
            raise _bad(MANIFEST, _("the columns of %(name)s are not ours", name=name))
        if set(table.personal) != set(facts["personal"]):
            raise _bad(MANIFEST, _("the personal fields of %(name)s are not ours", name=name))
        found.append(table)
    return tuple(found)


def _refuse_strange(package: zipfile.ZipFile, manifest: Mapping[str, Any]) -> None:
    """Refuse entries that the manifest does not name, twice or under names that lead elsewhere."""
    names = package.namelist()
    promised = {README, MANIFEST}
    promised |= {f"tables/{name}.jsonl" for name in manifest["tables"]}
    promised |= {f"files/{key}" for key in manifest["files"]}
    for name in names:
        fits = _ENTRY.fullmatch(name)
        if name not in {README, MANIFEST} and (
            fits is None or (fits[2] and not ids.is_id(fits[2]))
        ):
            raise _bad(repr(name), _("no file of an archive is called so"))
        if name not in promised:
            raise _bad(name, _("the manifest does not name it"))
    twice = {name for name in names if names.count(name) > 1} if len(names) != len(promised) else ()
    for name in sorted(twice):
        raise _bad(name, _("it is there twice"))
    for name in sorted(promised - set(names)):
        raise _bad(name, _("it is missing"))
