"""The verbs of messages to customers: telling them, switching that, and forgetting it."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert

from kit import audit, clock, ids, tenancy
from kit.db import transaction
from kit.i18n import LANGUAGES
from kit.jobs import enqueue
from tenants.accounts.models import Profile, User
from tenants.customers.messages import events, queries
from tenants.customers.messages.models import CustomerMessage, MessageSwitch, MessageWay
from tenants.customers.messages.queries import Cell
from tenants.customers.messages.quiet import next_time
from tenants.customers.messages.wording import compose
from tenants.customers.models import Customer
from tenants.notices.customer_kinds import every_kind
from tenants.notices.kinds import Kind
from tenants.notices.models import DeliveryState

HOME = "+86"
ABROAD = "en"


def inform(
    kind: Kind, customer: Customer, *, once: str, record_id: str, record_name: str, **values: Any
) -> int:
    """Tell a customer of something, where the workspace has that on; return by how many ways.

    Part of the transaction that made it happen. `once` names what happened: it is told once,
    however often this is called. `values` are plain JSON for the kind's placeholders, and nothing
    about the person.
    """
    unknown = values.keys() - kind.placeholders.keys()
    if unknown:
        raise ValueError(f"{kind.code} has no placeholder {sorted(unknown)}")
    with transaction() as work:
        on = queries.switches_of(kind.code)
        if not on or customer.deleted_at is not None:
            return 0
        told = 0
        for way in MessageWay:
            languages = {language for one, language in on if one == way}
            recipient = recipient_of(customer, way)
            if not languages or not recipient:
                continue
            public_id, due_at = ids.new(), next_time(clock.now())
            made = work.execute(
                insert(CustomerMessage)
                .values(
                    public_id=public_id,
                    created_at=clock.now(),
                    key=f"{kind.code}|{once}|{way.value}",
                    kind=kind.code,
                    way=way,
                    language=_language(customer, languages),
                    customer_id=customer.id,
                    record_id=record_id,
                    record_name=record_name,
                    values=values,
                    state=DeliveryState.WAITING,
                    problem="",
                    due_at=due_at,
                    **CustomerMessage.recipient.columns(public_id, recipient),
                )
                .on_conflict_do_nothing()
                .returning(CustomerMessage.id)
            ).one_or_none()
            if made is not None:
                _send_later(public_id, due_at)
                told += 1
        return told


def recipient_of(customer: Customer, way: MessageWay) -> str:
    """Return where a customer is reached by a way; "" where that is not known."""
    match way:
        case MessageWay.SMS:
            return customer.phone if customer.phone_cipher else ""
        case MessageWay.MAIL:
            return customer.email


def switch(wanted: Collection[Cell], *, by: User) -> None:
    """Keep what customers are told of, by which way and in which languages.

    What is not offered counts as not sent.
    """
    with transaction() as work:
        # One at a time, so that two do not both insert what was not there.
        work.scalars(select(Profile.id).with_for_update()).one()
        offered = {
            (kind.code, way.value, language)
            for kind in every_kind()
            for way in MessageWay
            for language in LANGUAGES
        }
        before, now = queries.switched_on() & offered, set(wanted) & offered
        for kind, way, language in sorted(now - before):
            work.add(MessageSwitch(kind=kind, way=way, language=language))
        for kind, way, language in before - now:
            work.execute(
                delete(MessageSwitch).where(
                    MessageSwitch.kind == kind,
                    MessageSwitch.way == way,
                    MessageSwitch.language == language,
                )
            )
        if before != now:
            audit.record(
                events.SWITCHED,
                by,
                by=by,
                switched_on=["|".join(one) for one in sorted(now - before)],
                switched_off=["|".join(one) for one in sorted(before - now)],
            )


def person_messages(customer: Customer) -> list[dict[str, Any]]:
    """Return the messages to a customer as he is told of them: when, where to, and what they say.

    The words are those of now: a workspace that has changed its own since is not remembered.
    """
    found = []
    for one in queries.messages_to(customer.id):
        outgoing = compose(one)
        found.append(
            {
                "at": one.created_at.isoformat(),
                "sent_at": one.sent_at.isoformat() if one.sent_at else None,
                "way": one.way,
                "to": outgoing.recipient,
                "about": one.record_name,
                "outcome": one.state,
                "text": outgoing.text,
            }
        )
    return found


def forget_messages(customer_id: int) -> None:
    """Forget where messages to a customer went, and send none that waits.

    Part of erasing a person, whose verb audits it.
    """
    with transaction() as work:
        mine = CustomerMessage.customer_id == customer_id
        work.execute(
            update(CustomerMessage)
            .where(mine, CustomerMessage.state == DeliveryState.WAITING)
            .values(state=DeliveryState.SKIPPED, problem="gone")
        )
        work.execute(
            update(CustomerMessage)
            .where(mine)
            .values(recipient_cipher=None, recipient_index=None, values={})
        )


def destroy_messages(customer_id: int) -> None:
    """Delete the messages to a customer: part of destroying him, whose verb audits it."""
    with transaction() as work:
        work.execute(delete(CustomerMessage).where(CustomerMessage.customer_id == customer_id))


def _language(customer: Customer, on: Collection[str]) -> str:
    """Return the language for a customer: his own, if it is on; else what is likely; else any."""
    is_abroad = customer.phone_cipher and not customer.phone.startswith(HOME)
    likely = ABROAD if is_abroad else tenancy.current().locale
    return next((one for one in (customer.language, likely) if one in on), None) or min(on)


def _send_later(public_id: str, due_at: Any) -> None:
    from tenants.customers import jobs

    enqueue(jobs.send_message, run_at=due_at, message=public_id)
