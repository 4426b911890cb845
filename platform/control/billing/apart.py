"""Many accounts in a row: one that fails is left out, told of, and stops none of the others."""

import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeVar

import structlog

from control.billing.models import BillingAccount
from kit import audit, clock
from kit.db import control_session, control_transaction

FAILED = audit.Event.named("billing:work_failed", "work", "error")
_log = structlog.get_logger("control.billing")
_DAY = timedelta(days=1)
Piece = TypeVar("Piece")


@dataclass(slots=True)
class Outcome:
    """How many pieces came to something, and of which accounts they failed."""

    done: int = 0
    failed: list[int] = field(default_factory=list)


def each_apart(
    work: str, pieces: Iterable[tuple[int, Piece]], do: Callable[[Piece], object]
) -> Outcome:
    """Do something with each of some (account's id, piece), each in transactions of its own.

    A failure is logged, and once a day stands in the account's timeline, where operators see it.
    """
    outcome = Outcome()
    for account_id, piece in list(pieces):
        try:
            outcome.done += bool(do(piece))
        except Exception as error:  # noqa: BLE001 - one account that fails must not stop the others
            control_session().rollback()
            outcome.failed.append(account_id)
            frame = traceback.extract_tb(error.__traceback__)[-1]
            _log.warning(
                "billing.piece_failed",
                work=work,
                account=account_id,
                error=type(error).__name__,
                function=frame.name,
            )
            _note(account_id, work, type(error).__name__)
    if outcome.failed:
        _log.warning("billing.pieces_failed", work=work, count=len(outcome.failed))
    return outcome


def _note(account_id: int, work: str, error: str) -> None:
    with control_transaction() as control:
        account = control.get_one(BillingAccount, account_id)
        noted = audit.find_control(FAILED, account, since=clock.now() - _DAY, work=work)
        if noted is None:
            audit.record_control(FAILED, account, by=audit.SYSTEM, work=work, error=error)
