"""What bank transfers lacked: proofs of transfer that their owner takes back."""

from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    _say_states("transfer_proofs", "waiting", "confirmed", "rejected", "withdrawn")


def downgrade() -> None:
    _say_states("transfer_proofs", "waiting", "confirmed", "rejected")


def _say_states(table: str, *states: str) -> None:
    name, known = op.f(f"ck_{table}_state_is_known"), ", ".join(f"'{one}'" for one in states)
    op.drop_constraint(name, table, schema="control", type_="check")
    op.create_check_constraint(name, table, f"state IN ({known})", schema="control")
