"""django-tenants with as many tables, columns, keys and indexes as we have.

Installed into an environment of its own beside the benchmark's folder. The models are written from
our metadata, so that both sides make the same schema; then tenants are made and one column added,
by its own commands.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import CheckConstraint, Column, MetaData, Table, UniqueConstraint

from tests.databases import superuser_url
from wsgi import tenant_plane

VERSIONS = ("django==5.2.*", "django-tenants==4.0.*", "psycopg[binary]==3.*")
DATABASE = "peer_django_tenants"
_PROJECT = Path(__file__).with_name("django_project")
_FIELDS = {
    "Text": "models.TextField({options})",
    "String": "models.CharField(max_length=200{more})",
    "Boolean": "models.BooleanField({options})",
    "DateTime": "models.DateTimeField({options})",
    "Date": "models.DateField({options})",
    "BigInteger": "models.BigIntegerField({options})",
    "LargeBinary": "models.BinaryField({options})",
    "ARRAY": "models.JSONField({options})",
    "JSONB": "models.JSONField({options})",
}


@dataclass(frozen=True, slots=True)
class Peer:
    """What django-tenants took, in milliseconds a tenant, with how many tables."""

    create: float
    migrate: float
    tables: int


@lru_cache(maxsize=1)
def measured() -> Peer:
    """Return what it took beside the benchmark's own server, measured once."""
    with tempfile.TemporaryDirectory(prefix="simtree-peer-") as folder:
        return measure(tenant_plane().metadata, url=superuser_url(), folder=Path(folder))


def measure(metadata: MetaData, *, url: str, folder: Path, tenants: int = 12) -> Peer:
    """Make tenants and add a column to each; CalledProcessError when it cannot be installed."""
    python = folder / "venv/bin/python"
    subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True)
    subprocess.run([python, "-m", "pip", "install", "--quiet", *VERSIONS], check=True)
    project = folder / "project"
    _write(metadata, project)
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
        server.execute(f"CREATE DATABASE {DATABASE}")
    # The embedded server is reached by a socket, whose folder only the driver finds in the URL.
    parts = conninfo_to_dict(url)
    environment = os.environ | {
        "PEER_DATABASE": DATABASE,
        "PEER_HOST": str(parts.get("host", "")),
        "PEER_PORT": str(parts.get("port", "")),
        "PEER_USER": str(parts.get("user", "")),
        "PEER_PASSWORD": str(parts.get("password", "")),
        "PEER_TENANTS": str(tenants),
        "DJANGO_SETTINGS_MODULE": "peer_settings",
        "PYTHONPATH": str(project),
    }
    try:
        done = subprocess.run(
            [python, "run.py"],
            cwd=project,
            env=environment,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
    finally:
        with psycopg.connect(url, autocommit=True) as server:
            server.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
    told = json.loads(done.stdout.splitlines()[-1])
    return Peer(told["create"], told["migrate"], len(metadata.tables))


def _write(metadata: MetaData, project: Path) -> None:
    for source in _PROJECT.rglob("*.py"):
        target = project / source.relative_to(_PROJECT)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(source.read_text(encoding="utf-8"), encoding="utf-8")
    models = ["from django.db import models", ""]
    models += [_model(table) for table in metadata.sorted_tables]
    (project / "trade/models.py").write_text("\n".join(models), encoding="utf-8")


def _model(table: Table) -> str:
    unique = {
        next(iter(constraint.columns)).name
        for constraint in table.constraints
        if isinstance(constraint, UniqueConstraint) and len(constraint.columns) == 1
    }
    fields = [
        f"    f_{column.name} = " + _field(column, unique=column.name in unique)
        for column in table.columns
        if column.name != "id"
    ]
    return "\n".join(
        [
            f"class {_class(table)}(models.Model):",
            "    id = models.BigAutoField(primary_key=True)",
            *fields,
            f"    class Meta:\n        db_table = 'p_{table.name}'",
            f"        indexes = [{', '.join(_indexes(table))}]",
            f"        constraints = [{', '.join(_constraints(table))}]",
            "",
        ]
    )


def _indexes(table: Table) -> Iterator[str]:
    for number, index in enumerate(table.indexes):
        if index.columns:
            name = f"name='ix_{table.name[:20]}_{number}'"
            yield f"models.Index(fields={_names(index.columns)}, {name})"


def _constraints(table: Table) -> Iterator[str]:
    for number, constraint in enumerate(table.constraints):
        name = f"name='co_{table.name}_{number}'"
        if isinstance(constraint, CheckConstraint):
            # As many checks as ours; what they say costs nothing to make.
            yield f"models.CheckConstraint(condition=models.Q(id__gt=0), {name})"
        elif isinstance(constraint, UniqueConstraint) and len(constraint.columns) > 1:
            yield f"models.UniqueConstraint(fields={_names(constraint.columns)}, {name})"


def _names(columns: Iterable[Column[object]]) -> list[str]:
    return ["id" if column.name == "id" else f"f_{column.name}" for column in columns]


def _class(table: Table) -> str:
    return "".join(part.title() for part in table.name.split("_"))


def _field(column: Column[object], *, unique: bool) -> str:
    options = [f"null={column.nullable}"]
    if unique:
        options.append("unique=True")
    if column.foreign_keys:
        target = next(iter(column.foreign_keys)).column.table
        name = "'self'" if target is column.table else f"'{_class(target)}'"
        rest = f"related_name='+', db_index=False, {', '.join(options)}"
        return f"models.ForeignKey({name}, models.DO_NOTHING, {rest})"
    text = ", ".join(options)
    return _FIELDS[type(column.type).__name__].format(options=text, more=f", {text}")
