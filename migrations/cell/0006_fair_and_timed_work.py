"""Keys, deadlines, chains, batches and cancelling of background work; shares; the clock's memory.

A workspace still only inserts: of the new columns those that say what it wants done. Which queue
its work goes to follows from the kind's declaration, which no row can change. Only here is asked
for a cancel or a retry (`wishes`); how the work stands is written by the jobs' own role alone.
"""

from alembic import op

revision = "0006"
down_revision = "0005"

_STATES = "'waiting', 'sent', 'running', 'done', 'refused', 'dead'"
_UNENDED = "state IN ('waiting', 'sent', 'running')"
_HOME = """EXISTS (
    SELECT FROM cell.workspaces home
    WHERE home.workspace = current_user AND home.state IN ('live', 'pool')
)"""


def upgrade() -> None:
    op.execute(f"""
ALTER TABLE cell.outbox
    ADD COLUMN key text,
    ADD COLUMN person text,
    ADD COLUMN deadline_at timestamptz,
    ADD COLUMN batch uuid,
    ADD COLUMN follows uuid,
    ADD COLUMN step text,
    ADD COLUMN sends integer NOT NULL DEFAULT 0,
    ADD COLUMN sent_at timestamptz,
    ADD COLUMN begun_at timestamptz,
    ADD COLUMN ended_at timestamptz,
    ADD COLUMN cancel_asked_at timestamptz,
    DROP CONSTRAINT ck_outbox_state_is_known,
    ADD CONSTRAINT ck_outbox_state_is_known
        CHECK (state IN ({_STATES}, 'cancelled', 'expired')) NOT VALID;
ALTER TABLE cell.outbox VALIDATE CONSTRAINT ck_outbox_state_is_known;
ALTER TABLE cell.outbox SET (fillfactor = 80,
    autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05);
ALTER TABLE cell.effects SET (autovacuum_vacuum_scale_factor = 0.05);
CREATE INDEX ix_outbox_waiting ON cell.outbox (workspace, kind, run_at) WHERE state = 'waiting';
CREATE INDEX ix_outbox_created_at ON cell.outbox (workspace, created_at);
CREATE INDEX ix_outbox_ended_at ON cell.outbox (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX ix_outbox_sent_at ON cell.outbox (workspace, sent_at);
CREATE UNIQUE INDEX uq_outbox_key ON cell.outbox (workspace, kind, key)
    WHERE key IS NOT NULL AND {_UNENDED};
CREATE INDEX ix_outbox_batch ON cell.outbox (workspace, batch) WHERE batch IS NOT NULL;
CREATE INDEX ix_outbox_follows ON cell.outbox (workspace, follows)
    WHERE follows IS NOT NULL AND state = 'waiting';
GRANT INSERT (key, person, deadline_at, batch, follows) ON cell.outbox TO simtree_tenant;
CREATE TABLE cell.wishes (
    workspace text NOT NULL,
    outbox_id uuid NOT NULL,
    wish text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT pk_wishes PRIMARY KEY (workspace, outbox_id, wish),
    CONSTRAINT ck_wishes_wish_is_known CHECK (wish IN ('cancel', 'retry'))
);
CREATE TABLE cell.shares (
    workspace text NOT NULL,
    kind text NOT NULL,
    weight integer,
    in_flight integer,
    per_minute integer,
    paused_at timestamptz,
    reason text NOT NULL DEFAULT '',
    CONSTRAINT pk_shares PRIMARY KEY (workspace, kind),
    CONSTRAINT ck_shares_weight_is_sane CHECK (weight BETWEEN 1 AND 100),
    CONSTRAINT ck_shares_in_flight_is_sane CHECK (in_flight BETWEEN 1 AND 1000),
    CONSTRAINT ck_shares_per_minute_is_sane CHECK (per_minute BETWEEN 1 AND 1000000)
);
CREATE TABLE cell.schedules (
    workspace text NOT NULL,
    name text NOT NULL,
    next_at timestamptz NOT NULL,
    last_at timestamptz,
    job_id uuid,
    CONSTRAINT pk_schedules PRIMARY KEY (workspace, name)
);
CREATE INDEX ix_schedules_next_at ON cell.schedules (next_at);
CREATE TABLE cell.work_days (
    workspace text NOT NULL,
    day date NOT NULL,
    kind text NOT NULL,
    state text NOT NULL,
    count bigint NOT NULL,
    seconds bigint NOT NULL,
    CONSTRAINT pk_work_days PRIMARY KEY (workspace, day, kind, state)
);
GRANT SELECT, INSERT (workspace, outbox_id, wish) ON cell.wishes TO simtree_tenant;
GRANT SELECT, INSERT, UPDATE, DELETE
    ON cell.wishes, cell.shares, cell.schedules, cell.work_days TO simtree_jobs;
ALTER TABLE cell.wishes ENABLE ROW LEVEL SECURITY;
ALTER TABLE cell.shares ENABLE ROW LEVEL SECURITY;
ALTER TABLE cell.schedules ENABLE ROW LEVEL SECURITY;
ALTER TABLE cell.work_days ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON cell.wishes TO simtree_tenant
    USING (workspace = current_user) WITH CHECK (workspace = current_user);
CREATE POLICY at_home ON cell.wishes AS RESTRICTIVE FOR INSERT TO simtree_tenant
    WITH CHECK ({_HOME});
CREATE POLICY all_rows ON cell.wishes TO simtree_jobs USING (true) WITH CHECK (true);
CREATE POLICY all_rows ON cell.shares TO simtree_jobs USING (true) WITH CHECK (true);
CREATE POLICY all_rows ON cell.schedules TO simtree_jobs USING (true) WITH CHECK (true);
CREATE POLICY all_rows ON cell.work_days TO simtree_jobs USING (true) WITH CHECK (true);
""")


def downgrade() -> None:
    op.execute(f"""
DROP TABLE cell.wishes, cell.shares, cell.schedules, cell.work_days;
UPDATE cell.outbox SET state = 'refused' WHERE state IN ('cancelled', 'expired');
ALTER TABLE cell.outbox
    DROP COLUMN key, DROP COLUMN person, DROP COLUMN deadline_at, DROP COLUMN batch,
    DROP COLUMN follows, DROP COLUMN step, DROP COLUMN sends, DROP COLUMN sent_at,
    DROP COLUMN begun_at, DROP COLUMN ended_at, DROP COLUMN cancel_asked_at,
    DROP CONSTRAINT ck_outbox_state_is_known,
    ADD CONSTRAINT ck_outbox_state_is_known CHECK (state IN ({_STATES}));
DROP INDEX cell.ix_outbox_created_at;
ALTER TABLE cell.outbox RESET (fillfactor, autovacuum_vacuum_scale_factor,
    autovacuum_analyze_scale_factor);
ALTER TABLE cell.effects RESET (autovacuum_vacuum_scale_factor);
""")  # noqa: S608 - ours
