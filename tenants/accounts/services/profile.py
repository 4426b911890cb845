"""The company's profile and brand."""

import io
import re
from collections.abc import Mapping
from typing import BinaryIO

from PIL import Image

from kit import audit, personal
from kit.db import TenantModel, after_commit, refuse_stale, session, transaction
from kit.errors import Refused
from kit.i18n import gettext as _
from tenants.accounts import events, queries, room
from tenants.accounts.models import Profile

LOGO_BYTES = 1024 * 1024
LOGO_PIXELS = 4_000_000
_FORMATS = ("PNG", "JPEG", "WEBP")
_COLOUR = re.compile(r"#[0-9a-f]{6}")


def edit_profile(
    profile: Profile,
    *,
    version: int,
    company: str,
    contact_name: str,
    contact_phone: str,
    address: str,
    colour: str,
    logo: BinaryIO | None = None,
    remove_logo: bool = False,
    by: audit.Actor,
) -> None:
    """Change the company's details and brand; complete once name, contact and address are there.

    Refuses a stale copy, a colour that is none, and a logo that is no picture or is too large.
    """
    stored = _store_logo(logo) if logo is not None else None
    values: dict[str, object] = {
        "company": personal.plain(company),
        "contact_name": personal.plain(contact_name),
        # The company's public number, often a landline with an extension: kept as typed.
        "contact_phone": personal.plain(contact_phone),
        "address": personal.plain(address),
        "colour": colour.strip().lower(),
    }
    if stored or remove_logo:
        values["logo_key"] = stored
    try:
        with transaction():
            _apply(profile, values, version=version, by=by)
    except BaseException:
        if stored:
            room.discard(stored)
        raise


def _apply(profile: Profile, values: dict[str, object], *, version: int, by: audit.Actor) -> None:
    row = session().get_one(Profile, profile.id, with_for_update=True, populate_existing=True)
    refuse_stale(row, version)
    if not _COLOUR.fullmatch(str(values["colour"])):
        raise Refused(_("A colour looks like #0b7285."), field="colour")
    if not values["company"]:
        raise Refused(_("The company needs a name."), field="company")
    old_logo = row.logo_key
    fields = [name for name, value in values.items() if getattr(row, name) != value]
    for name, value in values.items():
        setattr(row, name, value)
    row.is_complete = all((row.company, row.contact_name, row.contact_phone, row.address))
    row.version += 1
    audit.record(events.PROFILE_EDITED, row, by=by, fields=fields)
    if old_logo and "logo_key" in fields:
        after_commit(lambda: room.remove(old_logo))


def _store_logo(stream: BinaryIO) -> str:
    data = stream.read(LOGO_BYTES + 1)
    if len(data) > LOGO_BYTES:
        raise Refused(_("The logo may have at most 1 MB."), field="logo")
    if not _is_picture(data):
        raise Refused(
            _("The logo must be a PNG, JPEG or WebP picture of at most 4 megapixels."),
            field="logo",
        )
    return room.store(io.BytesIO(data), field="logo").key


def _is_picture(data: bytes) -> bool:
    """Tell whether bytes really are a picture of modest size, by reading all of it."""
    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS) as picture:
            width, height = picture.size
            if width * height > LOGO_PIXELS:
                return False
            picture.load()
            return True
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return False


_PASSING = frozenset({"export", "page", "size", "after", "before"})
"""What stands in the address of a list and asks nothing of its rows."""


def record_export(
    event: audit.Event,
    *,
    count: int,
    filters: Mapping[str, object],
    by: audit.Actor,
    of: TenantModel | None = None,
) -> None:
    """Log that a list left as a file: how many rows, which filters, and `of` which record."""
    set_filters = {
        name: str(value) for name, value in filters.items() if value and name not in _PASSING
    }
    with transaction(even_read_only=True):
        audit.record(event, of or queries.profile(), by=by, count=count, filters=set_filters)
