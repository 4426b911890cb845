"""A cell that is a Citus cluster: what is done differently there, and what is checked first.

A workspace's schema becomes a distributed one, whole on one node. The coordinator connects to the
nodes as the role of the moment, so tenant roles may log in there; utility statements go to the
nodes one by one, so a schema is not made by one message; the schema `cell` stays on the
coordinator, as local tables.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text

from kit.db.walls import CLOSED_FUNCTIONS, CLOSED_LANGUAGES
from kit.errors import Misconfigured

OLDEST = (12, 0)
"""Citus 12 brought schema-based sharding."""

_PART = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"|--[^\n]*|;|[^;'\"-]+|-")


@dataclass(frozen=True, slots=True)
class NodeAnswer:
    """What one node of the cluster answered to a command."""

    node: int
    is_success: bool
    result: str


def holes_command() -> str:
    """Return the query that names what a node leaves open, comma separated; empty when nothing."""
    functions = ", ".join(f"'{name}'" for name in CLOSED_FUNCTIONS)
    languages = ", ".join(f"'{name}'" for name in CLOSED_LANGUAGES)
    # Functions of the extension's own are in the catalogue's schema, too, and closed like these.
    return (
        "SELECT concat_ws(',',"  # noqa: S608 - names of ours
        " (SELECT string_agg(DISTINCT proname::text, ',') FROM pg_catalog.pg_proc"
        f" WHERE pronamespace = 'pg_catalog'::regnamespace AND proname IN ({functions})"
        " AND has_function_privilege('simtree_app', oid, 'EXECUTE')),"
        " (SELECT string_agg(lanname::text, ',') FROM pg_catalog.pg_language"
        f" WHERE lanname IN ({languages})"
        " AND has_language_privilege('simtree_app', oid, 'USAGE')),"
        " CASE WHEN has_database_privilege('simtree_app', current_database(), 'TEMPORARY')"
        " THEN 'temporary' END,"
        " CASE WHEN has_schema_privilege('simtree_app', 'public', 'CREATE') THEN 'public' END,"
        " (SELECT 'administrator' FROM pg_catalog.pg_roles WHERE rolname = 'simtree_app'"
        " AND (rolsuper OR rolcreaterole OR rolbypassrls)))"
    )


def judge(version: str | None, answers: Sequence[NodeAnswer]) -> list[str]:
    """Return what stands in the way of a cluster, a sentence each; empty when it may serve."""
    if version is None:
        return ["The extension citus is not there."]
    found = []
    if tuple(int(part) for part in re.findall(r"\d+", version)[:2]) < OLDEST:
        found.append(f"Citus {version} has no schema-based sharding; 12 or newer is needed.")
    if not answers:
        found.append("The cluster has no nodes.")
    for answer in answers:
        if not answer.is_success:
            found.append(f"Node {answer.node} does not answer: {answer.result}")
        elif answer.result:
            found.append(
                f"Node {answer.node} was not installed with infra/bin/install-database: "
                f"{answer.result} is open."
            )
    return found


def preflight(connection: Connection) -> None:
    """Refuse a cluster any node of which has a hole; Misconfigured names node and hole."""
    version: str | None = connection.scalar(
        text("SELECT extversion FROM pg_catalog.pg_extension WHERE extname = 'citus'")
    )
    answers = []
    if version is not None:
        rows = connection.execute(
            text("SELECT nodeid, success, result FROM run_command_on_all_nodes(:command)"),
            {"command": holes_command()},
        )
        answers = [NodeAnswer(row.nodeid, row.success, row.result or "") for row in rows]
    found = judge(version, answers)
    if found:
        raise Misconfigured(" ".join(found))


def keep_local(connection: Connection) -> None:
    """Have what the open transaction creates stay on the coordinator: the schema `cell`."""
    connection.execute(text("SET LOCAL citus.enable_schema_based_sharding TO off"))
    connection.execute(text("SET LOCAL citus.use_citus_managed_tables TO off"))


def statements(script: str, *, schema: str) -> Iterator[str]:
    """Yield a new workspace's script for a cluster, statement by statement."""
    yield "SET LOCAL citus.enable_schema_based_sharding TO on"
    role = f"CREATE ROLE {schema} NOLOGIN"
    if role not in script:
        raise ValueError("the script makes no role")
    # The coordinator connects to the nodes as this role; nobody else has a way in there.
    yield from split(script.replace(role, f"CREATE ROLE {schema} LOGIN"))


def split(script: str) -> Iterator[str]:
    """Yield the statements of a script of ours; it has no functions, so quotes are all there is."""
    statement = ""
    for part in _PART.findall(script):
        if part == ";":
            if statement.strip():
                yield statement.strip()
            statement = ""
        elif not part.startswith("--"):
            statement += part
    if statement.strip():
        yield statement.strip()
