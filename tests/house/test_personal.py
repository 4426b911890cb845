"""Every place where personal data can stand is known, exported, restored and replaced."""

from sqlalchemy import CheckConstraint, Date, LargeBinary, String, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from control.archives import sandbox, tables
from kit.db import Encrypted, TenantModel, tenant_metadata
from tenants.personal import NOT_PERSONAL, RULES
from tests.house.source import calls, name, python
from wsgi import tenant_plane

# Made by us, or made again from an encrypted field's text.
MADE = ("_cipher", "_index", "_tail")
# Days of the trade; whose birthday it is would be another matter.
DAYS = {
    *("milestones.met_on", "settlement_runs.until", "commission_lines.met_on"),
    *("commission_lines.due_on", "payouts.paid_on", "rates.valid_from", "rates.valid_to"),
    *("orders.traded_on", "orders.deliver_on", "order_items.activated_on"),
    *("absences.first_on", "absences.last_on"),
    "carrier_events.occurred_on",
    "shares.ends_on",
}


def _of_states(table) -> set[str]:
    """The columns that can only hold a word of ours."""
    checks = [str(one.sqltext) for one in table.constraints if isinstance(one, CheckConstraint)]
    return {
        column.name
        for column in table.columns
        if any(f"{column.name} IN ('" in check for check in checks)
    }


def _fields() -> dict[str, dict[str, Encrypted]]:
    return tables.encrypted_fields()


def _carried():
    names = set(tables.carried_tables(tenant_metadata))
    return [table for table in tenant_metadata.sorted_tables if table.name in names]


def test_every_column_for_words_is_on_the_register():
    unknown = set()
    for table in _carried():
        if RULES.get(table.name) == sandbox.DROP:
            continue
        known = {name.partition(".")[2] for name in RULES if name.startswith(f"{table.name}.")}
        known |= NOT_PERSONAL.get(table.name, frozenset()) | _of_states(table) | {"public_id"}
        for column in table.columns:
            place = f"{table.name}.{column.name}"
            holds = isinstance(column.type, Text | String | JSONB | ARRAY | Date)
            if holds and not column.name.endswith(MADE) and place not in DAYS:
                unknown |= set() if column.name in known else {place}
    assert not unknown, "add them to tenants/personal.py"


def test_every_encrypted_field_has_a_rule_that_replaces_it():
    fields = {f"{table}.{name}" for table, found in _fields().items() for name in found}
    assert len(fields) >= 8
    assert fields <= set(RULES)
    assert {RULES[field] for field in fields} <= set(sandbox.RULES) - {"words", "names"}


def test_every_ciphertext_belongs_to_a_field_that_archives_know():
    """Also those of a model whose descriptor was forgotten, or of a table without a model."""
    for table in tenant_metadata.sorted_tables:
        ciphers = {column.name for column in table.columns if isinstance(column.type, LargeBinary)}
        assert ciphers == {f"{name}_cipher" for name in _fields().get(table.name, {})}
        columns = [tables.Column(column.name, "") for column in table.columns]
        described = tables.describe(table.name, columns, tenant_metadata)
        assert set(described.personal) == set(_fields().get(table.name, {}))
        assert not [one.name for one in described.plain if one.name.endswith(("_cipher", "_index"))]


def test_the_register_names_nothing_that_is_gone():
    for place, rule in RULES.items():
        table, dot, column = place.partition(".")
        fields = _fields().get(table, {})
        assert table in tenant_metadata.tables, place
        assert not dot or column in tenant_metadata.tables[table].columns or column in fields, place
        assert rule == sandbox.DROP or rule in sandbox.RULES, place
    for table, columns in NOT_PERSONAL.items():
        assert columns <= set(tenant_metadata.tables[table].columns.keys()), table
        assert not {f"{table}.{column}" for column in columns} & set(RULES)
    assert tenant_plane().personal is RULES


def test_what_is_left_out_of_archives_is_a_log_in_or_a_code():
    left_out = set(tenant_metadata.tables) - set(tables.carried_tables(tenant_metadata))
    assert left_out == {
        "user_sessions",
        "channel_user_sessions",
        "password_resets",
        "channel_resets",
        "pending_log_ins",
        "authenticators",
        "recovery_codes",
        "throttles",
        "devices",
        *("passkeys", "passkey_challenges", "phone_proofs", "security_answers"),
        *("user_invitations", "reveal_tasks", "mail_proofs"),
    }
    assert all(
        key.column.table.name not in left_out for table in _carried() for key in table.foreign_keys
    )


def test_whatever_else_encrypts_is_known_to_archives():
    """Ciphertext outside a field would be carried as it is, and open nowhere."""
    encrypting = {
        name(path)
        for path in python("tenants")
        if calls(path, "encrypt") or calls(path, "encrypt_many")
    }
    assert encrypting == {
        # Sealed as a whole; the column says so, and archives open it.
        "tenants/bulk/staging.py",
        "tenants/bulk/exporting/asking.py",
        # In the outbox, which no archive holds.
        "tenants/accounts/services/changes.py",
        "tenants/accounts/services/door_codes.py",
        "tenants/accounts/services/invitations.py",
        "tenants/accounts/services/mail_links.py",
        "tenants/accounts/services/passwords.py",
        "tenants/accounts/services/phones.py",
    }
    sealed = {
        f"{table.name}.{column}"
        for table in _carried()
        for column in tables.sealed_columns(tenant_metadata, table.name)
    }
    assert sealed == {"import_rows.cells", "exports.filters"}


def test_every_model_knows_whether_it_is_transient():
    assert TenantModel.transient is False


def test_archives_have_an_exact_form_for_every_type(app):
    from sqlalchemy.dialects import postgresql

    dialect = postgresql.dialect()
    names = {
        "VARCHAR(26)": "character varying",
        "TIMESTAMP WITH TIME ZONE": "timestamp with time zone",
    }
    for table in _carried():
        for column in table.columns:
            spelled = column.type.compile(dialect)
            name = names.get(spelled, spelled.lower())
            assert tables.selected(tables.Column(column.name, name))


def test_a_column_without_a_rule_fails(monkeypatch):
    """The register is not decoration: without its line, the test above fails."""
    monkeypatch.delitem(RULES, "customers.phone")
    try:
        test_every_encrypted_field_has_a_rule_that_replaces_it()
    except AssertionError:
        return
    raise AssertionError("customers.phone was not missed")
