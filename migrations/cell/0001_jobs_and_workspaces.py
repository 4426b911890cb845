"""Outbox, effects and the list of workspaces of a cell, each workspace seeing its own rows."""

from alembic import op

revision = "0001"
down_revision = None

_STATES = "'waiting', 'sent', 'running', 'done', 'refused', 'dead'"


def upgrade() -> None:
    op.execute(f"""
CREATE TABLE cell.outbox (
    workspace text NOT NULL,
    id uuid NOT NULL,
    kind text NOT NULL,
    body jsonb NOT NULL,
    run_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    state text NOT NULL DEFAULT 'waiting',
    attempts integer NOT NULL DEFAULT 0,
    error text,
    done bigint NOT NULL DEFAULT 0,
    total bigint NOT NULL DEFAULT 0,
    touched_at timestamptz,
    CONSTRAINT pk_outbox PRIMARY KEY (workspace, id),
    CONSTRAINT ck_outbox_state_is_known CHECK (state IN ({_STATES}))
);
CREATE INDEX ix_outbox_run_at ON cell.outbox (run_at) WHERE state = 'waiting';
CREATE INDEX ix_outbox_touched_at ON cell.outbox (touched_at) WHERE state IN ('sent', 'running');
CREATE TABLE cell.effects (
    workspace text NOT NULL,
    outbox_id uuid NOT NULL,
    step text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT pk_effects PRIMARY KEY (workspace, outbox_id, step)
);
CREATE TABLE cell.workspaces (
    workspace text NOT NULL,
    revision text NOT NULL,
    access text NOT NULL DEFAULT 'full',
    limits jsonb NOT NULL DEFAULT '{{}}',
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT pk_workspaces PRIMARY KEY (workspace),
    CONSTRAINT ck_workspaces_access_is_known
        CHECK (access IN ('full', 'read_only', 'suspended', 'none'))
);
GRANT USAGE ON SCHEMA cell TO simtree_tenant, simtree_jobs, simtree_control;
GRANT SELECT, INSERT (workspace, id, kind, body, run_at) ON cell.outbox TO simtree_tenant;
GRANT SELECT, INSERT (workspace, outbox_id, step) ON cell.effects TO simtree_tenant;
GRANT SELECT ON cell.workspaces TO simtree_tenant;
GRANT SELECT, INSERT, UPDATE, DELETE ON cell.outbox, cell.effects TO simtree_jobs;
GRANT SELECT ON cell.workspaces TO simtree_jobs;
GRANT SELECT, UPDATE (access, limits) ON cell.workspaces TO simtree_control;
ALTER TABLE cell.outbox ENABLE ROW LEVEL SECURITY;
ALTER TABLE cell.effects ENABLE ROW LEVEL SECURITY;
ALTER TABLE cell.workspaces ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON cell.outbox TO simtree_tenant
    USING (workspace = current_user) WITH CHECK (workspace = current_user);
CREATE POLICY own_rows ON cell.effects TO simtree_tenant
    USING (workspace = current_user) WITH CHECK (workspace = current_user);
CREATE POLICY own_row ON cell.workspaces FOR SELECT TO simtree_tenant
    USING (workspace = current_user);
CREATE POLICY all_rows ON cell.outbox TO simtree_jobs USING (true) WITH CHECK (true);
CREATE POLICY all_rows ON cell.effects TO simtree_jobs USING (true) WITH CHECK (true);
CREATE POLICY all_rows ON cell.workspaces TO simtree_jobs, simtree_control
    USING (true) WITH CHECK (true);
""")


def downgrade() -> None:
    op.execute("DROP TABLE cell.workspaces, cell.effects, cell.outbox")
