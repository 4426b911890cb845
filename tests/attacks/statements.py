"""Statements that acme's role tries, and the server's or our cursor's answer to each."""

from tests.attacks.catalogue import Statement

SCHEMA = "permission denied for schema {rival}"
PRIVATE = "permission denied for schema {acme}"
MISSING = "not available|permission denied to create extension"
CONTROL = "permission denied for schema control"


def _group(name: str, *rows: tuple[str, ...] | Statement) -> list[Statement]:
    made = []
    for row in rows:
        if isinstance(row, Statement):
            made.append(row)
            continue
        id_, sql, says, *rest = row
        driver = rest[0] if rest else ""
        state = rest[1] if len(rest) > 1 else "42501"
        made.append(Statement(id_, name, sql, says, state, driver))
    return made


def _open(id_: str, group: str, sql: str, driver: str, limit: str = "") -> Statement:
    """Make a statement that the server lets pass."""
    return Statement(id_, group, sql, driver=driver, limit=limit or "the server lets it pass")


READING = _group(
    "reading and writing another schema",
    ("read", "SELECT * FROM {rival}.users", SCHEMA),
    ("read-in-brackets", "(SELECT 1 FROM {rival}.users)", SCHEMA),
    ("read-table", "TABLE {rival}.users", SCHEMA, "TABLE"),
    ("read-joined", "SELECT 1 FROM users JOIN {rival}.users r USING (id)", SCHEMA),
    ("read-locking", "SELECT 1 FROM {rival}.users FOR UPDATE", SCHEMA),
    ("read-by-regclass", "SELECT '{rival}.users'::regclass", SCHEMA),
    ("read-xml", "SELECT table_to_xml('{rival}.users', true, true, '')", "table_to_xml"),
    ("read-xml-query", "SELECT query_to_xml('SELECT 1', true, true, '')", "query_to_xml"),
    ("read-words", "SELECT ts_stat('SELECT name::tsvector FROM {rival}.users')", "ts_stat"),
    ("insert", "INSERT INTO {rival}.users (name) VALUES ('x')", SCHEMA),
    ("update", "UPDATE {rival}.users SET name = 'x'", SCHEMA),
    ("delete", "DELETE FROM {rival}.users", SCHEMA),
    (
        "merge",
        "MERGE INTO {rival}.users u USING users s ON u.id = s.id WHEN MATCHED THEN DELETE",
        SCHEMA,
    ),
    ("delete-in-with", "WITH x AS (DELETE FROM {rival}.users RETURNING 1) SELECT 1", SCHEMA),
    ("truncate", "TRUNCATE {rival}.users", SCHEMA, "TRUNCATE"),
    ("truncate-own", "TRUNCATE users", "permission denied for table users", "TRUNCATE"),
    ("lock", "LOCK TABLE {rival}.users", SCHEMA, "LOCK"),
    ("next-number", "SELECT nextval('{rival}.row_ids')", SCHEMA),
    ("set-number", "SELECT setval('{rival}.row_ids', 1)", SCHEMA),
    ("read-number", "SELECT last_value FROM {rival}.row_ids", SCHEMA),
    ("set-own-number", "SELECT setval('row_ids', 1)", "for sequence row_ids"),
    ("control-read", "SELECT * FROM control.workspaces", CONTROL),
    ("control-keys", "SELECT * FROM control.workspace_keys", CONTROL),
    ("control-write", "UPDATE control.workspaces SET access = 'full'", CONTROL),
    ("control-lock", "LOCK TABLE control.workspaces", CONTROL, "LOCK"),
)

DDL = _group(
    "changing what there is",
    ("create-in-rival", "CREATE TABLE {rival}.mine (id int)", SCHEMA, "CREATE"),
    ("create", "CREATE TABLE mine (id int)", PRIVATE, "CREATE"),
    ("create-public", "CREATE TABLE public.mine (id int)", "schema public", "CREATE"),
    ("create-temp", "CREATE TEMP TABLE users (id int)", "create temporary tables", "CREATE"),
    ("create-as", "CREATE TABLE mine AS SELECT * FROM users", PRIVATE, "CREATE"),
    ("select-into", "SELECT * INTO mine FROM users", PRIVATE),
    ("select-into-temp", "SELECT * INTO TEMP mine FROM users", "create temporary tables"),
    ("select-into-rival", "SELECT * INTO {rival}.mine FROM users", SCHEMA),
    ("create-schema", "CREATE SCHEMA mine", "permission denied for database", "CREATE"),
    ("create-view", "CREATE VIEW mine AS SELECT 1", PRIVATE, "CREATE"),
    ("create-type", "CREATE TYPE mine AS (id int)", PRIVATE, "CREATE"),
    ("create-domain", "CREATE DOMAIN mine AS int", PRIVATE, "CREATE"),
    ("create-operator", "CREATE OPERATOR === (leftarg = int, rightarg = int, function = int4eq)",
     PRIVATE, "CREATE"),
    ("create-cast", "CREATE CAST (int AS text) WITH INOUT", "must be owner of type", "CREATE"),
    ("create-index", "CREATE INDEX mine ON users (name)", "must be owner of table users", "CREATE"),
    ("create-trigger", ("CREATE TRIGGER mine BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION "
     "suppress_redundant_updates_trigger()"), "permission denied for table users", "CREATE"),
    ("create-rule", "CREATE RULE mine AS ON DELETE TO users DO INSTEAD NOTHING",
     "must be owner of table users", "CREATE"),
    ("create-policy", "CREATE POLICY mine ON cell.outbox USING (true)",
     "must be owner of table outbox", "CREATE"),
    ("no-row-security", "ALTER TABLE cell.outbox DISABLE ROW LEVEL SECURITY",
     "must be owner of table outbox", "ALTER"),
    ("alter", "ALTER TABLE users ADD COLUMN mine int", "must be owner of table users", "ALTER"),
    ("alter-rival", "ALTER TABLE {rival}.users RENAME TO mine", SCHEMA, "ALTER"),
    ("drop", "DROP TABLE users", "must be owner of table users", "DROP"),
    ("drop-rival", "DROP TABLE {rival}.users", SCHEMA, "DROP"),
    ("drop-schema", "DROP SCHEMA {rival} CASCADE", "must be owner of schema {rival}", "DROP"),
    ("rename-schema", "ALTER SCHEMA {rival} RENAME TO mine", "must be owner of schema", "ALTER"),
    ("comment", "COMMENT ON SCHEMA {rival} IS 'x'", "must be owner of schema {rival}", "COMMENT"),
    ("default-rights", ("ALTER DEFAULT PRIVILEGES FOR ROLE simtree_migrator GRANT SELECT ON TABLES "
     "TO PUBLIC"), "permission denied to change default privileges", "ALTER"),
    ("publication", "CREATE PUBLICATION mine", "permission denied for database", "CREATE"),
    ("subscription", ("CREATE SUBSCRIPTION mine CONNECTION 'host=x' PUBLICATION x WITH "
     "(connect = false)"), "permission denied to create subscription", "CREATE"),
    ("event-trigger", "CREATE EVENT TRIGGER mine ON ddl_command_start EXECUTE FUNCTION x()",
     "permission denied to create event trigger", "CREATE"),
    ("alter-system", "ALTER SYSTEM SET work_mem = '1GB'",
     "permission denied to set parameter|cannot run inside", "ALTER", "42501|25001"),
)  # fmt: skip

ROLES = [
    *_group(
        "becoming somebody else",
        ("set-role-postgres", "SET ROLE postgres", 'denied to set role "postgres"', "SET"),
        ("set-role-migrator", "SET LOCAL ROLE simtree_migrator", "denied to set role", "SET"),
        ("set-role-commented", "/* SELECT */ SET ROLE postgres", "denied to set role", "statement"),
        ("set-role-nested-comment", "/* /* */ SELECT */ SET ROLE postgres", "denied to set role",
         "SELECT"),
        ("set-role-after-return", "-- \rSET ROLE postgres /*\nSELECT */", "denied to set role",
         "SET"),
        ("session", "SET SESSION AUTHORIZATION {rival}", "denied to set session authorization",
         "SET"),
        ("session-postgres", "SET SESSION AUTHORIZATION postgres", "denied to set session", "SET"),
        ("config-role", "SELECT set_config('role', '{rival}', true)", "function set_config"),
        ("config-path", "SELECT set_config('search_path', '{rival}', false)",
         "function set_config"),
        ("config-view", "UPDATE pg_settings SET setting = '{rival}' WHERE name = 'search_path'",
         "function set_config"),
        ("do", "DO 'BEGIN SET LOCAL ROLE {rival}; END'", "language plpgsql", "DO"),
        ("do-sql", "DO LANGUAGE sql 'SET ROLE {rival}'", "language sql", "DO"),
        ("grant-rival", "GRANT {rival} TO {acme}", "permission denied to grant role", "GRANT"),
        ("grant-jobs", "GRANT simtree_jobs TO {acme}", "permission denied to grant role", "GRANT"),
        ("grant-files", "GRANT pg_read_server_files TO {acme}", "denied to grant role", "GRANT"),
        ("create-role", "CREATE ROLE mine", "permission denied to create role", "CREATE"),
        ("alter-role", "ALTER ROLE {acme} SUPERUSER", "permission denied to alter role", "ALTER"),
        ("login-role", "ALTER ROLE {acme} LOGIN PASSWORD 'x'", "denied to alter role", "ALTER"),
        ("app-password", "ALTER ROLE simtree_app PASSWORD 'x'", "denied to alter role", "ALTER"),
        ("app-path", "ALTER ROLE simtree_app SET search_path TO x", "denied to alter role",
         "ALTER"),
        ("drop-role", "DROP ROLE {rival}", "permission denied to drop role", "DROP"),
        ("drop-owned", "DROP OWNED BY {rival}", "permission denied to drop objects", "DROP"),
        ("reassign", "REASSIGN OWNED BY {rival} TO {acme}", "permission denied to reassign",
         "REASSIGN"),
        ("authid", "UPDATE pg_authid SET rolsuper = true", "permission denied for table pg_authid"),
        ("members", "INSERT INTO pg_auth_members VALUES (1, 1, 1, 1, true, true, true)",
         "permission denied for table pg_auth_members"),
        ("policies", "DELETE FROM pg_policy", "permission denied for table pg_policy"),
        ("class-owner", "UPDATE pg_class SET relrowsecurity = false", "for table pg_class"),
    ),
    _open("set-role-rival", "becoming somebody else", "SET ROLE {rival}", "SET"),
    _open("set-local-role", "becoming somebody else", "SET LOCAL ROLE {rival}", "SET"),
    _open("set-role-quoted", "becoming somebody else", "SET \"role\" = '{rival}'", "SET"),
    _open("set-role-control", "becoming somebody else", "SET LOCAL ROLE simtree_control", "SET"),
    _open("set-role-jobs", "becoming somebody else", "SET LOCAL ROLE simtree_jobs", "SET"),
    _open("set-role-none", "becoming somebody else", "SET ROLE NONE", "SET"),
    _open("reset-role", "becoming somebody else", "RESET ROLE", "RESET"),
    _open("reset-session", "becoming somebody else", "RESET SESSION AUTHORIZATION", "RESET"),
    _open("own-settings", "becoming somebody else",
          "ALTER ROLE CURRENT_USER SET search_path TO {rival}", "ALTER",
          "read at log-in only, and the role has none"),
]  # fmt: skip

FUNCTIONS = [
    *_group(
        "functions with more rights",
        ("function", "CREATE FUNCTION mine() RETURNS int RETURN 1", PRIVATE, "CREATE"),
        ("function-plpgsql", "CREATE FUNCTION mine() RETURNS int LANGUAGE plpgsql AS ''",
         PRIVATE, "CREATE"),
        ("function-definer", ("CREATE FUNCTION {rival}.mine() RETURNS int LANGUAGE sql "
         "SECURITY DEFINER AS 'SELECT 1'"), "permission denied", "CREATE"),
        ("function-c", "CREATE FUNCTION mine() RETURNS int LANGUAGE c AS '/tmp/x.so', 'x'",
         PRIVATE, "CREATE"),
        ("function-temp", "CREATE FUNCTION pg_temp.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
         "permission denied", "CREATE"),
        ("procedure", "CREATE PROCEDURE mine() LANGUAGE sql AS ''", PRIVATE, "CREATE"),
        ("alter-function", "ALTER FUNCTION pg_catalog.now() SECURITY DEFINER", "must be owner of",
         "ALTER"),
        ("grant-function", ("GRANT EXECUTE ON FUNCTION pg_catalog.set_config(text, text, boolean) "
         "TO PUBLIC"), "permission denied for function set_config", "GRANT"),
        ("language", "CREATE LANGUAGE plpython3u", MISSING, "CREATE", "0A000|42501"),
        ("load", "LOAD 'x'", 'access to library "x" is not allowed', "LOAD"),
        ("extension-dblink", "CREATE EXTENSION dblink", MISSING, "CREATE", "0A000|42501"),
        ("extension-fdw", "CREATE EXTENSION postgres_fdw", MISSING, "CREATE", "0A000|42501"),
        ("extension-file-fdw", "CREATE EXTENSION file_fdw", MISSING, "CREATE", "0A000|42501"),
        ("extension", "CREATE EXTENSION vector", MISSING, "CREATE", "0A000|42501"),
        ("dblink", "SELECT dblink('dbname=postgres', 'SELECT 1')", "does not exist|denied", "",
         "42883|42501"),
        ("server", "CREATE SERVER mine FOREIGN DATA WRAPPER postgres_fdw",
         "does not exist|denied", "CREATE", "42704|42501"),
        ("wrapper", "CREATE FOREIGN DATA WRAPPER mine", "permission denied to create foreign-data",
         "CREATE"),
        ("foreign-schema", "IMPORT FOREIGN SCHEMA x FROM SERVER y INTO {acme}", "does not exist",
         "IMPORT", "42704"),
    ),
]  # fmt: skip

# One call for each closed function; the suite checks that none of the names is left out.
CALLS = {
    "set_config": "set_config('role', 'none', true)",
    "pg_notify": "pg_notify('x', 'y')",
    "pg_advisory_lock": "pg_advisory_lock(1)",
    "pg_advisory_lock_shared": "pg_advisory_lock_shared(1, 2)",
    "pg_try_advisory_lock": "pg_try_advisory_lock(1, 2)",
    "pg_try_advisory_lock_shared": "pg_try_advisory_lock_shared(1)",
    "pg_cancel_backend": "pg_cancel_backend(pg_backend_pid())",
    "pg_terminate_backend": "pg_terminate_backend(pg_backend_pid())",
    "query_to_xml": "query_to_xml('SELECT 1', true, true, '')",
    "query_to_xmlschema": "query_to_xmlschema('SELECT 1', true, true, '')",
    "query_to_xml_and_xmlschema": "query_to_xml_and_xmlschema('SELECT 1', true, true, '')",
    "cursor_to_xml": "cursor_to_xml('x', 1, true, true, '')",
    "cursor_to_xmlschema": "cursor_to_xmlschema('x', true, true, '')",
    "table_to_xml": "table_to_xml('users', true, true, '')",
    "table_to_xmlschema": "table_to_xmlschema('users', true, true, '')",
    "table_to_xml_and_xmlschema": "table_to_xml_and_xmlschema('users', true, true, '')",
    "schema_to_xml": "schema_to_xml('x', true, true, '')",
    "schema_to_xmlschema": "schema_to_xmlschema('x', true, true, '')",
    "schema_to_xml_and_xmlschema": "schema_to_xml_and_xmlschema('x', true, true, '')",
    "database_to_xml": "database_to_xml(true, true, '')",
    "database_to_xmlschema": "database_to_xmlschema(true, true, '')",
    "database_to_xml_and_xmlschema": "database_to_xml_and_xmlschema(true, true, '')",
    "ts_rewrite": "ts_rewrite('a'::tsquery, 'SELECT 1')",
    "ts_stat": "ts_stat('SELECT 1')",
    "pg_logical_emit_message": "pg_logical_emit_message(false, 'x', 'y')",
    "lo_creat": "lo_creat(-1)",
    "lo_create": "lo_create(0)",
    "lo_export": "lo_export(1, '/tmp/x')",
    "lo_from_bytea": "lo_from_bytea(0, 'x')",
    "lo_get": "lo_get(1)",
    "lo_import": "lo_import('/etc/hostname')",
    "lo_open": "lo_open(1, 262144)",
    "lo_put": "lo_put(1, 0, 'x')",
    "lo_truncate": "lo_truncate(0, 0)",
    "lo_truncate64": "lo_truncate64(0, 0)",
    "lo_unlink": "lo_unlink(1)",
    "loread": "loread(0, 1)",
    "lowrite": "lowrite(0, 'x')",
    "pg_ls_dir": "pg_ls_dir('.')",
    "pg_ls_logdir": "pg_ls_logdir()",
    "pg_ls_tmpdir": "pg_ls_tmpdir()",
    "pg_ls_waldir": "pg_ls_waldir()",
    "pg_read_binary_file": "pg_read_binary_file('/etc/hostname')",
    "pg_read_file": "pg_read_file('/etc/hostname')",
    "pg_stat_file": "pg_stat_file('/etc/hostname')",
}
FUNCTIONS += [
    Statement(f"call-{name}", "functions with more rights", f"SELECT {call}",
              f"permission denied for function {name}")
    for name, call in CALLS.items()
]  # fmt: skip

FILES = _group(
    "files and COPY",
    ("copy-program", "COPY users TO PROGRAM 'true'", "to or from an external program", "COPY"),
    ("copy-from-program", "COPY users FROM PROGRAM 'id'", "or from an external program", "COPY"),
    ("copy-to-file", "COPY users TO '/tmp/users'", "permission denied to COPY to a file", "COPY"),
    ("copy-from-file", "COPY users FROM '/etc/passwd'", "denied to COPY from a file", "COPY"),
    ("copy-query-to-file", "COPY (SELECT 1) TO '/tmp/x'", "denied to COPY to a file", "COPY"),
    ("copy-rival", "COPY {rival}.users TO STDOUT", SCHEMA),
    ("copy-rival-query", "COPY (SELECT * FROM {rival}.users) TO STDOUT", SCHEMA),
    ("copy-into-rival", "COPY {rival}.users FROM STDIN", SCHEMA),
    ("copy-history", "COPY cell.workspaces FROM STDIN", "permission denied for table workspaces"),
    ("hba", "SELECT * FROM pg_hba_file_rules", "permission denied for view pg_hba_file_rules"),
    ("file-settings", "SELECT * FROM pg_file_settings", "for view pg_file_settings"),
    ("log-file", "SELECT pg_current_logfile()", "permission denied for function"),
    ("large-objects", "SELECT * FROM pg_largeobject", "permission denied for table pg_largeobject"),
    ("large-object-write", "INSERT INTO pg_largeobject VALUES (1, 0, 'x')", "pg_largeobject"),
    ("reload", "SELECT pg_reload_conf()", "permission denied for function pg_reload_conf"),
    ("switch-wal", "SELECT pg_switch_wal()", "permission denied for function pg_switch_wal"),
    ("slot", "SELECT pg_create_logical_replication_slot('x', 'pgoutput')",
     "permission denied to use replication slots"),
    ("checkpoint", "CHECKPOINT", "permission denied to execute CHECKPOINT", "CHECKPOINT"),
)  # fmt: skip

POOL = "what stays on a pooled connection"
SESSION = [
    _open("set-path", POOL, "SET search_path TO {rival}", "SET"),
    _open("set-local-path", POOL, "SET LOCAL search_path TO {rival}", "SET"),
    _open("set-timeout", POOL, "SET statement_timeout TO 0", "SET"),
    _open("set-own-setting", POOL, "SET my.note TO 'x'", "SET"),
    _open("reset-all", POOL, "RESET ALL", "RESET"),
    _open("discard", POOL, "DISCARD PLANS", "DISCARD"),
    _open("prepare", POOL, "PREPARE mine AS SELECT 1", "PREPARE"),
    _open("deallocate", POOL, "DEALLOCATE ALL", "DEALLOCATE"),
    _open("with-hold", POOL, "DECLARE mine CURSOR WITH HOLD FOR SELECT 1", "DECLARE"),
    _open("listen", POOL, "LISTEN mine", "LISTEN"),
    _open("unlisten", POOL, "UNLISTEN *", "UNLISTEN"),
    _open("notify", POOL, "NOTIFY mine, 'x'", "NOTIFY"),
    _open("commit", POOL, "COMMIT", "COMMIT"),
    _open("commit-and-chain", POOL, "COMMIT AND CHAIN", "COMMIT"),
    _open("rollback", POOL, "ROLLBACK", "ROLLBACK"),
    _open("end", POOL, "END", "END"),
    _open("abort", POOL, "ABORT", "ABORT"),
    _open("read-write", POOL, "SET TRANSACTION READ WRITE", "SET"),
    _open("lock-own", POOL, "LOCK TABLE users IN ACCESS EXCLUSIVE MODE", "LOCK"),
    _open("analyze", POOL, "ANALYZE", "ANALYZE"),
    _open("explain", POOL, "EXPLAIN ANALYZE SELECT 1", "EXPLAIN"),
    _open("advisory-in-transaction", POOL, "SELECT pg_advisory_xact_lock(7461001)", "",
          "ends with the transaction, at most at the statement timeout; nothing of ours relies on "
          "such a lock across workspaces"),
    *_group(
        POOL,
        ("execute", "EXECUTE mine", "does not exist", "EXECUTE", "26000"),
        ("fetch", "FETCH ALL FROM mine", "does not exist", "FETCH", "34000"),
        ("two-phase", "PREPARE TRANSACTION 'x'", "disabled", "PREPARE", "55000"),
        ("last-number", "SELECT lastval()", "not yet defined|denied", "", "55000|42501"),
        ("call", "CALL mine()", "does not exist", "CALL", "42883"),
        ("vacuum", "VACUUM", "cannot run inside", "VACUUM", "25001"),
    ),
]  # fmt: skip

TABLE = "permission denied for table"
CELL = _group(
    "the cell's own tables",
    ("outbox-rival", ("INSERT INTO cell.outbox (workspace, id, kind, body, run_at) VALUES "
     "('{rival}', gen_random_uuid(), 'kit.test', '{}', now())"),
     'new row violates row-level security policy for table "outbox"'),
    ("outbox-rival-select", ("INSERT INTO cell.outbox (workspace, id, kind, body, run_at) SELECT "
     "workspace || 'x', gen_random_uuid(), 'kit.test', '{}', now() FROM cell.workspaces"),
     'new row violates row-level security policy for table "outbox"'),
    ("outbox-state", ("INSERT INTO cell.outbox (workspace, id, kind, body, run_at, state) VALUES "
     "('{acme}', gen_random_uuid(), 'kit.test', '{}', now(), 'done')"), f"{TABLE} outbox"),
    ("outbox-update", "UPDATE cell.outbox SET state = 'waiting'", f"{TABLE} outbox"),
    ("outbox-upsert", ("INSERT INTO cell.outbox (workspace, id, kind, body, run_at) VALUES "
     "('{acme}', gen_random_uuid(), 'kit.test', '{}', now()) "
     "ON CONFLICT (workspace, id) DO UPDATE SET kind = 'x'"), f"{TABLE} outbox"),
    ("outbox-delete", "DELETE FROM cell.outbox", f"{TABLE} outbox"),
    ("outbox-truncate", "TRUNCATE cell.outbox", f"{TABLE} outbox", "TRUNCATE"),
    ("outbox-claim", "SELECT 1 FROM cell.outbox FOR UPDATE", f"{TABLE} outbox"),
    ("effects-rival", ("INSERT INTO cell.effects (workspace, outbox_id, step) VALUES "
     "('{rival}', gen_random_uuid(), '')"),
     'new row violates row-level security policy for table "effects"'),
    ("effects-update", "UPDATE cell.effects SET step = 'x'", f"{TABLE} effects"),
    ("effects-delete", "DELETE FROM cell.effects", f"{TABLE} effects"),
    ("cell-access", "UPDATE cell.workspaces SET access = 'full'", f"{TABLE} workspaces"),
    ("cell-limits", "UPDATE cell.workspaces SET limits = '{}'", f"{TABLE} workspaces"),
    ("cell-insert", "INSERT INTO cell.workspaces (workspace, revision) VALUES ('x', 'y')",
     f"{TABLE} workspaces"),
    ("cell-delete", "DELETE FROM cell.workspaces", f"{TABLE} workspaces"),
    ("cell-revision", "SELECT * FROM cell.revision", f"{TABLE} revision"),
)  # fmt: skip

HISTORY = [
    Statement(f"history-{verb}-{table}", "history", sql.replace("$", table), f"{TABLE} {table}",
              driver="TRUNCATE" if verb == "truncate" else "")
    for table, column in (
        ("audit_entries", "event"), ("entries", "id"), ("journals", "id"), ("order_events", "id"),
    )
    for verb, sql in (
        ("update", f"UPDATE $ SET {column} = {column}"),
        ("delete", "DELETE FROM $"),
        ("truncate", "TRUNCATE $ CASCADE"),
    )
]  # fmt: skip

CATALOGUE = _group(
    "looking around",
    ("passwords", "SELECT rolpassword FROM pg_authid", f"{TABLE} pg_authid"),
    ("shadow", "SELECT * FROM pg_shadow", "permission denied for view pg_shadow"),
    ("statistics", "SELECT * FROM pg_statistic", f"{TABLE} pg_statistic"),
    ("statistics-data", "SELECT * FROM pg_statistic_ext_data", f"{TABLE} pg_statistic_ext_data"),
    ("subscriptions", "SELECT subconninfo FROM pg_subscription", f"{TABLE} pg_subscription"),
    ("user-mappings", "SELECT * FROM pg_user_mapping", f"{TABLE} pg_user_mapping"),
    ("database-size", "SELECT pg_database_size(current_database())", "denied for database"),
    ("data-directory", "SHOW data_directory", 'denied to examine "data_directory"'),
    ("backend-memory", "SELECT pg_log_backend_memory_contexts(1)", "permission denied for"),
)

STATEMENTS = [
    *READING, *DDL, *ROLES, *FUNCTIONS, *FILES, *SESSION, *CELL, *HISTORY, *CATALOGUE,
]  # fmt: skip
