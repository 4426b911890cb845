"""The register of personal data: where it stands, and by what rule a sandbox replaces it.

A house test wants every column that can hold words either in RULES or in NOT_PERSONAL, and every
encrypted field in RULES: a new column is a decision, not a slip. The rules themselves are in
`control.archives.sandbox`.
"""

from collections.abc import Mapping

RULES: Mapping[str, str] = {
    # Rows of people's sheets, staged for an import: of no use in a sandbox.
    "import_rows": "drop",
    # What people looked for, phone and document numbers included.
    "saved_views": "drop",
    "saved_views.query": "reference",
    "list_settings": "drop",
    "past_queries": "drop",
    "past_queries.query": "reference",
    "past_queries.words": "reference",
    "approvals.title": "words",
    "approval_events.actor_name": "person",
    "approval_events.for_name": "words",
    "approval_events.target_name": "words",
    "approval_events.step_name": "words",
    "approval_events.opinion": "words",
    "approval_flow_steps.name": "title",
    # The step of an added signer bears his name.
    "approval_steps.name": "words",
    "audit_entries.actor_name": "person",
    "audit_entries.details": "empty",
    "audit_entries.address": "nothing",
    "imports.file_name": "words",
    "imports.file_key": "no file",
    "imports.options": "empty",
    "imports.problem": "words",
    "imports.actor_name": "person",
    "journals.reason": "words",
    "journals.actor_name": "person",
    "milestones.reason": "words",
    "number_pools.remark": "words",
    "carrier_accounts.remark": "words",
    "carrier_accounts.channel_code": "reference",
    "profiles.company": "company",
    "profiles.contact_name": "person",
    "profiles.contact_phone": "words",
    "profiles.address": "address",
    "profiles.logo_key": "nothing",
    "settlement_runs.actor_name": "person",
    "users.username": "username",
    "users.name": "person",
    "users.email": "email",
    "users.phone": "phone",
    "users.password_hash": "nothing",
    "users.is_active": "off",
    "authenticators.secret": "reference",
    "log_ins.ip_address": "nothing",
    "log_ins.user_agent": "nothing",
    "units.name": "title",
    "units.sort_key": "sort key",
    "units.remark": "words",
    "channels.name": "title",
    "channels.sort_key": "sort key",
    "channels.frozen_reason": "words",
    "channels.contact_name": "person",
    "channels.contact_phone": "phone",
    "channels.remark": "words",
    "channel_users.name": "person",
    "channel_users.username": "username",
    "channel_users.phone": "phone",
    "channel_users.password_hash": "nothing",
    "channel_users.is_active": "off",
    "invitations.name": "person",
    "allotments.criteria": "words",
    "allotments.actor_name": "person",
    "commission_lines.why": "names",
    "commission_lines.reason": "words",
    "customers.name": "person",
    "customers.sort_key": "sort key",
    "customers.contact_name": "person",
    "customers.email": "email",
    "customers.born_on": "nothing",
    "customers.phone": "phone",
    "customers.document": "document",
    "customers.address": "address",
    "customers.remark": "words",
    "payouts.reference": "reference",
    "payouts.proof_key": "nothing",
    "payouts.proof_name": "words",
    "payouts.remark": "words",
    "payouts.actor_name": "person",
    "orders.placed_by_name": "person",
    "orders.recipient_name": "person",
    "orders.recipient_phone": "phone",
    "orders.recipient_address": "address",
    "orders.hold_cause": "words",
    "orders.remark": "words",
    "order_items.carrier_text": "words",
    "order_items.tracking_number": "reference",
    "order_items.snapshot": "names",
    "order_events.remark": "words",
    "order_events.carrier_text": "words",
    "order_events.actor_name": "person",
}

# Words of the trade, codes of ours, and the stock: numbers and cards are goods, and whose they are
# stands with the customer, who is replaced.
NOT_PERSONAL: Mapping[str, frozenset[str]] = {
    "accounts": frozenset({"currency"}),
    "approval_events": frozenset({"turn_id"}),
    "approval_flow_steps": frozenset({"fact", "wanted"}),
    "approval_flows": frozenset({"kind"}),
    "approvals": frozenset({"key", "kind", "document_id", "currency", "facts", "turn_id"}),
    "audit_entries": frozenset({"event", "subject_kind", "subject_id", "actor_kind", "actor_id"}),
    "carrier_accounts": frozenset({"name", "columns"}),
    "carrier_events": frozenset({"event", "source"}),
    "channels": frozenset({"path", "region"}),
    "commission_lines": frozenset({"item_id", "order_number", "product_name", "currency"}),
    "customers": frozenset({"industry", "province", "city", "district"}),
    "entries": frozenset({"currency"}),
    "grades": frozenset({"name"}),
    "imports": frozenset({"kind", "job_id", "actor_kind", "actor_id"}),
    "invitations": frozenset({"token_digest"}),
    "journals": frozenset({"key", "digest", "actor_kind", "actor_id"}),
    "milestones": frozenset({"item_id", "evidence"}),
    "number_pools": frozenset({"name"}),
    "numbers": frozenset(
        {
            *("msisdn", "tail", "bigrams", "province", "city", "number_class", "pattern"),
            *("reserved_by", "item_id"),
        }
    ),
    "units": frozenset({"path"}),
    "order_events": frozenset({"from_state", "to_state", "carrier_code", "actor_kind", "actor_id"}),
    "order_items": frozenset(
        {
            *("product_name", "carrier", "msisdn", "iccid", "carrier_order_number"),
            *("carrier_code", "courier"),
        }
    ),
    "orders": frozenset(
        {
            *("number", "submission", "chain_path", "placed_by_kind", "placed_by_id", "flag"),
            *("currency", "province", "city", "district"),
        }
    ),
    "payouts": frozenset({"key", "currency"}),
    "products": frozenset(
        {
            *("code", "name", "sort_key", "after_promotion", "activation_note", "description"),
            *("agreement", "delivery_modes", "photos", "regions_allowed", "regions_barred"),
            *("address_keywords_barred", "repeat_by", "blocked_channel_ids"),
        }
    ),
    "profiles": frozenset({"colour"}),
    "roles": frozenset({"name", "code", "permissions"}),
    "segments": frozenset({"prefix", "province", "city"}),
    "settlement_runs": frozenset({"key", "currency"}),
    "sim_cards": frozenset({"iccid", "batch", "item_id"}),
}
