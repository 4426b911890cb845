"""A workspace as Stripe's customer."""

from control.billing.models import BillingAccount
from control.closing.queries import owner_of
from kit import audit
from kit.db import control_session, control_transaction, lock_row
from kit.payments import calling_stripe, stripe_client

MADE = audit.Event.named("billing:customer", "stripe_customer")


def ensure_customer(account: BillingAccount) -> str:
    """Return the id of an account's customer at Stripe, made on the first need.

    Asked twice at once, Stripe makes one: the key is the account's. No transaction may be open.
    """
    if account.stripe_customer_id:
        return account.stripe_customer_id
    workspace = account.workspace
    owner = owner_of(account.workspace_id)
    values = {
        "name": workspace.name,
        "email": account.billing_email or (owner.email if owner else ""),
        "preferred_locales": ["en" if workspace.locale == "en" else "zh"],
        "metadata": {"workspace": workspace.public_id},
    }
    key = f"customer-{account.public_id}"
    control_session().rollback()
    with calling_stripe():
        made = stripe_client().v1.customers.create(
            {name: value for name, value in values.items() if value},  # type: ignore[arg-type]
            {"idempotency_key": key},
        )
    with control_transaction():
        account = lock_row(account)
        if not account.stripe_customer_id:
            account.stripe_customer_id = made.id
            audit.record_control(MADE, account, by=audit.SYSTEM, stripe_customer=made.id)
        return account.stripe_customer_id
