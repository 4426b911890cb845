"""Seals over the workspaces' audit rows: what the log said when, out of the workspaces' reach.

A seal names the rows of a batch with a digest each, and is chained to the one before. The jobs'
role adds seals and can neither change nor remove one; a workspace's role may read its own.
"""

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.execute("""
CREATE TABLE cell.seals (
    workspace text NOT NULL,
    number bigint NOT NULL,
    sealed_at timestamptz NOT NULL,
    newest_at timestamptz NOT NULL,
    first_id bigint NOT NULL,
    last_id bigint NOT NULL,
    row_ids bigint[] NOT NULL,
    row_digests bytea NOT NULL,
    previous bytea NOT NULL,
    digest bytea NOT NULL,
    CONSTRAINT pk_seals PRIMARY KEY (workspace, number),
    CONSTRAINT ck_seals_digest_for_each_row
        CHECK (octet_length(row_digests) = 32 * cardinality(row_ids))
);
GRANT SELECT ON cell.seals TO simtree_tenant;
GRANT SELECT, INSERT ON cell.seals TO simtree_jobs;
ALTER TABLE cell.seals ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON cell.seals FOR SELECT TO simtree_tenant
    USING (workspace = current_user);
CREATE POLICY all_rows ON cell.seals TO simtree_jobs USING (true) WITH CHECK (true);
""")


def downgrade() -> None:
    op.execute("DROP TABLE cell.seals")
