"""What a message to a customer says, in the language it is written in."""

from dataclasses import dataclass

from kit import tenancy
from kit.i18n import speaking
from tenants.customers.messages.models import CustomerMessage, MessageWay
from tenants.notices.customer_kinds import find_kind
from tenants.notices.queries import find_template
from tenants.notices.wording import words_for


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What leaves: to whom, by which way, and its words."""

    way: MessageWay
    recipient: str
    title: str
    text: str


def compose(message: CustomerMessage) -> Outgoing:
    """Return a message as it reads; without words when this release does not know its kind."""
    company, way = tenancy.current().name, MessageWay(message.way)
    recipient = message.recipient if message.recipient_cipher else ""
    kind = find_kind(message.kind)
    if kind is None:
        return Outgoing(way, recipient, "", "")
    with speaking(message.language):
        words = words_for(kind, message.values, find_template(kind, message.language))
        if way == MessageWay.SMS:
            return Outgoing(way, recipient, "", f"{company}: {words.title}")
        parts = [words.title, words.body, company]
        text = "\n\n".join(part for part in parts if part)
        return Outgoing(way, recipient, words.title, text)
