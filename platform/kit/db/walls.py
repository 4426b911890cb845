"""The walls of a database: what is revoked at installation, and checked ever after.

`findings` asks the server, in a few milliseconds, whether the walls between the workspaces of a
database stand: at installation, at every start and in the health check of a cell. `cell_findings`
looks at every table of every workspace besides, for a night's check and for tests. Each hole was
shown to be one; infra/decisions/0003-walls.md says what stays open, tests/attacks tries them all.
"""

from collections.abc import Collection

from sqlalchemy import Connection, text

from kit.db.grants import append_only_tables
from kit.db.models import ControlModel, TenantModel
from kit.db.wall_questions import CELL, DATABASE, LOGIN
from kit.errors import Misconfigured

APP = "simtree_app"

# Closed by name, every overload of each: what they are called with differs among releases.
# Only a superuser's revoke takes effect on the server's own functions, hence at installation.
CLOSED_FUNCTIONS = (
    # They change over to another role or workspace, or outlive the transaction.
    "set_config",
    "pg_notify",
    "pg_advisory_lock",
    "pg_advisory_lock_shared",
    "pg_try_advisory_lock",
    "pg_try_advisory_lock_shared",
    # Every workspace's backends have the same login, which may signal its own.
    "pg_cancel_backend",
    "pg_terminate_backend",
    # They make a statement of a value.
    "query_to_xml",
    "query_to_xmlschema",
    "query_to_xml_and_xmlschema",
    "cursor_to_xml",
    "cursor_to_xmlschema",
    "table_to_xml",
    "table_to_xmlschema",
    "table_to_xml_and_xmlschema",
    "schema_to_xml",
    "schema_to_xmlschema",
    "schema_to_xml_and_xmlschema",
    "database_to_xml",
    "database_to_xmlschema",
    "database_to_xml_and_xmlschema",
    "ts_rewrite",
    "ts_stat",
    "run_command_on_all_nodes",
    "run_command_on_colocated_placements",
    "run_command_on_coordinator",
    "run_command_on_placements",
    "run_command_on_shards",
    "run_command_on_workers",
    # They write where no table is.
    "pg_logical_emit_message",
    "lo_creat",
    "lo_create",
    "lo_export",
    "lo_from_bytea",
    "lo_get",
    "lo_import",
    "lo_open",
    "lo_put",
    "lo_truncate",
    "lo_truncate64",
    "lo_unlink",
    "loread",
    "lowrite",
    # The server's files; closed by PostgreSQL itself, and looked at so that nobody opens them.
    "pg_ls_dir",
    "pg_ls_logdir",
    "pg_ls_tmpdir",
    "pg_ls_waldir",
    "pg_read_binary_file",
    "pg_read_file",
    "pg_stat_file",
)

# The migrator's tools need these; the server lets it signal no backend but its own, and another
# node takes its commands as its own login's.
MIGRATORS_FUNCTIONS = (
    "set_config",
    "pg_cancel_backend",
    "pg_terminate_backend",
    "run_command_on_all_nodes",
)

# An extension's functions are closed, all of them, but for what Citus calls in our name: to begin
# on a node, to bring a part's rows to it, to leave shards out of the catalogue.
NEEDED_FUNCTIONS = (
    "assign_distributed_transaction_id",
    "citus_table_is_visible",
    "read_intermediate_result",
    "read_intermediate_results",
    "relation_is_a_known_shard",
)

CLOSED_LANGUAGES = ("plpgsql", "sql")

# With these a workspace's role could open a connection of its own, or read the server's files.
UNWANTED_EXTENSIONS = ("dblink", "postgres_fdw", "file_fdw", "adminpack", "lo", "pg_background")


def revokes(database: str) -> list[str]:
    """Return the statements that close the holes of one database; a superuser runs them."""
    return [
        f"REVOKE ALL ON DATABASE {database} FROM PUBLIC",
        "REVOKE ALL ON SCHEMA public FROM PUBLIC",
        *(f"REVOKE USAGE ON LANGUAGE {language} FROM PUBLIC" for language in CLOSED_LANGUAGES),
    ]


def functions_named(names: Collection[str]) -> str:
    """Return the query for the signatures of the server's own functions with these names."""
    listed = ", ".join(f"'{name}'" for name in names)
    return (
        "SELECT oid::regprocedure::text FROM pg_proc "  # noqa: S608 - names of ours
        f"WHERE pronamespace = 'pg_catalog'::regnamespace AND proname IN ({listed}) ORDER BY 1"
    )


def extension_functions() -> str:
    """Return the query for the signatures of extensions' functions that PUBLIC may call.

    Those that Citus calls in our name, and the language's own, are not among them.
    """
    needed = ", ".join(f"'{name}'" for name in NEEDED_FUNCTIONS)
    return (
        "SELECT p.oid::regprocedure::text FROM pg_proc p "  # noqa: S608 - names of ours
        "JOIN pg_depend d ON d.objid = p.oid AND d.classid = 'pg_proc'::regclass "
        "AND d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e' "
        "JOIN pg_extension e ON e.oid = d.refobjid AND e.extname <> 'plpgsql' "
        "CROSS JOIN LATERAL aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) acl "
        f"WHERE acl.grantee = 0 AND p.proname NOT IN ({needed}) ORDER BY 1"
    )


def extension_schemas() -> str:
    """Return the query for the names of extensions' schemas that PUBLIC may use."""
    return (
        "SELECT n.nspname::text FROM pg_namespace n "
        "JOIN pg_depend d ON d.objid = n.oid AND d.classid = 'pg_namespace'::regclass "
        "AND d.deptype = 'e' CROSS JOIN LATERAL aclexplode(n.nspacl) acl "
        "WHERE acl.grantee = 0 ORDER BY 1"
    )


_NAMED = 5


def asked(*, login: str, with_logins: bool) -> dict[str, object]:
    """Return the values of the questions about a database."""
    return {
        "login": login,
        "functions": list(CLOSED_FUNCTIONS),
        "needed": list(NEEDED_FUNCTIONS),
        "extensions": list(UNWANTED_EXTENSIONS),
        "control_frozen": sorted(append_only_tables(ControlModel)),
        "with_logins": with_logins,
    }


def findings(connection: Connection, *, login: str | None = None) -> list[str]:
    """Return what is wrong with a database's walls, a sentence each; empty when all stand.

    `login` is the application's; whoever is connected when it is left out.
    """
    login = login or connection.scalar(text("SELECT session_user")) or ""
    return login_findings(connection, login=login) or _ask(
        connection, DATABASE, **asked(login=login, with_logins=_is_citus(connection))
    )


def login_findings(connection: Connection, *, login: str) -> list[str]:
    """Return why a login must not be the application's: to such a one nothing is closed."""
    row = connection.execute(LOGIN, {"login": login}).one_or_none()
    if row is None:
        return [f"there is no login {login}"]
    if row.is_administrator:
        return [f"{login} is a login with administrative rights; use {APP}"]
    if row.owns:
        return [f"{login} is a login that owns tables or may replicate; use {APP}"]
    return []


def cell_findings(connection: Connection) -> list[str]:
    """Return what is wrong with the tables of a cell's workspaces, a sentence each."""
    return _ask(connection, CELL, frozen=sorted(append_only_tables(TenantModel)))


def check(connection: Connection, *, login: str | None = None) -> None:
    """Refuse a database whose walls do not stand; Misconfigured says why."""
    _refuse(findings(connection, login=login))


def check_cell(connection: Connection) -> None:
    """Refuse a cell in which one workspace could reach another; Misconfigured says why."""
    _refuse([*findings(connection, login=APP), *cell_findings(connection)])


def _refuse(found: list[str]) -> None:
    if found:
        raise Misconfigured(
            "The database was not installed with infra/bin/install-database, or was changed "
            f"since: {'; '.join(found)}."
        )


def _ask(connection: Connection, questions: dict[str, str], **values: object) -> list[str]:
    found = []
    for sentence, question in questions.items():
        names = sorted(set(connection.scalars(text(question), values)))
        if names:
            more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
            found.append(f"{sentence} ({', '.join(names[:_NAMED])}{more})")
    return found


def _is_citus(connection: Connection) -> bool:
    """Tell whether the cell is a Citus cluster, whose nodes know a workspace's role by login."""
    return bool(
        connection.scalar(text("SELECT count(*) FROM pg_extension WHERE extname = 'citus'"))
    )
