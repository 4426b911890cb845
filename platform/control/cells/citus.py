"""A cell that is a Citus cluster: what is done differently there, and what is checked first.

A workspace's schema becomes a distributed one, whole on one node. The coordinator connects to the
nodes as the role of the moment, so tenant roles may log in there; utility statements go to the
nodes one by one, so a schema is not made by one message; the schema `cell` stays on the
coordinator, as local tables.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text
from sqlalchemy.dialects import postgresql

from kit.db.models import ROW_IDS
from kit.db.wall_questions import DATABASE
from kit.db.walls import APP, asked
from kit.errors import Misconfigured

OLDEST = (12, 0)
"""Citus 12 brought schema-based sharding."""

_NAMED = 3
_ADMINISTRATOR = "the application's login has administrative rights"
_IS_ADMINISTRATOR = """
    SELECT rolname::text FROM pg_roles WHERE rolname = :login
    AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication)
"""

# Citus makes a sequence that a table depends on on the nodes, too, by a login of its own, which
# does not see the schema before the commit. Looked up by name, it stays where rows are numbered.
_NUMBERS = f"nextval('{ROW_IDS}')"
_NUMBERS_BY_NAME = f"nextval('{ROW_IDS}'::text::regclass)"

_PART = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"|--[^\n]*|;|[^;'\"-]+|-")


@dataclass(frozen=True, slots=True)
class NodeAnswer:
    """What one node of the cluster answered to a command."""

    node: int
    is_success: bool
    result: str


def holes_command() -> str:
    """Return the query that names what a node leaves open, a sentence each; NULL when nothing.

    It is the walls' own questions, put to a node that is reached through the coordinator alone.
    """
    values = asked(login=APP, with_logins=True)
    parts = [
        _part(sentence, _spelt_out(question, values))
        for sentence, question in {_ADMINISTRATOR: _IS_ADMINISTRATOR, **DATABASE}.items()
    ]
    return f"SELECT string_agg(hole, '; ') FROM ({' UNION ALL '.join(parts)}) AS holes(hole)"  # noqa: S608


def _part(sentence: str, question: str) -> str:
    return (
        f"SELECT {_literal(f'{sentence} (')}"  # noqa: S608 - questions of ours
        f" || array_to_string((array_agg(DISTINCT name))[1:{_NAMED}], ', ') || ')'"
        f" FROM ({question}) AS found(name) HAVING count(*) > 0"
    )


def _literal(words: str) -> str:
    return "'" + words.replace("'", "''") + "'"


def _spelt_out(question: str, values: Mapping[str, object]) -> str:
    """Return a question with its values written into it; they are names of ours."""
    binds = {
        # The server reads a list of names from such a text.
        name: f"{{{','.join(value)}}}" if isinstance(value, list) else value
        for name, value in values.items()
        if re.search(rf"(?<!:):{name}\b", question)
    }
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    bound = text(question).bindparams(**binds)
    return str(bound.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))


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
            found.append(f"Node {answer.node} could not be asked: {answer.result}")
        elif answer.result:
            found.append(
                f"Node {answer.node} was not installed with infra/bin/install-database, or was "
                f"changed since: {answer.result}."
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
    connection.execute(text("SET LOCAL citus.enable_ddl_propagation TO off"))
    connection.execute(text("SET LOCAL citus.enable_schema_based_sharding TO off"))
    connection.execute(text("SET LOCAL citus.use_citus_managed_tables TO off"))


def bind_commits(connection: Connection) -> None:
    """Make the table by which `kit.jobs` has coordinator and node commit together."""
    if connection.scalar(text("SELECT to_regclass('cell.together')")) is not None:
        return
    connection.execute(text("SET LOCAL citus.enable_ddl_propagation TO on"))
    connection.execute(text("CREATE TABLE cell.together (id bigint)"))
    connection.execute(text("GRANT DELETE ON cell.together TO simtree_tenant"))
    connection.execute(text("SELECT citus_add_local_table_to_metadata('cell.together')"))


def statements(script: str, *, schema: str) -> Iterator[str]:
    """Yield a script that makes a workspace, or a part of it, statement by statement."""
    yield "SET LOCAL citus.enable_schema_based_sharding TO on"
    # The coordinator connects to the nodes as this role; nobody else has a way in there.
    role = f"CREATE ROLE {schema} "
    yield from split(script.replace(f"{role}NOLOGIN", f"{role}LOGIN"))


def split(script: str) -> Iterator[str]:
    """Yield the statements of a script of ours; it has no functions, so quotes are all there is."""
    statement = ""
    for part in _PART.findall(script.replace(_NUMBERS, _NUMBERS_BY_NAME)):
        if part == ";":
            if statement.strip():
                yield statement.strip()
            statement = ""
        elif not part.startswith("--"):
            statement += part
    if statement.strip():
        yield statement.strip()


_SIZES = text("""
    SELECT n.nspname AS schema, sum(z.size)::bigint AS size
    FROM pg_catalog.citus_shard_sizes() z (shard_id, size)
    JOIN pg_catalog.pg_dist_shard s ON s.shardid = z.shard_id
    JOIN pg_catalog.pg_class c ON c.oid = s.logicalrelid
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = ANY(:schemas) GROUP BY 1
""")


def sizes(connection: Connection, schemas: Sequence[str]) -> dict[str, int]:
    """Return the bytes of each schema's tables with their indexes, on the node they lie on."""
    rows = connection.execute(_SIZES, {"schemas": list(schemas)}).all()
    return {row.schema: row.size for row in rows}
