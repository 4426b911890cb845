"""Customers with encrypted personal data."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "customers",
        sa.Column(
            "id", sa.BigInteger(), server_default=sa.text("nextval('row_ids')"), nullable=False
        ),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sort_key", sa.Text(), nullable=False),
        sa.Column("contact_name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("industry", sa.Text(), nullable=False),
        sa.Column("credit", sa.Text(), nullable=False),
        sa.Column("document_kind", sa.Text(), nullable=True),
        sa.Column("born_on", sa.Date(), nullable=True),
        sa.Column("province", sa.Text(), nullable=False),
        sa.Column("city", sa.Text(), nullable=False),
        sa.Column("district", sa.Text(), nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=True),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("phone_cipher", sa.LargeBinary(), nullable=True),
        sa.Column("phone_index", sa.Text(), nullable=True),
        sa.Column("phone_tail", sa.Text(), nullable=True),
        sa.Column("document_cipher", sa.LargeBinary(), nullable=True),
        sa.Column("document_index", sa.Text(), nullable=True),
        sa.Column("document_tail", sa.Text(), nullable=True),
        sa.Column("address_cipher", sa.LargeBinary(), nullable=True),
        sa.Column("address_index", sa.Text(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "credit IN ('normal', 'good', 'watch')", name=op.f("ck_customers_credit_is_known")
        ),
        sa.CheckConstraint(
            "document_kind IS NULL OR document_kind IN ('resident_id', 'passport', 'residence_permit', 'business_licence', 'other')",
            name=op.f("ck_customers_document_kind_is_known"),
        ),
        sa.CheckConstraint(
            "kind IN ('person', 'enterprise', 'government')",
            name=op.f("ck_customers_kind_is_known"),
        ),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["channels.id"], name=op.f("fk_customers_channel_id_channels")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customers")),
        sa.UniqueConstraint("public_id", name=op.f("uq_customers_public_id")),
    )
    op.create_index(
        op.f("ix_customers_address_index"), "customers", ["address_index"], unique=False
    )
    op.create_index(op.f("ix_customers_channel_id"), "customers", ["channel_id"], unique=False)
    op.create_index(
        op.f("ix_customers_document_index"), "customers", ["document_index"], unique=False
    )
    op.create_index(op.f("ix_customers_kind_id"), "customers", ["kind", "id"], unique=False)
    op.create_index(op.f("ix_customers_name"), "customers", ["name"], unique=False)
    op.create_index(op.f("ix_customers_phone_index"), "customers", ["phone_index"], unique=False)
    op.create_index(
        op.f("ix_customers_phone_tail_id"), "customers", ["phone_tail", "id"], unique=False
    )
    op.create_index(op.f("ix_customers_sort_key_id"), "customers", ["sort_key", "id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_customers_sort_key_id"), table_name="customers")
    op.drop_index(op.f("ix_customers_phone_tail_id"), table_name="customers")
    op.drop_index(op.f("ix_customers_phone_index"), table_name="customers")
    op.drop_index(op.f("ix_customers_name"), table_name="customers")
    op.drop_index(op.f("ix_customers_kind_id"), table_name="customers")
    op.drop_index(op.f("ix_customers_document_index"), table_name="customers")
    op.drop_index(op.f("ix_customers_channel_id"), table_name="customers")
    op.drop_index(op.f("ix_customers_address_index"), table_name="customers")
    op.drop_table("customers")
