"""Telling the administrators of a problem, and their answer (A037)."""

from typing import IO

from sqlalchemy import select

from kit import audit, clock, personal
from kit.db import lock_row, refuse_stale, transaction
from kit.errors import Refused
from kit.i18n import gettext as _
from tenants.accounts import room
from tenants.accounts.models import User
from tenants.setup import events, numbering
from tenants.setup.feedback import FEEDBACK, KINDS
from tenants.setup.models import Feedback, FeedbackState
from tenants.setup.uploads import keep


def send_feedback(
    *,
    submission: str,
    kind: str,
    title: str,
    body: str,
    page: str,
    file: IO[bytes] | None,
    file_name: str,
    by: User,
) -> Feedback:
    """Tell the administrators of a problem; the same submission gives the same report.

    Refuses one without words, and a file that is neither a picture nor a PDF.
    """
    title, body = personal.plain(title), body.strip()
    if not title:
        raise Refused(_("Say in a few words what it is about."), field="title")
    if not body:
        raise Refused(_("Describe what happened."), field="body")
    if KINDS.find(kind) is None:
        raise Refused(_("Choose what it is."), field="kind")
    key = keep(file, field="file", pdf=True) if file is not None else None
    try:
        with transaction() as work:
            # Whoever pressed twice waits here, and finds the first one's report.
            number = numbering.take(FEEDBACK)
            standing = work.scalars(
                select(Feedback).where(Feedback.submission == submission)
            ).one_or_none()
            if standing is None:
                row = Feedback(
                    number=number,
                    submission=submission,
                    user=by,
                    kind=kind,
                    title=title,
                    body=body,
                    page=page[:300],
                    device=by.device or "",
                    file_key=key,
                    file_name=file_name[:200] if key else "",
                )
                work.add(row)
                work.flush()
                audit.record(events.FEEDBACK_SENT, row, by=by, number=row.number, kind=kind)
                return row
    except BaseException:
        if key:
            room.discard(key)
        raise
    if key:
        room.discard(key)
    return standing


def answer_feedback(
    feedback: Feedback, *, version: int, state: str, answer: str, by: audit.Actor
) -> None:
    """Set how far a report is, and answer it; refuses a stale copy, and "answered" without one."""
    answer = answer.strip()
    wanted = FeedbackState(state)
    with transaction():
        row = lock_row(feedback)
        refuse_stale(row, version)
        if wanted == FeedbackState.ANSWERED and not answer:
            raise Refused(_("Write the answer."), field="answer")
        before, is_new = row.state, answer != row.answer
        row.state = wanted.value
        if is_new:
            row.answer, row.answered_by, row.answered_at = answer, by.actor_name, clock.now()
        row.version += 1
        audit.record(
            events.FEEDBACK_ANSWERED,
            row,
            by=by,
            number=row.number,
            before=before,
            after=row.state,
            answered=is_new,
        )
