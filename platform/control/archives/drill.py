"""The drill: export a workspace, restore it beside itself, compare, and leave nothing behind.

The scratch copy lives in one transaction that is rolled back, so that even a killed drill leaves
no schema and no role; what is compared is read as the scratch workspace's own role.
"""

import hashlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

from sqlalchemy import Engine, text

from control.archives import container
from control.archives.loading import fingerprints, load, load_files
from control.archives.queries import facts_of
from control.archives.reading import open_archive
from control.archives.writing import exact, ledger_sums, write_archive
from control.plane import TenantPlane
from control.workspaces.directory import as_tenant
from control.workspaces.models import Workspace
from kit import crypto, files, ids, tenancy
from kit.db import control_session
from kit.settings import get_settings
from kit.tenancy import Access
from kit.tenancy import Workspace as Tenant


@dataclass(frozen=True, slots=True)
class Compared:
    """One thing that must be equal: what it is called, in the workspace and in the copy."""

    name: str
    original: str
    copy: str

    @property
    def is_equal(self) -> bool:
        return self.original == self.copy


@dataclass(slots=True)
class Report:
    """What a drill found, and how long each part of it took, in seconds."""

    workspace: str
    revision: str = ""
    rows: int = 0
    size: int = 0
    compared: list[Compared] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def differences(self) -> list[Compared]:
        """What is not equal."""
        return [one for one in self.compared if not one.is_equal]


def drill(workspace: Workspace, plane: TenantPlane, engine: Engine) -> Report:
    """Export a workspace, restore it into a scratch schema of its cell and compare all of it.

    `engine` is the migrator's. Refused when the archive cannot even be restored.
    """
    origin, facts = as_tenant(workspace), facts_of(workspace)
    report = Report(f"{workspace.name} ({workspace.address})")
    control_session().rollback()
    scratch_id = f"t_{ids.new()}"
    scratch = replace(
        origin,
        schema=scratch_id,
        access=Access.FULL,
        keys=((1, crypto.new_wrapped_key(scratch_id)),),
    )
    master = os.urandom(32)
    with TemporaryDirectory(dir=_folder()) as folder:
        path = Path(folder) / "drill.simtree"
        began = monotonic()
        made = write_archive(
            path, origin, plane, master=master, salt=container.new_salt(), facts=facts
        )
        report.size, report.revision = made.size, made.manifest["revision"]
        report.seconds["export"] = monotonic() - began
        with open_archive(path, master, plane, name=path.name) as archive:
            began = monotonic()
            archive.prove()
            report.rows = archive.rows
            report.seconds["prove"] = monotonic() - began
            began = monotonic()
            try:
                load_files(archive, scratch)
                with engine.connect() as connection, connection.begin() as outer:
                    load(connection, archive, scratch, plane)
                    report.seconds["restore"] = monotonic() - began
                    began = monotonic()
                    if get_settings().engine_of(scratch.cell) != "citus":
                        # There a node would show the role only what is committed.
                        connection.execute(text(f"SET LOCAL ROLE {scratch.schema}"))
                    exact(connection)
                    copies = fingerprints(connection, scratch, plane)
                    sums = ledger_sums(connection, plane)
                    outer.rollback()
                report.compared = [
                    *_tables(archive.manifest, copies),
                    *_sums(archive.manifest["ledger"], sums),
                    *_files(archive.manifest["files"], scratch),
                ]
                report.seconds["compare"] = monotonic() - began
            finally:
                with tenancy.enter(scratch):
                    files.remove_all()
    return report


def _folder() -> Path:
    folder = get_settings().data_dir / "archives"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _tables(
    manifest: Mapping[str, Mapping[str, Mapping[str, object]]],
    copies: Mapping[str, tuple[int, str]],
) -> Iterator[Compared]:
    originals = manifest["tables"]
    for name in sorted(originals.keys() | copies.keys()):
        facts = originals.get(name, {"rows": "-", "fingerprint": "-"})
        rows, fingerprint = copies.get(name, ("-", "-"))
        yield Compared(f"{name}: rows", str(facts["rows"]), str(rows))
        yield Compared(f"{name}: content", str(facts["fingerprint"]), fingerprint)


def _sums(originals: Mapping[str, int], copies: Mapping[str, int]) -> Iterator[Compared]:
    for name in sorted(originals.keys() | copies.keys()):
        yield Compared(f"ledger: {name}", str(originals.get(name, "-")), str(copies.get(name, "-")))


def _files(originals: Mapping[str, Mapping[str, object]], scratch: Tenant) -> Iterator[Compared]:
    with tenancy.enter(scratch):
        copies = {}
        for key in files.stored_keys():
            with files.open_file(key) as stream:
                copies[key] = hashlib.file_digest(stream, "sha256").hexdigest()
    for key in sorted(originals.keys() | copies.keys()):
        original = str(originals[key]["sha256"]) if key in originals else "-"
        yield Compared(f"file {key}", original, copies.get(key, "-"))
