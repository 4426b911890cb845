"""What `kit.db.walls` asks a server: each question answers with names where a wall has a hole."""

# ruff: noqa: S608 - put together from parts of ours, every value is bound

from sqlalchemy import text

LOGIN = text("""
    SELECT rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb AS is_administrator,
           rolreplication OR EXISTS (
               SELECT FROM pg_shdepend
               WHERE refclassid = 'pg_authid'::regclass AND refobjid = r.oid AND deptype = 'o'
           ) AS owns
    FROM pg_roles r WHERE rolname = :login
""")

# What an access list says to PUBLIC, to the application's login and to the roles that it takes.
_GRANTEE = "coalesce(grantee.rolname, 'PUBLIC')"
_OURS = """
    LEFT JOIN pg_roles grantee ON grantee.oid = acl.grantee
    WHERE (acl.grantee = 0 OR left(grantee.rolname, 2) = 't_'
           OR grantee.rolname IN (:login, 'simtree_control', 'simtree_jobs', 'simtree_tenant'))
"""
_WORKSPACES = """
    pg_roles workspace JOIN pg_namespace schema
    ON schema.nspname = workspace.rolname AND left(workspace.rolname, 2) = 't_'
"""

# Each answers with names, and with none when its sentence is untrue.
DATABASE = {
    "functions that a workspace must not call are open": f"""
        SELECT {_GRANTEE} || ' may call ' || p.oid::regprocedure FROM pg_proc p
        CROSS JOIN LATERAL aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) acl
        {_OURS} AND p.pronamespace = 'pg_catalog'::regnamespace AND p.proname = ANY(:functions)
    """,
    "functions with elevated rights, or foreign ones, can be called": """
        SELECT p.oid::regprocedure::text FROM pg_proc p
        JOIN pg_namespace n ON n.oid = p.pronamespace
        CROSS JOIN unnest(ARRAY[CAST(:login AS text), 'simtree_control', 'simtree_jobs',
                                'simtree_tenant']) AS us
        WHERE (p.prosecdef OR n.nspname NOT IN ('pg_catalog', 'information_schema')
               OR (p.proname <> ALL(:needed) AND p.oid IN (
                   SELECT d.objid FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
                   WHERE d.classid = 'pg_proc'::regclass AND d.deptype = 'e'
                     AND d.refclassid = 'pg_extension'::regclass AND e.extname <> 'plpgsql')))
          AND has_schema_privilege(us, n.oid, 'USAGE')
          AND has_function_privilege(us, p.oid, 'EXECUTE')
    """,
    "functions can be written": f"""
        SELECT {_GRANTEE} || ' may use ' || l.lanname FROM pg_language l
        CROSS JOIN LATERAL aclexplode(coalesce(l.lanacl, acldefault('l', l.lanowner))) acl
        {_OURS} AND l.lanpltrusted
    """,
    "the database itself is open": f"""
        SELECT {_GRANTEE} || ' has ' || acl.privilege_type FROM pg_database d
        CROSS JOIN LATERAL aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) acl
        {_OURS} AND d.datname = current_database()
        AND NOT (acl.privilege_type = 'CONNECT' AND NOT acl.is_grantable
                 AND (grantee.rolname = :login
                      OR (:with_logins AND grantee.rolname = 'simtree_tenant')))
    """,
    "schemas are open to others than their own": f"""
        SELECT {_GRANTEE} || ' has ' || acl.privilege_type || ' on ' || n.nspname
        FROM pg_namespace n
        CROSS JOIN LATERAL aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) acl
        {_OURS} AND n.nspname NOT IN ('pg_catalog', 'information_schema')
        AND (acl.privilege_type <> 'USAGE' OR acl.is_grantable OR NOT coalesce(
            grantee.rolname = n.nspname
            OR (n.nspname = 'control' AND grantee.rolname = 'simtree_control')
            OR (n.nspname = 'cell' AND grantee.rolname
                IN ('simtree_control', 'simtree_jobs', 'simtree_tenant')), false))
    """,
    "extensions that reach other databases or files are installed": """
        SELECT extname::text FROM pg_extension WHERE extname = ANY(:extensions)
    """,
    "foreign servers can be used": f"""
        SELECT {_GRANTEE} || ' may use ' || s.srvname FROM pg_foreign_server s
        CROSS JOIN LATERAL aclexplode(coalesce(s.srvacl, acldefault('S', s.srvowner))) acl
        {_OURS}
    """,
    "roles have rights of their own": f"""
        SELECT r.rolname::text FROM pg_roles r
        WHERE (r.rolname IN ('simtree_control', 'simtree_jobs', 'simtree_tenant')
               OR r.oid IN (SELECT workspace.oid FROM {_WORKSPACES}))
          AND (r.rolsuper OR r.rolbypassrls OR r.rolcreaterole OR r.rolcreatedb
               OR r.rolreplication OR (r.rolcanlogin AND NOT :with_logins)
               OR EXISTS (SELECT FROM pg_shdepend WHERE refclassid = 'pg_authid'::regclass
                          AND refobjid = r.oid AND deptype = 'o'))
    """,
    "roles are members of what they must not be": f"""
        SELECT member.rolname || ' in ' || granted.rolname FROM pg_auth_members m
        JOIN pg_roles member ON member.oid = m.member
        JOIN pg_roles granted ON granted.oid = m.roleid
        WHERE CASE
            WHEN member.rolname = :login THEN m.inherit_option OR m.admin_option OR NOT (
                left(granted.rolname, 2) = 't_'
                OR granted.rolname IN ('simtree_control', 'simtree_jobs'))
            WHEN member.rolname IN ('simtree_control', 'simtree_jobs', 'simtree_tenant') THEN true
            WHEN member.oid IN (SELECT workspace.oid FROM {_WORKSPACES})
                THEN granted.rolname <> 'simtree_tenant' OR m.admin_option OR m.set_option
            ELSE false END
    """,
    "others are members of a workspace's role or of ours": f"""
        SELECT member.rolname || ' in ' || granted.rolname FROM pg_auth_members m
        JOIN pg_roles member ON member.oid = m.member
        JOIN pg_roles granted ON granted.oid = m.roleid
        LEFT JOIN pg_namespace schema ON schema.nspname = granted.rolname
        WHERE member.rolname NOT IN (:login, 'simtree_migrator')
          AND member.oid IS DISTINCT FROM schema.nspowner
          AND (granted.rolname IN ('simtree_control', 'simtree_jobs')
               OR granted.oid IN (SELECT workspace.oid FROM {_WORKSPACES})
               OR (granted.rolname = 'simtree_tenant' AND left(member.rolname, 2) <> 't_'))
    """,
    "tables of the cell show every workspace's rows": """
        SELECT c.oid::regclass::text FROM pg_class c
        WHERE c.relnamespace = to_regnamespace('cell') AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
          AND (has_table_privilege('simtree_tenant', c.oid, 'SELECT')
               OR has_any_column_privilege('simtree_tenant', c.oid, 'SELECT, INSERT, UPDATE'))
          AND (c.relkind NOT IN ('r', 'p') OR NOT c.relrowsecurity)
        UNION ALL
        SELECT policyname || ' on ' || tablename FROM pg_policies
        WHERE schemaname = 'cell' AND permissive = 'PERMISSIVE'
          AND NOT (roles <@ ARRAY['simtree_jobs', 'simtree_control']::name[])
          AND (coalesce(qual, with_check) IS DISTINCT FROM '(workspace = CURRENT_USER)'
               OR coalesce(with_check, qual) IS DISTINCT FROM '(workspace = CURRENT_USER)')
    """,
    "a workspace may write where only the control plane and the jobs do": """
        SELECT acl.privilege_type || ' on ' || c.oid::regclass FROM pg_class c
        CROSS JOIN LATERAL aclexplode(c.relacl) acl
        WHERE c.relnamespace = to_regnamespace('cell') AND acl.privilege_type <> 'SELECT'
          AND acl.grantee IN (0, to_regrole('simtree_tenant')::oid)
          -- Always empty: a cluster commits on two servers at once where it is written in.
          AND NOT (:with_logins AND acl.privilege_type = 'DELETE'
                   AND c.relname ~ '^together(_[0-9]+)?$')
        UNION ALL
        SELECT acl.privilege_type || ' on ' || c.oid::regclass || '.' || a.attname
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
        CROSS JOIN LATERAL aclexplode(a.attacl) acl
        WHERE c.relnamespace = to_regnamespace('cell')
          AND acl.grantee IN (0, to_regrole('simtree_tenant')::oid)
          AND NOT (acl.privilege_type = 'INSERT' AND CASE c.relname
              WHEN 'outbox' THEN a.attname IN ('workspace', 'id', 'kind', 'body', 'run_at', 'key',
                                               'person', 'deadline_at', 'batch', 'follows')
              WHEN 'effects' THEN a.attname IN ('workspace', 'outbox_id', 'step')
              WHEN 'wishes' THEN a.attname IN ('workspace', 'outbox_id', 'wish')
              ELSE false END)
    """,
    "the control plane's history can be changed": """
        SELECT acl.privilege_type || ' on ' || c.oid::regclass FROM pg_class c
        CROSS JOIN LATERAL aclexplode(c.relacl) acl
        WHERE c.relnamespace = to_regnamespace('control') AND c.relname = ANY(:control_frozen)
          AND acl.grantee <> c.relowner AND acl.privilege_type NOT IN ('SELECT', 'INSERT')
    """,
}

# The tables of every workspace: tens of thousands of rows, so not at every start.
_TABLES = """
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_roles own ON own.rolname = n.nspname AND left(own.rolname, 2) = 't_'
"""
CELL = {
    "tables have another owner than their schema": f"""
        SELECT c.oid::regclass::text {_TABLES} WHERE c.relowner <> n.nspowner
        AND c.relkind NOT IN ('i', 'I', 't')
    """,
    "tables are open to others than their workspace": f"""
        SELECT {_GRANTEE} || ' has ' || acl.privilege_type || ' on ' || c.oid::regclass {_TABLES}
        CROSS JOIN LATERAL aclexplode(c.relacl) acl
        LEFT JOIN pg_roles grantee ON grantee.oid = acl.grantee
        WHERE acl.grantee NOT IN (c.relowner, own.oid)
           OR (acl.grantee = own.oid AND (acl.is_grantable
               OR acl.privilege_type <> ALL (CASE c.relkind WHEN 'S' THEN ARRAY['USAGE']
                   ELSE ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE'] END)))
        UNION ALL
        SELECT c.oid::regclass || '.' || a.attname {_TABLES}
        JOIN pg_attribute a ON a.attrelid = c.oid WHERE a.attacl IS NOT NULL
    """,
    "append-only tables can be changed": f"""
        SELECT acl.privilege_type || ' on ' || c.oid::regclass {_TABLES}
        CROSS JOIN LATERAL aclexplode(c.relacl) acl
        WHERE c.relname = ANY(:frozen) AND acl.grantee = own.oid
          AND acl.privilege_type NOT IN ('SELECT', 'INSERT')
        UNION ALL
        SELECT k.conname || ' on ' || c.oid::regclass {_TABLES}
        JOIN pg_constraint k ON k.conrelid = c.oid AND k.contype = 'f'
        WHERE c.relname = ANY(:frozen) AND (k.confdeltype NOT IN ('a', 'r')
                                            OR k.confupdtype NOT IN ('a', 'r'))
    """,
    "triggers, rules, views or functions work with the owner's rights": f"""
        SELECT t.tgname || ' on ' || c.oid::regclass {_TABLES}
        JOIN pg_trigger t ON t.tgrelid = c.oid AND NOT t.tgisinternal
        UNION ALL
        SELECT c.oid::regclass::text {_TABLES} WHERE c.relhasrules OR c.relkind IN ('v', 'm', 'f')
        UNION ALL
        SELECT p.oid::regprocedure::text FROM pg_proc p JOIN pg_namespace n
        ON n.oid = p.pronamespace WHERE left(n.nspname, 2) = 't_'
    """,
}
