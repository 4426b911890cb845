"""The workspace's own words for a kind."""

from sqlalchemy import select

from kit import audit
from kit.db import session, transaction
from kit.errors import Refused
from kit.i18n import LANGUAGES
from kit.i18n import gettext as _
from tenants.accounts.models import Profile, User
from tenants.notices import events
from tenants.notices.kinds import Kind
from tenants.notices.models import NoticeTemplate
from tenants.notices.queries import find_template
from tenants.notices.wording import refuse_unknown

LONGEST_TITLE, LONGEST_BODY = 120, 2_000


def edit_template(
    kind: Kind, language: str, *, title: str, body: str, version: int, by: User
) -> NoticeTemplate:
    """Keep the workspace's words for a kind; Refused for placeholders it does not offer.

    `version` is 0 where there are none yet; a stale one is refused.
    """
    title, body = " ".join(title.split()), body.strip()
    if language not in LANGUAGES:
        raise Refused(_("This language is not known."))
    if not title:
        raise Refused(_("A notice needs a line to be read by."), field="title")
    if len(title) > LONGEST_TITLE or len(body) > LONGEST_BODY:
        raise Refused(
            _("This is too long."), field="title" if len(body) <= LONGEST_BODY else "body"
        )
    refuse_unknown(kind, title, field="title")
    refuse_unknown(kind, body, field="body")
    with transaction() as work:
        # One at a time, so that two do not both write the first.
        work.scalars(select(Profile.id).with_for_update()).one()
        found = find_template(kind, language)
        if (found.version if found else 0) != version:
            raise Refused(_("Somebody else changed these words meanwhile; look again."))
        if found is None:
            found = NoticeTemplate(kind=kind.code, language=language, version=0)
            work.add(found)
        found.title, found.body = title, body
        found.version += 1
        work.flush()
        audit.record(
            events.TEMPLATE_EDITED,
            found,
            by=by,
            kind=kind.code,
            language=language,
            title=title,
            body=body,
        )
        return found


def drop_template(kind: Kind, language: str, *, by: User) -> None:
    """Go back to the kind's own words; nothing happens where they hold already."""
    with transaction():
        found = find_template(kind, language)
        if found is not None:
            audit.record(events.TEMPLATE_DROPPED, found, by=by, kind=kind.code, language=language)
            session().delete(found)
