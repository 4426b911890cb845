"""Sending what is due: taken by one job at a time, sent outside any transaction, then noted.

Who takes a delivery leases it for two minutes. A job that is run twice at once finds it leased and
comes back later; one whose process died sends again after that, under the same message id.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import joinedload

from kit import clock, mail, push, sms, tenancy
from kit.db import session, transaction
from kit.i18n import gettext as _
from kit.i18n import ngettext
from kit.jobs import JobRun
from kit.push import NOBODY, Credentials
from tenants.accounts.letters import own_address, read_by
from tenants.accounts.models import User
from tenants.notices import queries
from tenants.notices.kinds import find_kind, path_of
from tenants.notices.models import Delivery, DeliveryState, Notice, Way
from tenants.notices.services.gateways import (
    ROBOTS,
    WITH_GATEWAY,
    credentials_of,
    gateways,
)
from tenants.notices.wording import words_of

LEASE = timedelta(minutes=2)
MOST = 50
_LONGEST = 60


class Busy(RuntimeError):
    """Another run of the job is sending this just now."""


@dataclass(frozen=True, slots=True)
class Message:
    """What leaves: to whom, by which way, and its words."""

    way: Way
    recipient: str
    title: str
    text: str
    credentials: Credentials = NOBODY


def send_due(run: JobRun, condition: ColumnElement[bool], *, tries: int) -> None:
    """Send the waiting deliveries of one person and way as one message; Busy while another does.

    Whoever cannot be reached any more, and what is of no interest any more, is skipped.
    """
    if run.is_done("sent"):
        return
    attempt = f"{run.id}:{run.attempt}"
    ids: list[int] = []
    message = _take(attempt, condition, ids)
    # The transaction is over before anything leaves.
    session().rollback()
    if message is None:
        return
    try:
        _hand_over(message, message_id=run.id)
    except push.Rejected:
        # It would say the same the next time.
        _give_back(attempt, ids, is_last=True)
        return
    except BaseException:
        _give_back(attempt, ids, is_last=run.attempt >= tries)
        raise
    run.once("sent", lambda: _note_sent(attempt, ids), is_record=True)


def _take(attempt: str, condition: ColumnElement[bool], ids: list[int]) -> Message | None:
    now = clock.now()
    with transaction(even_read_only=True) as work:
        taken = work.scalars(
            select(Delivery)
            .where(condition, Delivery.state == DeliveryState.WAITING)
            .options(joinedload(Delivery.notice), joinedload(Delivery.user))
            .order_by(Delivery.id)
            .limit(MOST)
            .with_for_update(of=Delivery)
            .execution_options(populate_existing=True)
        ).all()
        if any(one.leased_until and one.leased_until > now for one in taken):
            raise Busy(attempt)
        wanted = [one for one in taken if _is_wanted(one)]
        for one in taken:
            if one not in wanted:
                one.state = DeliveryState.SKIPPED
        message = _compose_for(wanted[0].user, wanted) if wanted else None
        for one in wanted:
            if message is None:
                one.state = DeliveryState.SKIPPED
            else:
                one.sending, one.leased_until = attempt, now + LEASE
                ids.append(one.id)
        return message


def _is_wanted(delivery: Delivery) -> bool:
    kind = find_kind(delivery.notice.kind)
    return (
        kind is not None
        and delivery.user.is_active
        and kind.still(delivery.notice.record_id, delivery.notice.values)
    )


def _compose_for(person: User, deliveries: Sequence[Delivery]) -> Message | None:
    # No request says here who reads: it is the person's language, else the company's.
    with read_by(person):
        return _compose(deliveries)


def _compose(deliveries: Sequence[Delivery]) -> Message | None:
    first = deliveries[0]
    way = Way(first.way)
    recipient = _recipient(first, way)
    if not recipient:
        return None
    templates = queries.templates()
    credentials = _credentials(way)
    told = [(one.notice, words_of(one.notice, templates)) for one in deliveries]
    if len(told) == 1:
        notice, words = told[0]
        if way == Way.SMS:
            return Message(way, recipient, "", f"{tenancy.current().name}: {words.title}")
        parts = [words.title, words.body, _open_it(notice)]
        text = "\n\n".join(one for one in parts if one)
        return Message(way, recipient, words.title, text, credentials)
    title = str(
        ngettext("%(num)s notice from %(company)s", "%(num)s notices from %(company)s", len(told),
                 company=tenancy.current().name)
    )  # fmt: skip
    lines = [f"· {words.title}" for _notice, words in told]
    if way == Way.SMS:
        short = "; ".join(words.title for _notice, words in told)[:_LONGEST]
        return Message(way, recipient, "", f"{title}: {short}")
    text = "\n".join([*lines, "", str(_("Read them here:")), own_address("/notices/")])
    return Message(way, recipient, title, text, credentials)


def _credentials(way: Way) -> Credentials:
    return credentials_of(gateways().get(way)) if way in WITH_GATEWAY else NOBODY


def _recipient(delivery: Delivery, way: Way) -> str:
    match way:
        case Way.MAIL:
            return delivery.user.email or ""
        case Way.SMS:
            return delivery.user.phone
        case _:
            known = queries.addresses_of([delivery.user]).get((delivery.user_id, way))
            if known is not None and known.address:
                return known.address
            shared = gateways().get(way)
            return shared.key if shared and shared.is_on and way in ROBOTS else ""


def _open_it(notice: Notice) -> str:
    kind = find_kind(notice.kind)
    if kind is None or not kind.path:
        return ""
    link = own_address(path_of(kind.path, notice.record_id))
    return str(_("Open it here:\n%(link)s", link=link))


def _hand_over(message: Message, *, message_id: str) -> None:
    match message.way:
        case Way.MAIL:
            mail.send(message.recipient, message.title, message.text, message_id=message_id)
        case Way.SMS:
            sms.send(message.recipient, message.text, message_id=message_id)
        case _:
            push.send(
                message.way.value,
                message.recipient,
                message.title,
                message.text,
                message_id=message_id,
                credentials=message.credentials,
            )


def _give_back(attempt: str, ids: list[int], *, is_last: bool) -> None:
    values: dict[str, object] = {"leased_until": None}
    if is_last:
        values["state"] = DeliveryState.FAILED
    with transaction(even_read_only=True) as work:
        work.execute(
            update(Delivery)
            .where(
                Delivery.id.in_(ids),
                Delivery.sending == attempt,
                Delivery.state == DeliveryState.WAITING,
            )
            .values(**values)
        )


def _note_sent(attempt: str, ids: list[int]) -> None:
    session().execute(
        update(Delivery)
        .where(
            Delivery.id.in_(ids),
            Delivery.sending == attempt,
            Delivery.state == DeliveryState.WAITING,
        )
        .values(state=DeliveryState.SENT, sent_at=clock.now(), leased_until=None)
    )
