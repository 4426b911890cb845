"""What time brings about, in order, each at its own instant."""

import importlib
from collections.abc import Callable, Iterator
from typing import TypeAlias

from infra.stripe_server.faults import Body
from infra.stripe_server.times import HOUR
from infra.stripe_server.world import World

Step: TypeAlias = tuple[int, int, str, str, str]
"""When, in which order among those of an instant, the kind and id of the object, and the deed."""

_MOST = 5_000
_TURNING = frozenset({"trialing", "active", "past_due", "unpaid"})


def run_due(world: World, *, clock: Body | None = None, until: int | None = None) -> int:
    """Do everything that is due by now, or by `until` on a test clock; return how much it was."""
    limit = world.now() if until is None else until
    done = 0
    while done < _MOST and (step := min(_steps(world, clock), default=None)) is not None:
        at, _rank, kind, known_as, deed = step
        if at > limit:
            break
        body = world.get(kind, known_as)
        with world.at(at):
            if clock is not None:
                clock["frozen_time"] = at
            _deeds()[deed](world, body)
        done += 1
    return done


def _steps(world: World, clock: Body | None) -> Iterator[Step]:
    known_as = clock["id"] if clock else None
    for sub in world.peek("subscription"):
        if sub["test_clock"] == known_as:
            yield from _of_subscription(sub)
    for invoice in world.peek("invoice"):
        if invoice["test_clock"] == known_as:
            yield from _of_invoice(invoice)
    if clock is None:
        for session in world.peek("checkout.session"):
            if session["status"] == "open":
                yield session["expires_at"], 5, "checkout.session", session["id"], "expire_session"
        for refund in world.peek("refund"):
            if refund["_ends_at"]:
                yield refund["_ends_at"], 6, "refund", refund["id"], "end_refund"


def _of_subscription(sub: Body) -> Iterator[Step]:
    place = ("subscription", sub["id"])
    if sub["status"] == "incomplete":
        yield sub["created"] + 23 * HOUR, 4, *place, "expire"
    if sub["pending_update"]:
        yield sub["pending_update"]["expires_at"], 4, *place, "drop_pending"
    if sub["status"] not in _TURNING:
        return
    end = sub["items"]["data"][0]["current_period_end"]
    if sub["status"] == "trialing" and not sub["_trial_warned"]:
        yield max(sub["trial_start"], sub["trial_end"] - 3 * 24 * HOUR), 0, *place, "warn"
    start = sub["items"]["data"][0]["current_period_start"]
    announced = end - 7 * 24 * HOUR
    if sub["status"] == "active" and sub["_announced"] != end and announced > start:
        yield announced, 0, *place, "announce"
    if sub["cancel_at"] is not None and sub["cancel_at"] < end:
        yield sub["cancel_at"], 1, *place, "end"
    yield end, 2, *place, "turn"


def _of_invoice(invoice: Body) -> Iterator[Step]:
    place = ("invoice", invoice["id"])
    if invoice["status"] == "draft" and invoice["automatically_finalizes_at"]:
        yield invoice["automatically_finalizes_at"], 3, *place, "finalize"
    if invoice["status"] == "open" and invoice["auto_advance"]:
        if invoice["next_payment_attempt"] and not _is_first(invoice):
            yield invoice["next_payment_attempt"], 3, *place, "collect"
        if invoice["due_date"] and not invoice.get("_is_overdue"):
            yield invoice["due_date"], 3, *place, "overdue"


def _is_first(invoice: Body) -> bool:
    """Say whether the customer has still to be present: the first invoice is not tried again."""
    return bool(invoice["billing_reason"] == "subscription_create")


def _deeds() -> dict[str, Callable[[World, Body], object]]:
    # These modules ask for the time and what it brings about: they cannot be imported above.
    cycle = importlib.import_module("infra.stripe_server.subscriptions.cycle")
    ending = importlib.import_module("infra.stripe_server.subscriptions.ending")
    paying = importlib.import_module("infra.stripe_server.invoices.paying")
    sessions = importlib.import_module("infra.stripe_server.checkout.sessions")
    refunds = importlib.import_module("infra.stripe_server.payments.refunds")
    return {
        "warn": cycle.warn_of_trial_end,
        "announce": cycle.announce,
        "turn": cycle.turn,
        "expire": cycle.expire,
        "drop_pending": cycle.drop_pending,
        "end": lambda world, sub: ending.end(world, sub, reason="cancellation_requested"),
        "finalize": paying.finalize_and_collect,
        "collect": paying.collect_quietly,
        "overdue": paying.overdue,
        "expire_session": sessions.expire,
        "end_refund": refunds.end_later,
    }
