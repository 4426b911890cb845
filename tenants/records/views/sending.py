"""How files leave and come in: the one place that decides what a browser may do with them."""

from collections.abc import Callable, Iterable
from io import BufferedReader, BytesIO

from flask import Response, url_for
from werkzeug.datastructures import FileStorage

from kit import files, pictures
from kit.db import session
from kit.errors import Missing, Refused
from kit.file_kinds import type_of
from kit.i18n import gettext as _
from kit.web import page
from kit.web.stored import send_stored, send_stream
from tenants.accounts import access as people
from tenants.accounts.models import User
from tenants.records import queries, services
from tenants.records.forms import LinkForm
from tenants.records.models import Attachment, Document

Keep = Callable[[FileStorage], None]
AT_ONCE = 20
_SIDE = 160
_SHUT = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_POLICY = {
    # The browser's own reader of PDF files does not start in a sandbox; it runs no page of ours.
    "application/pdf": f"{_SHUT}; style-src 'unsafe-inline'; object-src 'self'",
}


def send(row: Attachment | Document, *, inline: bool = False) -> Response:
    """Send a file: to be saved, or (`inline`, pictures and PDF only) to be looked at.

    Whatever it is, no script in it runs on our address. Refuses what the scanner has not let pass.
    """
    if not row.is_readable:
        raise Refused(_("This file has not been looked at for viruses yet, or one was found."))
    known = type_of(row.media_type)
    if inline and (known is None or not known.inline):
        raise Missing(row.public_id)
    response = send_stored(
        row.file_key,
        mimetype=row.media_type if inline else "application/octet-stream",
        as_attachment=not inline,
        download_name=row.name,
    )
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Content-Security-Policy"] = (
        _POLICY.get(row.media_type, f"{_SHUT}; sandbox") if inline else f"{_SHUT}; sandbox"
    )
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


def has_thumbnail(row: Attachment | Document) -> bool:
    """Tell whether a file is a picture of which a small copy may be shown."""
    return row.is_readable and row.media_type.startswith("image/")


def send_thumbnail(row: Attachment | Document) -> Response:
    """Send a picture's small copy, made at the first look and kept beside it."""
    if not has_thumbnail(row):
        raise Missing(row.public_id)
    key = row.file_key
    # The transaction ends before the store is asked and the picture unpacked.
    session().rollback()
    try:
        stream = files.open_made(key, "thumb")
    except Missing:
        stream = _made_thumbnail(key)
    if not stream.read(1):
        # It was tried before: a picture that is broken, or too large to unpack.
        stream.close()
        raise Missing(key)
    response = send_stream(stream, etag=f"{key}-thumb", mimetype=pictures.MEDIA_TYPE)
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Content-Security-Policy"] = f"{_SHUT}; sandbox"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


def _made_thumbnail(key: str) -> BufferedReader:
    with files.open_file(key) as picture:
        made = pictures.thumbnail(picture, side=_SIDE) or b""
    files.keep_made(key, "thumb", BytesIO(made))
    return files.open_made(key, "thumb")


def keep_each(brought: Iterable[FileStorage], keep: Keep) -> tuple[int, list[str]]:
    """Keep files one by one; return how many were kept, and the sentences for the others."""
    done, refusals = 0, []
    wanted = [one for one in brought if one.filename]
    for file in wanted[:AT_ONCE]:
        try:
            keep(file)
        except Refused as refusal:
            refusals.append(str(refusal))
        else:
            done += 1
    if len(wanted) > AT_ONCE:
        refusals.append(_("At most %(count)s files at once.", count=AT_ONCE))
    return done, refusals


def share(row: Attachment | Document, form: LinkForm, *, back: str, me: User) -> Response:
    """Answer the page that makes a link to a file and lists those that still open it."""
    form.recipient.refill(queries.recipients(me))
    made = None
    if form.validate_on_submit():
        made = form.attempt(
            lambda: services.make_link(
                row,
                recipient=people.user(form.recipient.value),
                days=form.days.data or 1,
                most_uses=1 if form.is_single.data else None,
                by=me,
            )
        )
    return page(
        "records/link.html",
        http_status=form.status,
        form=form,
        file=row,
        made=made,
        address=url_for("files.open_link", token=services.token_of(made), _external=True)
        if made
        else None,
        links=queries.links_of(row.public_id),
        back=back,
    )
