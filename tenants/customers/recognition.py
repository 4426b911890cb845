"""Who orders: a customer who is known, or a new one; one for a person, whoever takes the order."""

from dataclasses import replace

from kit import audit
from kit.db import keep_alone, lock_row, transaction
from kit.errors import Refused
from kit.i18n import gettext as _
from tenants.channels.models import Channel
from tenants.customers import queries
from tenants.customers.models import Customer
from tenants.customers.services import (
    EDITED,
    NewCustomer,
    add_customers,
    checked,
    leave_phones_to_others,
)


def find_or_add(new: NewCustomer, *, channel: Channel | None, by: audit.Actor) -> Customer:
    """Return the live customer with this document, or phone and name; add one if there is none.

    Where no language is known of one who is found, it is the one given now. Refuses a document
    that is known under another name: somebody has mistyped.
    """
    with transaction():
        clean = checked(replace(new, channel=channel))
        found = _find(clean)
        if found is not None:
            _remember_language(found, clean.language, by=by)
            return found
        # Looked for again once nobody else is bringing the same person.
        _keep_person_alone(clean)
        found = _find(clean)
        if found is not None:
            return found
        (added,) = add_customers([clean], by=by, same_phone_confirmed=True)
        return added


def _find(clean: NewCustomer) -> Customer | None:
    if not clean.document:
        same = queries.customers_by_phone(clean.phone)
        return next((one for one in same if one.name == clean.name), None)
    found = queries.customer_by_document(clean.document)
    if found is not None and found.name != clean.name:
        # Whose it is stays unsaid: the person may be of another channel.
        raise Refused(_("This document is known under another name."), field="document")
    return found


def _keep_person_alone(clean: NewCustomer) -> None:
    """Keep others from this phone and document until the verb ends, and from no other."""
    leave_phones_to_others()
    # The phone first, so that two with the same pair wait for each other and not in a circle.
    keep_alone("customers", "phone", Customer.phone.lookups(clean.phone)[0])
    if clean.document:
        keep_alone("customers", "document", Customer.document.lookups(clean.document)[0])


def _remember_language(customer: Customer, language: str | None, *, by: audit.Actor) -> None:
    """Keep the language of whoever comes again, where none is known yet."""
    if language is None or customer.language is not None:
        return
    customer = lock_row(customer)
    if customer.language is None:
        customer.language = language
        customer.version += 1
        audit.record(EDITED, customer, by=by, fields=["language"])
