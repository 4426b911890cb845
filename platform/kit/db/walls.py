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

# The migrator's tools need these; the server lets it signal no backend but its own.
MIGRATORS_FUNCTIONS = ("set_config", "pg_cancel_backend", "pg_terminate_backend")

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


_NAMED = 5


def findings(connection: Connection, *, login: str | None = None) -> list[str]:
    """Return what is wrong with a database's walls, a sentence each; empty when all stand.

    `login` is the application's; whoever is connected when it is left out.
    """
    login = login or connection.scalar(text("SELECT session_user")) or ""
    return login_findings(connection, login=login) or _ask(
        connection,
        DATABASE,
        login=login,
        functions=list(CLOSED_FUNCTIONS),
        extensions=list(UNWANTED_EXTENSIONS),
        control_frozen=sorted(append_only_tables(ControlModel)),
        with_logins=_is_citus(connection),
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
