"""The walls of a database: what is revoked at installation and checked at every start.

Each hole below was shown to be one; see infra/decisions/0003-walls.md for what stays open.
"""

from sqlalchemy import Connection, text

from kit.errors import Misconfigured

# PostgreSQL 16 lets only a superuser's revoke on these take effect, hence at installation.
FUNCTIONS = (
    "pg_catalog.set_config(text, text, boolean)",
    "pg_catalog.pg_notify(text, text)",
    "pg_catalog.pg_advisory_lock(bigint)",
    "pg_catalog.pg_advisory_lock(integer, integer)",
    "pg_catalog.pg_advisory_lock_shared(bigint)",
    "pg_catalog.pg_advisory_lock_shared(integer, integer)",
    "pg_catalog.pg_try_advisory_lock(bigint)",
    "pg_catalog.pg_try_advisory_lock(integer, integer)",
    "pg_catalog.pg_try_advisory_lock_shared(bigint)",
    "pg_catalog.pg_try_advisory_lock_shared(integer, integer)",
    "pg_catalog.lo_creat(integer)",
    "pg_catalog.lo_create(oid)",
    "pg_catalog.lo_from_bytea(oid, bytea)",
    "pg_catalog.lo_get(oid)",
    "pg_catalog.lo_get(oid, bigint, integer)",
    "pg_catalog.lo_open(oid, integer)",
    "pg_catalog.lo_put(oid, bigint, bytea)",
    "pg_catalog.lo_truncate(integer, integer)",
    "pg_catalog.lo_truncate64(integer, bigint)",
    "pg_catalog.lo_unlink(oid)",
    "pg_catalog.loread(integer, integer)",
    "pg_catalog.lowrite(integer, bytea)",
)


def revokes(database: str) -> list[str]:
    """Return the statements that close the holes of one database; a superuser runs them."""
    return [
        f"REVOKE ALL ON DATABASE {database} FROM PUBLIC",
        "REVOKE ALL ON SCHEMA public FROM PUBLIC",
        "REVOKE USAGE ON LANGUAGE plpgsql FROM PUBLIC",
        *(f"REVOKE EXECUTE ON FUNCTION {function} FROM PUBLIC" for function in FUNCTIONS),
    ]


_LOGIN = text("""
    SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication,
           (SELECT count(*) FROM pg_class WHERE relowner = r.oid) AS owned
    FROM pg_roles r WHERE rolname = session_user
""")

_HOLES = text("""
    SELECT has_function_privilege(session_user, 'set_config(text, text, boolean)', 'EXECUTE'),
           has_language_privilege(session_user, 'plpgsql', 'USAGE'),
           has_database_privilege(session_user, current_database(), 'TEMPORARY'),
           has_function_privilege(session_user, 'lo_create(oid)', 'EXECUTE'),
           has_function_privilege(session_user, 'pg_advisory_lock(bigint)', 'EXECUTE'),
           has_function_privilege(session_user, 'pg_notify(text, text)', 'EXECUTE')
""")


def check(connection: Connection) -> None:
    """Refuse a database login that could climb over the walls; Misconfigured says why."""
    login = connection.execute(_LOGIN).one()
    if login.rolsuper or login.rolbypassrls or login.rolcreaterole or login.rolcreatedb:
        raise Misconfigured(
            "DATABASE_URL names a login with administrative rights; use simtree_app, as made by "
            "infra/bin/install-database."
        )
    if login.rolreplication or login.owned:
        raise Misconfigured(
            "DATABASE_URL names a login that owns tables or may replicate; use simtree_app."
        )
    if any(connection.execute(_HOLES).one()):
        raise Misconfigured(
            "The database was not installed with infra/bin/install-database: its login may change "
            "role, keep locks or write outside its workspace."
        )
