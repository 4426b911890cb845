"""What the company announces to the viewer, and that he has read it."""

from flask import Response, request

from kit.db import session
from kit.errors import Missing
from kit.security import signed_in
from kit.web import page
from tenants.channels import announcing
from tenants.notices.models import Announcement
from tenants.portal.surface import blueprint, viewer

PAGE = 20
LAST = 500


def _announcement(public_id: str) -> Announcement:
    """Return what is announced to the viewer; Missing for what is for others."""
    found = announcing.find_announcement(public_id, viewer())
    if found is None:
        raise Missing(public_id)
    return found


@blueprint.get("/announcements/")
@signed_in
def announcements() -> Response:
    person = viewer()
    has_read = announcing.has_read(person)
    statement = announcing.announced_to(person).add_columns(has_read.label("has_read"))
    only_unread = request.args.get("state") == "unread"
    if only_unread:
        statement = statement.where(~has_read)
    typed = request.args.get("q", "").strip()[:120]
    if typed:
        found = Announcement.title.icontains(typed, autoescape=True)
        statement = statement.where(found | Announcement.body.icontains(typed, autoescape=True))
    asked = request.args.get("page", "")
    number = min(int(asked), LAST) if asked.isascii() and asked.isdigit() and int(asked) else 1
    rows = session().execute(
        statement.order_by(
            Announcement.is_pinned.desc(), Announcement.shown_since.desc(), Announcement.id.desc()
        )
        .limit(PAGE + 1)
        .offset(PAGE * (number - 1))
    ).all()  # fmt: skip
    return page(
        "portal/announcements.html",
        rows=rows[:PAGE],
        has_more=len(rows) > PAGE,
        number=number,
        only_unread=only_unread,
        typed=typed,
    )


@blueprint.get("/announcements/<public_id>")
@signed_in
def announcement(public_id: str) -> Response:
    found = _announcement(public_id)
    return page("portal/announcement.html", one=found)


@blueprint.post("/announcements/<public_id>/read")
@signed_in
def read_announcement(public_id: str) -> Response:
    announcing.read(_announcement(public_id), by=viewer())
    return Response(status=204)
