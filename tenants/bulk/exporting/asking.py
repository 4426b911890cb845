"""Verbs on exports: ask for one, write its file, fetch it, let it expire."""

import base64
import datetime as dt
import hmac
import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from kit import audit, clock, crypto, jobs
from kit.db import session, transaction
from kit.errors import Forbidden, Refused
from kit.i18n import current_locale
from kit.i18n import gettext as _
from kit.web import Source
from kit.web.listing.export import find_source
from tenants.accounts import room
from tenants.accounts.models import User
from tenants.bulk import events
from tenants.bulk.exporting.rows import (
    AT_ONCE,
    MOST,
    Args,
    as_args,
    categories,
    kept_args,
    select_rows,
)
from tenants.bulk.exporting.texts import ENCODINGS
from tenants.bulk.models import FILTERS, Export, ExportState, FileFormat

KEPT_FOR = dt.timedelta(days=7)
_LINK = "exports.link"
_SEALED = "sealed"


def ask_for(
    source: Source,
    args: Args,
    *,
    fields: Sequence[str],
    file_format: FileFormat,
    category: str = "",
    encoding: str = "utf-8",
    revealed: bool = False,
    reason: str = "",
    by: User,
) -> Export:
    """Log that a person exports a list, and have its file made where it is large.

    Refuses nonsense in the filters, no fields, too many rows, and personal data in full without a
    reason; Forbidden without the rights. A small one waits for `writing.write_file`.
    """
    _refuse_choices(source, file_format=file_format, category=category, encoding=encoding)
    if revealed and len(reason.strip()) < 2:
        raise Refused(_("Say why you need to see it."), field="reason")
    chosen = select_rows(source, args, fields, person=by, revealed=revealed)
    count = chosen.count()
    if count > MOST:
        raise Refused(
            _("More than %(most)s rows match; narrow the list.", most=f"{MOST:,}"),
        )
    from tenants.bulk.jobs import make_export

    with transaction(even_read_only=True) as work:
        made = Export(
            source=source.name,
            file_format=file_format,
            fields=[column.name for column in chosen.columns],
            filters={},
            options={"category": category, "encoding": encoding, "locale": current_locale()},
            is_revealed=revealed,
            reason=reason.strip()[:200] if revealed else "",
            row_count=count,
            user=by,
            expires_at=clock.now() + KEPT_FOR,
        )
        made.filters = _sealed(made, kept_args(args))
        work.add(made)
        source.log(count, args, by)
        if revealed:
            audit.record(
                events.REVEALED, made, by=by, list=source.name, count=count, reason=made.reason
            )
        if count > AT_ONCE:
            made.job_id = jobs.enqueue(make_export, asked_by=by.public_id, export_id=made.public_id)
        return made


def _refuse_choices(
    source: Source, *, file_format: FileFormat, category: str, encoding: str
) -> None:
    if encoding not in ENCODINGS:
        raise Refused(_("This choice does not exist any more."), field="encoding")
    if category and category not in {column.name for column in categories(source)}:
        raise Refused(_("This choice does not exist any more."), field="category")
    if file_format == FileFormat.PDF:
        from kit.pdf_font import font

        font()


def _sealed(made: Export, filters: Mapping[str, Any]) -> dict[str, Any]:
    """Return filters as they are kept: a name or a number may stand in them."""
    text = json.dumps(filters, ensure_ascii=False)
    sealed = crypto.encrypt(text, label=FILTERS, public_id=made.public_id)
    return {_SEALED: base64.b64encode(sealed).decode()}


def args_of(made: Export) -> Args:
    """Return the parameters of the list's address that an export was asked for with."""
    kept: Mapping[str, Any] = made.filters
    if _SEALED in kept:
        sealed = base64.b64decode(kept[_SEALED])
        kept = json.loads(crypto.decrypt(sealed, label=FILTERS, public_id=made.public_id))
    return as_args(kept)


def find_export(public_id: str) -> Export | None:
    """Return an export by public id, or None."""
    return session().scalars(select(Export).where(Export.public_id == public_id)).one_or_none()


def source_of(made: Export) -> Source:
    """Return the list of an export; Refused when this release has no such list."""
    source = find_source(made.source)
    if source is None:
        raise Refused(_("This list does not exist any more."))
    return source


def link_key(made: Export) -> str:
    """Return the signature of an export's link: it names the person and the moment it expires."""
    return crypto.blind_index(_signed(made), label=_LINK)


def refuse_link(made: Export, key: str, *, person: User) -> None:
    """Raise Forbidden for a link of another person or one that is not ours, Refused if expired."""
    known = crypto.blind_indexes(_signed(made), label=_LINK)
    if made.user_id != person.id or not any(
        hmac.compare_digest(one.encode(), key.encode()) for one in known
    ):
        raise Forbidden(made.public_id)
    if made.file_key is None or made.expires_at <= clock.now():
        raise Refused(_("This file has expired. Export the list again."))


def _signed(made: Export) -> str:
    return f"{made.public_id}|{made.user.public_id}|{made.expires_at.isoformat()}"


def note_fetch(made: Export, *, by: User) -> None:
    """Log that a person fetched the file of an export."""
    with transaction(even_read_only=True):
        audit.record(events.FETCHED, made, by=by, list=made.source)


def finish(made: Export, *, key: str, size: int, name: str, count: int) -> None:
    """Write that an export's file is there."""
    made.file_key, made.byte_count, made.file_name, made.row_count = key, size, name, count
    made.state = ExportState.READY
    made.ended_at = clock.now()


def fail(made: Export, sentence: str) -> None:
    """Write why an export has no file."""
    made.state = ExportState.FAILED
    made.problem = sentence
    made.ended_at = clock.now()


def expire_files() -> None:
    """Remove the files of exports whose time is over."""
    with transaction() as work:
        old = work.scalars(
            select(Export).where(Export.file_key.is_not(None), Export.expires_at <= clock.now())
        )
        for made in old:
            room.remove(made.file_key or "")
            made.file_key = None
            made.state = ExportState.EXPIRED
