"""Events of Stripe's: each entered once, then applied by asking what is true now."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.dialects.postgresql import insert as upsert

from control.billing.models import EventState, StripeEvent, Subscription
from control.billing.online import connected, fetching, mirror
from control.billing.online.calls import Unknown
from control.billing.online.customers import forget_customer
from control.billing.online.payments import invoice_of_charge, invoice_of_dispute
from control.billing.standing import LIVE
from kit import audit, clock, ids, jobs
from kit.crash import crash_point
from kit.db import control_session, control_transaction, lock_row
from kit.errors import Refused, Unanswered
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from kit.jobs import JobRun, Stopped, job
from kit.jobs.tables import UNENDED, control_outbox
from kit.payments import Notice

COMPLETED = "checkout.session.completed"
DELETED = "customer.deleted"
_SETTLED = frozenset({EventState.DONE, EventState.IGNORED})
_OBJECTS = frozenset({"subscription", "invoice", "charge", "refund", "dispute", "credit_note"})
EVENTS_WANTED = (
    COMPLETED,
    DELETED,
    *("customer.subscription.*", "invoice.*", "charge.*", "refund.*", "credit_note.*"),
)
"""What an operator has Stripe send here; `*` stands for all of a kind."""
REPLAYED = audit.Event.named("billing:event_replayed", "stripe_id")


def take_in(notice: Notice, *, way: str) -> bool:
    """Enter an event and have it applied; False when it was there before.

    `way` is how it came: webhook, or reconcile. One of an object that decides nothing here is
    entered only: half of them are. What happens in a workspace's own account waits for its reader.
    """
    now, is_ours = clock.now(), _is_of_interest(notice)
    with control_transaction() as control:
        inserted = control.scalar(
            upsert(StripeEvent)
            .values(
                public_id=ids.new(),
                created_at=now,
                stripe_id=notice.id,
                kind=notice.kind,
                object_kind=notice.object_kind,
                object_id=notice.object_id,
                account=notice.account,
                # Theirs are no customers of ours.
                customer_id=None if notice.account else _customer_in(notice),
                happened_at=datetime.fromtimestamp(notice.created, UTC),
                state=EventState.WAITING if is_ours else EventState.IGNORED,
                done_at=None if is_ours else now,
                way=way,
            )
            .on_conflict_do_update(
                index_elements=[StripeEvent.stripe_id],
                set_={"deliveries": StripeEvent.deliveries + 1},
            )
            .returning(StripeEvent.deliveries)
        )
        if inserted != 1:
            return False
        if is_ours and (not notice.account or connected.is_read()):
            ask_to_apply(notice.id)
        return True


def unknown(notices: Iterable[Notice]) -> list[Notice]:
    """Return those of some events that decide something here and were never entered."""
    ours = [one for one in notices if _is_of_interest(one)]
    known = set(
        control_session().scalars(
            select(StripeEvent.stripe_id).where(StripeEvent.stripe_id.in_([one.id for one in ours]))
        )
    )
    control_session().rollback()
    return [one for one in ours if one.id not in known]


def _is_of_interest(notice: Notice) -> bool:
    if notice.account:
        return notice.object_kind in connected.OBJECTS
    if notice.object_kind == "checkout.session":
        return notice.kind == COMPLETED
    return notice.object_kind in _OBJECTS or notice.kind == DELETED


def replay(event: StripeEvent, *, by: audit.Actor) -> None:
    """Have an event applied again: what is true now is asked for anew, so nothing can go wrong.

    Refused while it is worked on, and while nobody reads it. One that waits and has no work is
    stuck: it may.
    """
    if event.account and not connected.is_read():
        raise Refused(_("It is kept until workspaces take payments: nobody could read it yet."))
    with control_transaction():
        event = lock_row(event)
        if at_work(event.stripe_id):
            raise Refused(_("This event waits to be applied already."))
        event.state = EventState.WAITING
        event.error = None
        audit.record_control(REPLAYED, event, by=by, stripe_id=event.stripe_id)
        ask_to_apply(event.stripe_id)


def at_work(stripe_id: str) -> bool:
    """Tell whether the work of an event waits or runs."""
    found = select(is_at_work()).where(StripeEvent.stripe_id == stripe_id)
    return bool(control_session().scalar(found))


def is_at_work() -> ColumnElement[bool]:
    """Return the condition that an event's work waits or runs."""
    return exists().where(
        control_outbox.c.workspace == "",
        control_outbox.c.kind == apply_event.kind,
        control_outbox.c.key == StripeEvent.stripe_id,
        control_outbox.c.state.in_(UNENDED),
    )


def requeue(stale: timedelta, *, most: int) -> int:
    """Have events applied whose work came to nothing, for good or for now; return how many.

    Who was tried longest ago comes first, so that what fails for ever keeps no other waiting.
    """
    before = clock.now() - stale
    with control_transaction() as control:
        found = control.scalars(
            select(StripeEvent.stripe_id)
            .where(
                StripeEvent.state.in_([EventState.WAITING, EventState.FAILED]),
                StripeEvent.created_at < before,
                or_(StripeEvent.tried_at.is_(None), StripeEvent.tried_at < before),
                ~is_at_work(),
                *(() if connected.is_read() else (StripeEvent.account == "",)),
            )
            .order_by(StripeEvent.tried_at.nulls_first(), StripeEvent.id)
            .limit(most)
        ).all()
        for stripe_id in found:
            ask_to_apply(stripe_id)
    return len(found)


def ask_to_apply(stripe_id: str) -> None:
    """Have an event applied; asked again while that waits or goes on, it is one piece of work."""
    jobs.enqueue_control(apply_event, unique_key=stripe_id, stripe_id=stripe_id)


@job("billing.apply_event", title=_l("Apply an event of payments"), stepped=True, tries=12)
def apply_event(run: JobRun, *, stripe_id: str) -> None:
    """Fetch what an event is about and bring the mirror up to it.

    What else waits of the same objects is applied with it: they are asked for once. What fails on
    the last try, or is refused for good, leaves the event failed with a cause.
    """
    if run.is_done("applied"):
        return
    try:
        _apply(run, stripe_id)
    except Stopped:
        raise
    except Exception as error:
        is_for_good = isinstance(error, Refused) and not isinstance(error, Unanswered)
        if is_for_good or run.attempt >= apply_event.tries:
            _note_failure(stripe_id, error)
        raise


def _note_failure(stripe_id: str, error: Exception) -> None:
    """Say why nothing came of an event: the kind of error, for its words may name people."""
    control_session().rollback()
    with control_transaction():
        _mark(stripe_id, EventState.FAILED, str(getattr(error, "code", "")) or type(error).__name__)


def _apply(run: JobRun, stripe_id: str) -> None:
    event = _begin(stripe_id)
    if event is None:
        return
    kind, object_kind, object_id = event.kind, event.object_kind, event.object_id
    if event.account:
        became = _passed_on(event.account, object_kind, object_id, stripe_id)
        run.once("applied", lambda: _mark(stripe_id, *became))
        return
    # They had come before it is asked what is true, so the answer holds for them, too.
    others = _waiting_beside(event)
    ticket = mirror.take_ticket()
    crash_point("inbox.ticket")
    state, error = EventState.DONE, None
    lost = mirror.account_of_customer(object_id) if kind == DELETED else None
    try:
        fetched = _fetch(kind, object_kind, object_id)
    except Unknown:
        fetched, state, error = [], EventState.IGNORED, "unknown object"
    else:
        if not fetched:
            state = EventState.IGNORED
    answered = {(object_kind, object_id), *_whole(fetched)}
    crash_point("inbox.fetched")

    def applied() -> None:
        nonlocal state, error
        if lost is not None:
            forget_customer(lost, object_id)
            state, error = EventState.DONE, None
        if fetched and not any(mirror.account_of_row(one) for one in fetched):
            # Kept and shown: money of somebody whom we do not know is an operator's to look at.
            state, error = EventState.IGNORED, "unknown customer"
        _show(fetched, ticket)
        _mark(stripe_id, state, error)
        _mark_told([one for one, about in others.items() if about in answered], state, error)
        crash_point("inbox.marked")

    run.once("applied", applied)
    crash_point("inbox.committed")


def _passed_on(
    account: str, object_kind: str, object_id: str, stripe_id: str
) -> tuple[EventState, str | None]:
    control_session().rollback()
    return connected.pass_on(account, object_kind, object_id, event=stripe_id)


def _begin(stripe_id: str) -> StripeEvent | None:
    """Note that an event is tried now, before anything of it can go wrong; None when it is over."""
    with control_transaction():
        event = find_event(stripe_id)
        if event is None or event.state in _SETTLED:
            return None
        event.tried_at = clock.now()
        return event


def _show(fetched: "_Fetched", ticket: int) -> None:
    for number, one in enumerate(fetched):
        if isinstance(one, fetching.FetchedSubscription):
            mirror.show_subscription(one, ticket=ticket)
        else:
            mirror.show_invoice(one, ticket=ticket)
        crash_point(f"inbox.row{number}")


def find_event(stripe_id: str) -> StripeEvent | None:
    """Return an event by Stripe's id, or None."""
    return (
        control_session()
        .scalars(select(StripeEvent).where(StripeEvent.stripe_id == stripe_id))
        .one_or_none()
    )


def waiting_count() -> int:
    """Return how many events of ours wait to be applied."""
    return _waiting(StripeEvent.account == "")


def kept_count() -> int:
    """Return how many events of workspaces' own accounts wait to be read."""
    return _waiting(StripeEvent.account != "")


def _waiting(whose: ColumnElement[bool]) -> int:
    found = select(func.count()).where(StripeEvent.state == EventState.WAITING, whose)
    return control_session().scalar(found) or 0


def entered_since(moment: datetime, *, way: str) -> int:
    """Return how many events have come in one way since a moment."""
    found = select(func.count()).where(StripeEvent.created_at >= moment, StripeEvent.way == way)
    return control_session().scalar(found) or 0


def _waiting_beside(event: StripeEvent) -> dict[int, tuple[str, str]]:
    """Return the other events of a customer that wait, and what each is about."""
    if event.customer_id is None:
        same = StripeEvent.object_id == event.object_id
    else:
        same = StripeEvent.customer_id == event.customer_id
    found = control_session().execute(
        select(StripeEvent.id, StripeEvent.object_kind, StripeEvent.object_id).where(
            StripeEvent.state == EventState.WAITING,
            StripeEvent.account == event.account,
            same,
            StripeEvent.id != event.id,
        )
    )
    return {row.id: (row.object_kind, row.object_id) for row in found}


def _whole(fetched: "_Fetched") -> Iterator[tuple[str, str]]:
    """Yield what was fetched as its own events would have it: an invoice with its subscription."""
    subscriptions = {
        one.stripe_id for one in fetched if isinstance(one, fetching.FetchedSubscription)
    }
    for one in fetched:
        if isinstance(one, fetching.FetchedSubscription):
            yield "subscription", one.stripe_id
        elif one.subscription_id is None or one.subscription_id in subscriptions:
            yield "invoice", one.stripe_id


def _mark_told(event_ids: list[int], state: EventState, error: str | None) -> None:
    """Note it of other events that were answered, too; who is at one of them does so himself."""
    waiting = select(StripeEvent).where(
        StripeEvent.id.in_(event_ids), StripeEvent.state == EventState.WAITING
    )
    # Two that waited for each other's events would wait for ever.
    for event in control_session().scalars(waiting.with_for_update(skip_locked=True)):
        event.state, event.error, event.done_at = state, error, clock.now()


def _mark(stripe_id: str, state: EventState, error: str | None) -> None:
    event = find_event(stripe_id)
    assert event is not None
    event.state, event.error, event.done_at = state, error, clock.now()


_Fetched = list[fetching.FetchedSubscription | fetching.FetchedInvoice]


def _fetch(kind: str, object_kind: str, object_id: str) -> _Fetched:
    """Return what an event is about, as it is now; nothing when it is of no interest here."""
    control_session().rollback()
    match object_kind:
        case "subscription":
            return [fetching.fetch_subscription(object_id)]
        case "invoice":
            return _with_subscription(fetching.fetch_invoice(object_id))
        case "checkout.session" if kind == COMPLETED:
            subscription = fetching.subscription_of_checkout(object_id)
            return [fetching.fetch_subscription(subscription)] if subscription else []
        case "charge" | "refund":
            invoice = invoice_of_charge(object_kind, object_id)
        case "dispute":
            invoice = invoice_of_dispute(object_id)
        case "customer" if kind == DELETED:
            return _of_deleted(object_id)
        case "credit_note":
            invoice = fetching.invoice_of_credit_note(object_id)
        case _:
            return []
    return [fetching.fetch_invoice(invoice)] if invoice else []


def _of_deleted(customer_id: str) -> _Fetched:
    """Return what a deleted customer had: Stripe has ended it, the mirror may not know yet."""
    account = mirror.account_of_customer(customer_id)
    if account is None:
        return []
    had = control_session().scalars(
        select(Subscription.stripe_id).where(
            Subscription.account_id == account.id,
            Subscription.stripe_id.is_not(None),
            Subscription.state.in_([state.value for state in LIVE]),
        )
    )
    known = [one for one in had if one]
    control_session().rollback()
    found: _Fetched = []
    for one in known:
        with suppress(Unknown):
            found.append(fetching.fetch_subscription(one))
    return found


def _with_subscription(invoice: fetching.FetchedInvoice) -> _Fetched:
    """Return an invoice behind its subscription: what is owed and what is had belong together."""
    if invoice.subscription_id is None:
        return [invoice]
    return [fetching.fetch_subscription(invoice.subscription_id), invoice]


def _customer_in(notice: Notice) -> str | None:
    found = notice.body.get("data", {}).get("object", {})
    if notice.object_kind == "customer":
        return notice.object_id
    customer = found.get("customer")
    return customer if isinstance(customer, str) else None
