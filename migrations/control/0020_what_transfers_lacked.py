"""What bank transfers lacked.

Proofs of transfer that their owner takes back.
Plans that end with their workspace.
Charges that come back from Stripe.
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    _say_states("transfer_proofs", "waiting", "confirmed", "rejected", "withdrawn")
    _add("subscriptions", "ends_with_workspace", sa.Boolean(), "false")
    _add("usage_charges", "taken_back", sa.BigInteger(), "0")


def downgrade() -> None:
    op.drop_column("usage_charges", "taken_back", schema="control")
    op.drop_column("subscriptions", "ends_with_workspace", schema="control")
    _say_states("transfer_proofs", "waiting", "confirmed", "rejected")


def _say_states(table: str, *states: str) -> None:
    name, known = op.f(f"ck_{table}_state_is_known"), ", ".join(f"'{one}'" for one in states)
    op.drop_constraint(name, table, schema="control", type_="check")
    op.create_check_constraint(name, table, f"state IN ({known})", schema="control")


def _add(table: str, name: str, kind: sa.types.TypeEngine[object], default: str) -> None:
    column = sa.Column(name, kind, server_default=sa.text(default), nullable=False)
    op.add_column(table, column, schema="control")
