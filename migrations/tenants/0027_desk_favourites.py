"""Favourites, home pages arranged by people, how they like their pages, and proved addresses."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0027"
down_revision = "0026"
# Every page asks the new columns of people: a workspace before them waits a moment.
oldest_served = "0027"


def _first() -> list[sa.Column]:
    return [
        sa.Column(
            "id", sa.BigInteger(), server_default=sa.text("nextval('row_ids')"), nullable=False
        ),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
    ]


def _last(table: str) -> list[sa.Constraint]:
    return [
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f(f"fk_{table}_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("public_id", name=op.f(f"uq_{table}_public_id")),
    ]


def upgrade() -> None:
    op.create_table(
        "favourites",
        *_first(),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        *_last("favourites"),
        sa.UniqueConstraint("user_id", "kind", "key", name=op.f("uq_favourites_user_id_kind_key")),
    )
    op.create_table(
        "home_layouts",
        *_first(),
        sa.Column("blocks", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("hidden", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        *_last("home_layouts"),
        sa.UniqueConstraint("user_id", name=op.f("uq_home_layouts_user_id")),
    )
    op.create_table(
        "mail_proofs",
        *_first(),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("token_digest", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        *_last("mail_proofs"),
        sa.UniqueConstraint("token_digest", name=op.f("uq_mail_proofs_token_digest")),
    )
    op.create_index(op.f("ix_mail_proofs_user_id"), "mail_proofs", ["user_id"])
    op.add_column("users", sa.Column("email_proved_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("users", sa.Column("language", sa.Text(), nullable=True))
    for name, default in (("density", ""), ("file_format", "xlsx"), ("time_display", "minutes")):
        op.add_column("users", sa.Column(name, sa.Text(), server_default=default, nullable=False))


def downgrade() -> None:
    for column in ("time_display", "file_format", "density", "language", "email_proved_at"):
        op.drop_column("users", column)
    op.drop_index(op.f("ix_mail_proofs_user_id"), table_name="mail_proofs")
    op.drop_table("mail_proofs")
    op.drop_table("home_layouts")
    op.drop_table("favourites")
