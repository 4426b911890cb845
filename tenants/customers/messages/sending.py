"""Sending one message to a customer: taken by one job at a time, sent outside any transaction.

Who takes it leases it for two minutes, as notices are: a job that is run twice at once finds it
leased and comes back later, one whose process died sends again under the same message id.
"""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from kit import audit, clock, mail, sms
from kit.db import session, transaction
from kit.jobs import JobRun, enqueue
from tenants.customers.messages import events, queries
from tenants.customers.messages.models import CustomerMessage, MessageWay
from tenants.customers.messages.quiet import next_time
from tenants.customers.messages.services import recipient_of
from tenants.customers.messages.wording import Outgoing, compose
from tenants.notices.customer_kinds import find_kind
from tenants.notices.models import DeliveryState

LEASE = timedelta(minutes=2)


class Busy(RuntimeError):
    """Another run of the job is sending this just now."""


def send_message(run: JobRun, public_id: str, *, tries: int) -> None:
    """Send a message that waits, once; in the quiet hours it is put off until they end."""
    if run.is_done("sent"):
        return
    attempt = f"{run.id}:{run.attempt}"
    outgoing = _take(attempt, public_id)
    # The transaction is over before anything leaves.
    session().rollback()
    if outgoing is None:
        return
    try:
        _hand_over(outgoing, message_id=run.id)
    except BaseException:
        _give_back(attempt, public_id, is_last=run.attempt >= tries)
        raise
    run.once("sent", lambda: _note_sent(attempt, public_id), is_record=True)


def _take(attempt: str, public_id: str) -> Outgoing | None:
    now = clock.now()
    with transaction(even_read_only=True):
        found = _waiting(public_id)
        if found is None:
            return None
        if found.leased_until and found.leased_until > now:
            raise Busy(attempt)
        later = next_time(now)
        if later > now:
            _put_off(found, later)
            return None
        problem = _what_is_wrong(found)
        if problem:
            _end(found, DeliveryState.SKIPPED, problem)
            return None
        found.sending, found.leased_until = attempt, now + LEASE
        return compose(found)


def _waiting(public_id: str) -> CustomerMessage | None:
    return (
        session()
        .scalars(
            select(CustomerMessage)
            .where(
                CustomerMessage.public_id == public_id,
                CustomerMessage.state == DeliveryState.WAITING,
            )
            .options(joinedload(CustomerMessage.customer))
            .with_for_update(of=CustomerMessage)
            .execution_options(populate_existing=True)
        )
        .one_or_none()
    )


def _what_is_wrong(message: CustomerMessage) -> str:
    """Return the word for why a message is not wanted any more; "" when it is."""
    if message.customer.deleted_at is not None:
        return "gone"
    # To where he is reached now: a number that was corrected meanwhile was wrong.
    recipient = recipient_of(message.customer, MessageWay(message.way))
    if not recipient:
        return "address"
    if recipient != message.recipient:
        message.recipient = recipient
    switch = (message.way, message.language)
    if find_kind(message.kind) is None or switch not in queries.switches_of(message.kind):
        return "off"
    return ""


def _hand_over(outgoing: Outgoing, *, message_id: str) -> None:
    match outgoing.way:
        case MessageWay.SMS:
            sms.send(outgoing.recipient, outgoing.text, message_id=message_id)
        case MessageWay.MAIL:
            mail.send(outgoing.recipient, outgoing.title, outgoing.text, message_id=message_id)


def _put_off(message: CustomerMessage, until: object) -> None:
    from tenants.customers import jobs

    message.due_at = until  # type: ignore[assignment]
    enqueue(jobs.send_message, run_at=message.due_at, message=message.public_id)


def _give_back(attempt: str, public_id: str, *, is_last: bool) -> None:
    with transaction(even_read_only=True):
        found = _waiting(public_id)
        if found is None or found.sending != attempt:
            return
        found.leased_until = None
        if is_last:
            _end(found, DeliveryState.FAILED, "provider")


def _note_sent(attempt: str, public_id: str) -> None:
    found = _waiting(public_id)
    if found is not None and found.sending == attempt:
        _end(found, DeliveryState.SENT, "")


def _end(message: CustomerMessage, state: DeliveryState, problem: str) -> None:
    message.state, message.problem, message.leased_until = state, problem, None
    message.sent_at = clock.now() if state == DeliveryState.SENT else None
    audit.record(
        events.TOLD,
        message.customer,
        by=audit.SYSTEM,
        kind=message.kind,
        way=message.way,
        record=message.record_name,
        outcome=state.value,
    )
