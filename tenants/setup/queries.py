"""Questions about the log, the help and reports."""

from collections.abc import Sequence

from sqlalchemy import Select, func, or_, select

from kit.audit import AuditEntry
from kit.db import session
from tenants.accounts.models import User
from tenants.setup.models import Article, AuditCheck, ContactCard, Feedback, FeedbackState

SHOWN = 100


def find_entry(public_id: str) -> AuditEntry | None:
    """Return an audit row, or None."""
    return (
        session().scalars(select(AuditEntry).where(AuditEntry.public_id == public_id)).one_or_none()
    )


def last_check() -> AuditCheck | None:
    """Return the newest comparison of the log with its seals, or None."""
    return session().scalars(select(AuditCheck).order_by(AuditCheck.id.desc()).limit(1)).first()


def entries_by_id(ids: Sequence[int]) -> Sequence[AuditEntry]:
    """Return the audit rows that are still there of some, by number."""
    return (
        session()
        .scalars(select(AuditEntry).where(AuditEntry.id.in_(ids)).order_by(AuditEntry.id))
        .all()
    )


def own_articles(*, active: bool = True) -> Sequence[Article]:
    """Return the workspace's articles in their order, those switched off only where asked for."""
    statement = select(Article).order_by(Article.position, Article.id).limit(500)
    return session().scalars(statement.where(Article.is_active) if active else statement).all()


def find_article(public_id: str) -> Article | None:
    """Return an article of the workspace, or None."""
    return session().scalars(select(Article).where(Article.public_id == public_id)).one_or_none()


def articles_with(words: str) -> Sequence[Article]:
    """Return the workspace's articles that hold some words."""
    has = or_(
        func.lower(Article.title).contains(words.lower(), autoescape=True),
        func.lower(Article.body).contains(words.lower(), autoescape=True),
    )
    return (
        session()
        .scalars(select(Article).where(Article.is_active, has).order_by(Article.position).limit(50))
        .all()
    )


def contact_card() -> ContactCard | None:
    """Return the contact card; None until somebody fills it in."""
    return session().scalars(select(ContactCard)).one_or_none()


def reports() -> Select[Feedback]:
    """Return the statement of all reports."""
    return select(Feedback)


def reports_of(user: User) -> Select[Feedback]:
    """Return the statement of a person's own reports."""
    return select(Feedback).where(Feedback.user_id == user.id)


def find_feedback(public_id: str) -> Feedback | None:
    """Return a report, or None."""
    return session().scalars(select(Feedback).where(Feedback.public_id == public_id)).one_or_none()


def count_open_reports() -> int:
    """Return how many reports wait for somebody, up to 100."""
    waiting = select(Feedback.id).where(Feedback.state == FeedbackState.OPEN).limit(SHOWN)
    return session().scalar(select(func.count()).select_from(waiting.subquery())) or 0
