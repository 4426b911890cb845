"""Security questions, where a workspace wants them: weak, so never enough by themselves.

They only stand before the link by mail that resets a password, and make it harder to use.
"""

from collections.abc import Mapping, Sequence

from sqlalchemy import delete

from kit import audit, personal
from kit.db import session, transaction
from kit.errors import Refused
from kit.i18n import gettext as _
from kit.security import check_password, hash_password
from tenants.accounts import events, queries
from tenants.accounts.models import SecurityAnswer, User
from tenants.accounts.questions import ASKED, CHOSEN, QUESTIONS
from tenants.accounts.services import throttles
from tenants.accounts.services.changes import Change, tell
from tenants.accounts.services.people import locked_user
from tenants.accounts.services.sessions import refuse_unproved

SHORTEST = 2


def set_answers(user: User, answers: Sequence[tuple[str, str]], *, own: str) -> None:
    """Keep a person's answers to three different questions, in place of those before.

    Refuses without the own password, where the workspace does not want questions, the same
    question or answer twice, and answers that are too short.
    """
    refuse_unproved(user, own)
    with transaction(even_read_only=True) as work:
        if not queries.security_policy().security_questions:
            raise Refused(_("Your workspace does not use security questions."))
        user = locked_user(user)
        plain = {question: _plain(answer) for question, answer in answers}
        if len(answers) != CHOSEN or len(plain) != CHOSEN or not plain.keys() <= QUESTIONS.keys():
            raise Refused(_("Choose three different questions."))
        if min(len(answer) for answer in plain.values()) < SHORTEST:
            raise Refused(_("An answer needs at least two characters."))
        if len(set(plain.values())) != CHOSEN:
            raise Refused(_("Give a different answer to each question."))
        _drop(user)
        work.add_all(
            SecurityAnswer(user_id=user.id, question=question, answer_hash=hash_password(answer))
            for question, answer in plain.items()
        )
        audit.record(events.ANSWERS_SET, user, by=user)
        tell(user, Change.ANSWERS)


def drop_answers(user: User) -> None:
    """Forget a person's answers."""
    with transaction(even_read_only=True):
        user = locked_user(user)
        _drop(user)
        audit.record(events.ANSWERS_DROPPED, user, by=user)
        tell(user, Change.ANSWERS)


def refuse_unanswered(user: User, answers: Mapping[str, str], *, asked: Sequence[str]) -> None:
    """Refuse to go on for whoever does not know the answers that are asked; before a verb.

    Wrong ones count: five in five minutes, fifty in a day.
    """
    if not asked:
        return
    with transaction(even_read_only=True):
        tries = throttles.locked(f"answers:{user.public_id}")
        is_right = not throttles.is_full(tries, throttles.SECOND_STEP)
        if is_right:
            kept = {one.question: one.answer_hash for one in queries.answers_of(user)}
            # All are compared, so that time does not tell which one was wrong.
            right = [
                check_password(kept.get(question), _plain(answers.get(question, "")))
                for question in asked
            ]
            is_right = all(right)
            if not is_right:
                throttles.count(tries, throttles.SECOND_STEP)
    if not is_right:
        raise Refused(
            _("The answers are not right. After five wrong tries, wait five minutes."),
            field="first_answer",
        )


def asked_of(user: User, secret: str) -> list[str]:
    """Return the two of a person's three questions that a link asks; none without questions."""
    if not queries.security_policy().security_questions:
        return []
    kept = sorted(one.question for one in queries.answers_of(user))
    if len(kept) != CHOSEN:
        return []
    left_out = sum(secret.encode()) % CHOSEN
    return [question for place, question in enumerate(kept) if place != left_out][:ASKED]


def _drop(user: User) -> None:
    session().execute(
        delete(SecurityAnswer)
        .where(SecurityAnswer.user_id == user.id)
        .execution_options(synchronize_session=False)
    )


def _plain(answer: str) -> str:
    return personal.plain(answer).casefold()[:100]
