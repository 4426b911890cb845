"""A workspace as Stripe's customer."""

import hashlib
from typing import Any

from control.billing.buyers import details_of
from control.billing.models import BillingAccount, BillingDetails
from control.billing.online.calls import Unknown, found_at
from control.closing.queries import owner_of
from kit import audit
from kit.db import control_session, control_transaction, lock_row
from kit.payments import Declined, calling_stripe, stripe_client

MADE = audit.Event.named("billing:customer", "stripe_customer")
LOST = audit.Event.named("billing:customer_lost", "stripe_customer")


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
    # The same key with other words is an error: whose mail changed meanwhile begins anew.
    words = hashlib.sha256(repr(values).encode()).hexdigest()[:16]
    # So is one whose customer was deleted: the key would still answer with that one.
    key = f"customer-{account.public_id}-{account.lost_customers}-{words}"
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


def is_deleted(stripe_id: str) -> bool:
    """Tell whether a customer is no more at Stripe; no transaction may be open."""
    control_session().rollback()
    try:
        found = found_at(lambda: stripe_client().v1.customers.retrieve(stripe_id))
    except Unknown:
        return True
    return bool(getattr(found, "deleted", False))


def forget_customer(account: BillingAccount, stripe_id: str) -> None:
    """Have an account begin anew as a customer whose former one is deleted; twice is once.

    What was bought ended with that one at Stripe: the mirror is told of it before.
    """
    with control_transaction():
        account = lock_row(account)
        if account.stripe_customer_id != stripe_id:
            return
        account.stripe_customer_id = None
        account.lost_customers += 1
        details = details_of(account)
        if details is not None:
            details.told_version = 0
        audit.record_control(LOST, account, by=audit.SYSTEM, stripe_customer=stripe_id)


def tell_buyer(account: BillingAccount) -> None:
    """Have Stripe's customer named as the owner entered it; told again, nothing changes.

    What was entered while this went on is told, too: the last word stays. No transaction may be
    open.
    """
    while True:
        details = details_of(account)
        customer = account.stripe_customer_id
        if details is None or customer is None or details.told_version == details.version:
            return
        version = details.version
        wanted = (details.tax_kind, details.tax_id) if details.tax_kind else None
        key = f"tax-id-{details.public_id}-{version}"
        params = _params(details, account.billing_email)
        control_session().rollback()
        problem = ""
        with calling_stripe():
            stripe_client().v1.customers.update(customer, params)
        try:
            with calling_stripe():
                _set_tax_id(customer, wanted, key)
        except Declined as refusal:
            problem = refusal.code or "refused"
        with control_transaction():
            details = lock_row(details)
            details.told_version = version
            details.problem = problem


def _params(details: BillingDetails, email: str) -> Any:
    address = {
        "country": details.country,
        "state": details.state,
        "city": details.city,
        "line1": details.address,
        "postal_code": details.postal_code,
    }
    params: dict[str, Any] = {"name": details.name, "address": address}
    return params | ({"email": email} if email else {})


def _set_tax_id(customer: str, wanted: tuple[str, str] | None, key: str) -> None:
    tax_ids = stripe_client().v1.customers.tax_ids
    is_there = False
    for one in tax_ids.list(customer).data:
        if (one.type, one.value) == wanted:
            is_there = True
        else:
            tax_ids.delete(customer, one.id)
    if wanted is not None and not is_there:
        tax_ids.create(
            customer,
            {"type": wanted[0], "value": wanted[1]},
            {"idempotency_key": key},
        )
