"""The workspace's own articles, and whom its people turn to."""

from collections.abc import Sequence
from typing import IO

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert as upsert

from kit import audit, clock, ids, personal
from kit.db import after_commit, lock_row, refuse_stale, session, transaction
from kit.errors import Refused
from kit.i18n import gettext as _
from tenants.accounts import room
from tenants.setup import events
from tenants.setup.models import Article, ContactCard
from tenants.setup.uploads import keep

MOST = 500
LONGEST_BODY = 20_000


def add_article(
    *,
    title: str,
    body: str,
    pages: Sequence[str],
    is_question: bool,
    is_active: bool,
    by: audit.Actor,
) -> Article:
    """Add an article of the workspace's own at the end; refuses one without title or text."""
    with transaction() as work:
        count, last = work.execute(select(func.count(), func.max(Article.position))).one()
        if count >= MOST:
            raise Refused(_("At most %(count)s articles.", count=MOST))
        article = Article(
            **_checked(title, body, pages),
            is_question=is_question,
            is_active=is_active,
            position=(last or 0) + 10,
        )
        work.add(article)
        work.flush()
        audit.record(events.ARTICLE_ADDED, article, by=by, name=article.title)
        return article


def edit_article(
    article: Article,
    *,
    version: int,
    title: str,
    body: str,
    pages: Sequence[str],
    is_question: bool,
    is_active: bool,
    by: audit.Actor,
) -> None:
    """Change an article, or take it off by switching it off; refuses a stale copy."""
    with transaction():
        row = lock_row(article)
        refuse_stale(row, version)
        wanted = {
            **_checked(title, body, pages),
            "is_question": is_question,
            "is_active": is_active,
        }
        # What the text was is long; that it changed is enough.
        changes = {
            name: [None, None] if name == "body" else [getattr(row, name), value]
            for name, value in wanted.items()
            if getattr(row, name) != value
        }
        for name, value in wanted.items():
            setattr(row, name, value)
        row.version += 1
        audit.record(events.ARTICLE_EDITED, row, by=by, name=row.title, changes=changes)


def _checked(title: str, body: str, pages: Sequence[str]) -> dict[str, object]:
    title, body = personal.plain(title), body.strip()
    if not title:
        raise Refused(_("An article needs a title."), field="title")
    if not body:
        raise Refused(_("An article needs a text."), field="body")
    if len(body) > LONGEST_BODY:
        raise Refused(_("At most %(count)s characters.", count=LONGEST_BODY), field="body")
    return {"title": title, "body": body, "pages": sorted(set(pages))}


def edit_contact(
    *,
    version: int,
    name: str,
    phone: str,
    hours: str,
    chat: str,
    remark: str,
    is_public: bool,
    qr: IO[bytes] | None = None,
    remove_qr: bool = False,
    by: audit.Actor,
) -> None:
    """Change the contact card; refuses a stale copy, and a QR code that is no picture."""
    stored = keep(qr, field="qr") if qr is not None else None
    wanted: dict[str, object] = {
        "name": personal.plain(name),
        # A company's public number, often with an extension: kept as typed.
        "phone": personal.plain(phone),
        "hours": personal.plain(hours),
        "chat": personal.plain(chat),
        "remark": remark.strip(),
        "is_public": is_public,
    }
    if stored or remove_qr:
        wanted["qr_key"] = stored
    try:
        with transaction():
            _apply(wanted, version=version, by=by)
    except BaseException:
        if stored:
            room.discard(stored)
        raise


def _apply(wanted: dict[str, object], *, version: int, by: audit.Actor) -> None:
    row = _locked()
    refuse_stale(row, version)
    old = row.qr_key
    changes = {
        name: [None, None] if name == "qr_key" else [getattr(row, name), value]
        for name, value in wanted.items()
        if getattr(row, name) != value
    }
    for name, value in wanted.items():
        setattr(row, name, value)
    row.version += 1
    audit.record(events.CONTACT_EDITED, row, by=by, changes=changes)
    if old and "qr_key" in changes:
        after_commit(lambda: room.remove(old))


def _locked() -> ContactCard:
    session().execute(
        upsert(ContactCard)
        .values(
            public_id=ids.new(),
            created_at=clock.now(),
            **dict.fromkeys(("name", "phone", "hours", "chat", "remark"), ""),
            is_public=False,
            version=0,
        )
        .on_conflict_do_nothing()
    )
    return (
        session()
        .scalars(select(ContactCard).with_for_update().execution_options(populate_existing=True))
        .one()
    )
