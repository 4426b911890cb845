"""Give a customer all that is stored about them, or erase it (PIPL, articles 45 and 47).

Here and not in customers, because orders and imports know of people, too, and stand above it.
"""

import io
import json
import zipfile
from typing import Any

from sqlalchemy import select

from kit import audit, clock, personal
from kit.db import session, transaction
from kit.errors import Refused
from kit.i18n import gettext as _
from tenants.accounts.queries import log_of
from tenants.bulk.many import forget_names
from tenants.bulk.services import erase_rows
from tenants.customers.messages.services import person_messages
from tenants.customers.models import Customer
from tenants.customers.services import erase_customer, person_data
from tenants.orders.models import Order
from tenants.orders.services.persons import erase_person, open_orders, person_orders
from tenants.records.queries import attachments_of, comments_of
from tenants.records.services import forget_record

DISCLOSED = audit.Event.named("customer:disclosed", "reason", "orders")
_LISTED = 5


def disclose(customer: Customer, *, reason: str, by: audit.Actor) -> bytes:
    """Return a ZIP file with all that is stored about a person, for machines and for people.

    Refused without a reason and for one who has been erased. Logged, also where nothing may be
    written otherwise: a person's right does not end with a bill.
    """
    reason = _reason(reason)
    with transaction(even_read_only=True):
        if customer.is_erased:
            raise Refused(_("This customer has been erased already."))
        orders = person_orders(customer)
        data = {
            "made_at": clock.now().isoformat(),
            "customer": person_data(customer),
            "orders": orders,
            "messages": person_messages(customer),
            "attachments": [
                {"name": one.name, "size": one.size, "sha256": one.sha256}
                for one in attachments_of("customer", customer.public_id)
            ],
            "comments": [
                {"at": one.created_at.isoformat(), "by": one.author_name, "text": one.body}
                for one in comments_of("customer", customer.public_id, limit=10_000)
            ],
            "log": [
                {"at": entry.created_at.isoformat(), "event": entry.event, "by": entry.actor_name}
                for entry in log_of(customer.public_id, limit=10_000)
            ],
        }
        audit.record(DISCLOSED, customer, by=by, reason=reason, orders=len(orders))
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w", zipfile.ZIP_DEFLATED) as made:
        text = json.dumps(data, ensure_ascii=False, indent=2)
        made.writestr(f"{customer.number}.json", text)
        # Notepad on Windows takes a text for UTF-8 by the mark at its beginning.
        made.writestr(f"{customer.number}.txt", "\ufeff" + "\r\n".join(_lines(data)))
    return package.getvalue()


def _lines(value: Any, indent: str = "") -> list[str]:
    """Return data as indented lines, as people read them."""
    if isinstance(value, dict):
        found = []
        for key, one in value.items():
            if isinstance(one, dict | list):
                found += [f"{indent}{key}:", *_lines(one, indent + "    ")]
            elif one not in {None, ""}:
                found.append(f"{indent}{key}: {one}")
        return found
    found = []
    for number, one in enumerate(value, 1):
        found += [f"{indent}{number}.", *_lines(one, indent + "    ")]
    return found


def erase(customer: Customer, *, reason: str, by: audit.Actor) -> int:
    """Erase a person everywhere; return how many orders were marked.

    Ciphertext, indexes and free texts are destroyed; orders and the ledger stay, as the law wants.
    Refused without a reason, for one erased before, and while an order is open.
    """
    reason = _reason(reason)
    with transaction() as work:
        locked = work.scalars(
            select(Customer)
            .where(Customer.id == customer.id)
            .with_for_update(of=Customer)
            .execution_options(populate_existing=True)
        ).one()
        waiting = open_orders(locked)
        if waiting:
            raise Refused(
                _(
                    "%(count)s orders are open (%(numbers)s): complete or cancel them first.",
                    count=len(waiting),
                    numbers=", ".join(waiting[:_LISTED]),
                )
            )
        texts = {locked.phone, personal.national(locked.phone), locked.document} - {""}
        erase_rows(texts)
        forget_names(locked.public_id)
        orders = erase_person(locked)
        forget_record("customer", locked.public_id)
        for key in work.scalars(select(Order.public_id).where(Order.customer_id == locked.id)):
            forget_record("order", key)
        erase_customer(locked, reason=reason, by=by)
        session().flush()
        return orders


def _reason(text: str) -> str:
    reason = personal.plain(text)[:200]
    if len(reason) < 2:
        raise Refused(_("Say why: it is logged with your name."), field="reason")
    return reason
