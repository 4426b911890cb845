"""Keys, deadlines, chains, batches and cancelling of the control plane's own work; its clock."""

from alembic import op

revision = "0013"
down_revision = "0012"

_STATES = "'waiting', 'sent', 'running', 'done', 'refused', 'dead'"
_UNENDED = "state IN ('waiting', 'sent', 'running')"


def upgrade() -> None:
    op.execute(f"""
ALTER TABLE control.outbox
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
ALTER TABLE control.outbox VALIDATE CONSTRAINT ck_outbox_state_is_known;
ALTER TABLE control.outbox SET (fillfactor = 80,
    autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05);
ALTER TABLE control.effects SET (autovacuum_vacuum_scale_factor = 0.05);
CREATE INDEX ix_outbox_waiting ON control.outbox (workspace, kind, run_at)
    WHERE state = 'waiting';
CREATE INDEX ix_outbox_created_at ON control.outbox (workspace, created_at);
CREATE INDEX ix_outbox_ended_at ON control.outbox (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX ix_outbox_sent_at ON control.outbox (workspace, sent_at);
CREATE UNIQUE INDEX uq_outbox_key ON control.outbox (workspace, kind, key)
    WHERE key IS NOT NULL AND {_UNENDED};
CREATE INDEX ix_outbox_batch ON control.outbox (workspace, batch) WHERE batch IS NOT NULL;
CREATE INDEX ix_outbox_follows ON control.outbox (workspace, follows)
    WHERE follows IS NOT NULL AND state = 'waiting';
CREATE TABLE control.shares (
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
CREATE TABLE control.schedules (
    workspace text NOT NULL,
    name text NOT NULL,
    next_at timestamptz NOT NULL,
    last_at timestamptz,
    job_id uuid,
    CONSTRAINT pk_schedules PRIMARY KEY (workspace, name)
);
CREATE INDEX ix_schedules_next_at ON control.schedules (next_at);
CREATE TABLE control.work_days (
    workspace text NOT NULL,
    day date NOT NULL,
    kind text NOT NULL,
    state text NOT NULL,
    count bigint NOT NULL,
    seconds bigint NOT NULL,
    CONSTRAINT pk_work_days PRIMARY KEY (workspace, day, kind, state)
);
""")


def downgrade() -> None:
    op.execute(f"""
DROP TABLE control.shares, control.schedules, control.work_days;
UPDATE control.outbox SET state = 'refused' WHERE state IN ('cancelled', 'expired');
ALTER TABLE control.outbox
    DROP COLUMN key, DROP COLUMN person, DROP COLUMN deadline_at, DROP COLUMN batch,
    DROP COLUMN follows, DROP COLUMN step, DROP COLUMN sends, DROP COLUMN sent_at,
    DROP COLUMN begun_at, DROP COLUMN ended_at, DROP COLUMN cancel_asked_at,
    DROP CONSTRAINT ck_outbox_state_is_known,
    ADD CONSTRAINT ck_outbox_state_is_known CHECK (state IN ({_STATES}));
DROP INDEX control.ix_outbox_created_at;
ALTER TABLE control.outbox RESET (fillfactor, autovacuum_vacuum_scale_factor,
    autovacuum_analyze_scale_factor);
ALTER TABLE control.effects RESET (autovacuum_vacuum_scale_factor);
""")  # noqa: S608 - ours
