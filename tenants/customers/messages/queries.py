"""Questions about messages to customers."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import contains_eager

from kit import personal
from kit.db import session
from tenants.accounts.scopes import Reach
from tenants.customers import queries as customers
from tenants.customers.messages.models import CustomerMessage, MessageSwitch
from tenants.customers.models import Customer

Cell = tuple[str, str, str]
"""A kind, a way and a language."""


def switched_on() -> set[Cell]:
    """Return what customers are told of, by which way and in which languages."""
    rows = session().execute(select(MessageSwitch.kind, MessageSwitch.way, MessageSwitch.language))
    return {(kind, way, language) for kind, way, language in rows}


def switches_of(kind: str) -> set[tuple[str, str]]:
    """Return by which ways and in which languages customers are told of a kind."""
    rows = session().execute(
        select(MessageSwitch.way, MessageSwitch.language).where(MessageSwitch.kind == kind)
    )
    return {(way, language) for way, language in rows}


def messages(reach: Reach) -> Select[CustomerMessage]:
    """Return the statement of what was sent to the customers who are reached."""
    return (
        select(CustomerMessage)
        .join(CustomerMessage.customer)
        .where(customers.reached(reach))
        .options(contains_eager(CustomerMessage.customer).joinedload(Customer.channel))
    )


def messages_to(customer_id: int) -> Sequence[CustomerMessage]:
    """Return all messages to a customer, the oldest first."""
    mine = CustomerMessage.customer_id == customer_id
    return session().scalars(select(CustomerMessage).where(mine).order_by(CustomerMessage.id)).all()


def to_recipient(text: str) -> ColumnElement[bool]:
    """Return the condition that a message went to a number or an address, in any spelling."""
    spelled = {personal.plain(text)}
    for normal in (personal.phone_number, personal.email_address):
        try:
            spelled.add(normal(text))
        except ValueError:
            continue
    found = {index for one in spelled for index in CustomerMessage.recipient.lookups(one)}
    return CustomerMessage.recipient_index.in_(found)
