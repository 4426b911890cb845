"""Questions about customers."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, false, func, or_, select, true

from kit.db import holds, session
from kit.personal import plain
from tenants.accounts.scopes import Reach, of_people, shared
from tenants.channels import queries as channels
from tenants.customers.models import Customer

_NUMBER = re.compile(r"(?:CM)?0*(\d{1,18})", re.IGNORECASE)
COUNTED = 10_000


def live_customers() -> Select[Customer]:
    """Return the statement of the customers that are not in the recycle bin."""
    return select(Customer).where(Customer.deleted_at.is_(None))


def deleted_customers() -> Select[Customer]:
    """Return the statement of the recycle bin."""
    return select(Customer).where(Customer.deleted_at.is_not(None))


def reached(reach: Reach) -> ColumnElement[bool]:
    """Return the condition that a customer is reached.

    By the channel, by who looks after him, or because he is shared.
    """
    if reach.is_everything:
        return true()
    return or_(
        Customer.channel_id.in_(channels.reached_ids(reach)),
        of_people(reach, Customer.owner_id),
        shared(reach, "customer", Customer.id),
    )


def find_customer(public_id: str) -> Customer | None:
    """Return a customer by public id, also a deleted one, or None."""
    return session().scalars(select(Customer).where(Customer.public_id == public_id)).one_or_none()


def customer_by_document(document: str) -> Customer | None:
    """Return the live customer with a document number, or None."""
    condition = with_document(document)
    return session().scalars(live_customers().where(condition)).one_or_none()


def customers_by_phone(phone: str, *, limit: int = 5) -> Sequence[Customer]:
    """Return the live customers with a phone number, the newest first."""
    return (
        session()
        .scalars(
            live_customers().where(with_phone(phone)).order_by(Customer.id.desc()).limit(limit)
        )
        .all()
    )


@dataclass(frozen=True, slots=True)
class Duplicates:
    """Who has the same document (at most one) and who the same phone number."""

    document: Customer | None
    phone: Sequence[Customer]

    def __bool__(self) -> bool:
        return self.document is not None or bool(self.phone)


def duplicates(
    phone: str | None = None, document: str | None = None, *, apart_from: Customer | None = None
) -> Duplicates:
    """Return the live customers that share a phone number or a document with what was typed."""
    same_document = customer_by_document(document) if document else None
    same_phone = customers_by_phone(phone) if phone else ()
    own = apart_from.id if apart_from else None
    return Duplicates(
        None if same_document is None or same_document.id == own else same_document,
        [one for one in same_phone if one.id != own],
    )


def with_document(text: str) -> ColumnElement[bool]:
    """Return the condition for exactly this document number, looked up by blind index."""
    return Customer.document_index.in_(Customer.document.lookups(text))


def with_phone(text: str) -> ColumnElement[bool]:
    """Return the condition for a phone number: its last four digits, or all of it."""
    digits = re.sub(r"[\s\-]", "", plain(text))
    if digits.isdigit() and len(digits) == 4:
        return Customer.phone_tail == digits
    try:
        return Customer.phone_index.in_(Customer.phone.lookups(digits))
    except ValueError:
        return false()


def number_of(text: str) -> int | None:
    """Return the id behind a customer's number, typed as CM0001 or 1; None when it is none."""
    found = _NUMBER.fullmatch(plain(text))
    return int(found[1]) if found else None


def with_number(text: str) -> ColumnElement[bool]:
    """Return the condition for a customer's number, typed as CM0001 or 1."""
    number = number_of(text)
    return false() if number is None else Customer.id == number


def reached_ids(numbers: Collection[int], reach: Reach | None) -> set[int]:
    """Return which of some ids are live customers within reach; None reaches all."""
    statement = select(Customer.id).where(Customer.id.in_(numbers), Customer.deleted_at.is_(None))
    if reach is not None:
        statement = statement.where(reached(reach))
    return set(session().scalars(statement))


def place_of_number(text: str) -> int | None:
    """Return the id at which a list begins that is opened at a customer's number."""
    found = _NUMBER.fullmatch(plain(text))
    return int(found[1]) if found else None


def with_name(text: str) -> ColumnElement[bool]:
    """Return the condition for a name: part of it, or the beginning of its pinyin."""
    text = plain(text)
    if text.isascii() and text.replace(" ", "").isalpha():
        by_pinyin = Customer.sort_key.startswith(text.replace(" ", "").lower(), autoescape=True)
        return or_(by_pinyin, holds(Customer.name, text))
    return holds(Customer.name, text)


def search(
    text: str,
    *,
    reach: Reach | None = None,
    channel_id: int | None = None,
    limit: int = 20,
) -> Sequence[Customer]:
    """Return live customers by number, name, phone or its tail: those reached, or of one channel.

    With neither, all.
    """
    statement = matching(live_customers(), text)
    if statement is None:
        return []
    if reach is not None:
        statement = statement.where(reached(reach))
    if channel_id is not None:
        statement = statement.where(Customer.channel_id == channel_id)
    return session().scalars(statement.limit(limit)).all()


def matching(statement: Select[Customer], text: str) -> Select[Customer] | None:
    """Narrow to customers by number, name, phone or its tail, newest first; None for no text."""
    text = plain(text)
    if not text:
        return None
    conditions = [with_name(text)]
    if _NUMBER.fullmatch(text) and len(text) < 11:
        conditions.append(with_number(text))
    if sum(character.isdigit() for character in text) >= 4:
        conditions.extend((with_phone(text), with_document(text)))
    return statement.where(or_(*conditions)).order_by(Customer.id.desc())


def count_customers(reach: Reach, since: datetime | None = None) -> int:
    """Return how many live customers are reached, or were added since; stops at 10,001."""
    statement = live_customers().where(reached(reach))
    if since is not None:
        statement = statement.where(Customer.created_at >= since)
    ids = statement.with_only_columns(Customer.id).limit(COUNTED + 1)
    return session().scalar(select(func.count()).select_from(ids.subquery())) or 0
