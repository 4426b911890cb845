"""The verbs of a person's own desk: saving views, arranging lists, remembering queries.

Views leave an audit row, for others may see them. How somebody has his columns, and what he looked
for last, is a comfort of his own and leaves none.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError

from kit import audit, clock, ids
from kit.db import keep_alone, lock_row, session, transaction
from kit.errors import Forbidden, Missing, Refused
from kit.i18n import gettext as _
from tenants.accounts.models import Role, User
from tenants.accounts.permissions import Permission
from tenants.desk import events, queries
from tenants.desk.models import Audience, ListSetting, PastQuery, SavedView

MOST_VIEWS = 50
MOST_PAST = 20
MOST_PAST_IN_ALL = 400
LONGEST_QUERY = 4_000
_LONGEST_WORDS = 300
_MOST_COLUMNS = 100
_LISTING = re.compile(r"[a-z][a-z0-9_-]{0,39}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewDraft:
    """What a person says of a view: its name, who is offered it, and what it asks."""

    name: str
    query: str
    audience: Audience = Audience.OWN
    role: Role | None = None
    is_default: bool = False


def save_view(user: User, *, listing: str, draft: ViewDraft) -> SavedView:
    """Save a view of a list; refuses a name used already, too many, and sharing without right."""
    _refuse_unknown(listing)
    with transaction() as work:
        keep_alone("views", user.public_id)
        if queries.count_views(user, listing) >= MOST_VIEWS:
            raise Refused(
                _("You have %(count)s views of this list. Delete one first.", count=MOST_VIEWS)
            )
        view = SavedView(user_id=user.id, listing=listing, name="")
        _fill(view, draft, by=user)
        work.add(view)
        _flush()
        _prefer(user, view, is_default=draft.is_default)
        _record(events.VIEW_SAVED, view, by=user)
    return view


def edit_view(view: SavedView, draft: ViewDraft, *, version: int, by: User) -> None:
    """Change an own view; refuses a stale copy and what saving refuses. Forbidden for others'."""
    with transaction():
        view = _locked(view)
        if view.user_id != by.id:
            raise Forbidden(view.public_id)
        if view.version != version:
            raise Refused(_("Somebody has changed this meanwhile. Please look again."))
        _fill(view, draft, by=by)
        view.version += 1
        _flush()
        _prefer(by, view, is_default=draft.is_default)
        _record(events.VIEW_CHANGED, view, by=by)


def delete_view(view: SavedView, *, by: User) -> None:
    """Delete an own view, for everybody who was offered it. Forbidden for others'."""
    with transaction() as work:
        view = _locked(view)
        if view.user_id != by.id:
            raise Forbidden(view.public_id)
        audit.record(events.VIEW_DELETED, view, by=by, name=view.name, listing=view.listing)
        work.delete(view)


def prefer_view(view: SavedView, *, is_default: bool, by: User) -> None:
    """Have a view that one is offered shown when nothing is asked, or no longer."""
    with transaction():
        _prefer(by, view, is_default=is_default)


def arrange(user: User, *, listing: str, columns: Sequence[str], density: str) -> None:
    """Keep which columns of a list a person sees, in which order and how close the rows stand."""
    _refuse_unknown(listing)
    kept = [name for name in dict.fromkeys(columns) if name and len(name) <= 40][:_MOST_COLUMNS]
    with transaction():
        _set(user, listing, columns=kept, density=density[:20])


def remember(user: User, *, listing: str, query: str, words: str, found: int) -> None:
    """Keep what a person asked of a list; the same question again is the latest, not another one.

    At most MOST_PAST of a list are kept, the oldest go.
    """
    _refuse_unknown(listing)
    if not query or len(query) > LONGEST_QUERY:
        return
    public_id = ids.new()
    values = {
        "public_id": public_id,
        "created_at": clock.now(),
        "asked_at": clock.now(),
        "user_id": user.id,
        "listing": listing,
        "found": max(0, min(found, 10_001)),
        **PastQuery.query.columns(public_id, query),
        **PastQuery.words.columns(public_id, words[:_LONGEST_WORDS]),
    }
    changed = {name: values[name] for name in ("asked_at", "found")}
    with transaction() as work:
        work.execute(
            insert(PastQuery)
            .values(values)
            .on_conflict_do_update(
                index_elements=["user_id", "listing", "query_index"], set_=changed
            )
        )
        own = select(PastQuery.id).where(PastQuery.user_id == user.id)
        latest = own.order_by(PastQuery.asked_at.desc(), PastQuery.id.desc())
        of_list = latest.where(PastQuery.listing == listing).offset(MOST_PAST)
        work.execute(delete(PastQuery).where(PastQuery.id.in_(of_list)))
        work.execute(delete(PastQuery).where(PastQuery.id.in_(latest.offset(MOST_PAST_IN_ALL))))


def forget(user: User, *, listing: str) -> None:
    """Forget what a person asked of a list."""
    with transaction() as work:
        work.execute(
            delete(PastQuery).where(PastQuery.user_id == user.id, PastQuery.listing == listing)
        )


def _fill(view: SavedView, draft: ViewDraft, *, by: User) -> None:
    name = " ".join(draft.name.split())
    if not name or len(name) > 60:
        raise Refused(_("Give the view a name of at most 60 characters."), field="name")
    if len(draft.query) > LONGEST_QUERY:
        raise Refused(_("These conditions are too long to be kept."))
    is_new_share = draft.audience != view.audience or draft.role is not view.role
    if draft.audience != Audience.OWN and is_new_share and not by.can(Permission.Desk.SHARE):
        raise Forbidden(Permission.Desk.SHARE)
    if draft.audience == Audience.ROLE and draft.role is None:
        raise Refused(_("Choose the role that is to see it."), field="role")
    view.name, view.query, view.audience = name, draft.query, draft.audience
    view.role_id = draft.role.id if draft.role and draft.audience == Audience.ROLE else None


def _prefer(user: User, view: SavedView, *, is_default: bool) -> None:
    _views, setting = queries.desk_of(user, view.listing)
    if is_default:
        _set(user, view.listing, view_id=view.id)
    elif setting is not None and setting.view_id == view.id:
        _set(user, view.listing, view_id=None)


def _set(user: User, listing: str, **values: object) -> None:
    new = {
        "public_id": ids.new(),
        "created_at": clock.now(),
        "user_id": user.id,
        "listing": listing,
        "columns": [],
        "density": "",
        **values,
    }
    session().execute(
        insert(ListSetting)
        .values(new)
        .on_conflict_do_update(index_elements=["user_id", "listing"], set_=values)
    )


def _record(event: audit.Event, view: SavedView, *, by: User) -> None:
    audit.record(
        event, view, by=by, name=view.name, listing=view.listing, audience=str(view.audience)
    )


def _locked(view: SavedView) -> SavedView:
    try:
        return lock_row(view)
    except LookupError:
        raise Missing(view.public_id) from None


def _refuse_unknown(listing: str) -> None:
    if not _LISTING.fullmatch(listing):
        raise Refused(_("There is no such list."))


def _flush() -> None:
    try:
        session().flush()
    except IntegrityError as error:
        constraint = getattr(getattr(error.orig, "diag", None), "constraint_name", "")
        if constraint != "uq_saved_views_user_id_listing_name":
            raise
        raise Refused(_("You have a view of this name already."), field="name") from None
