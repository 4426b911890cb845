"""How a person likes his pages: language, density, kind of file, times (E121)."""

from kit import audit
from kit.db import transaction
from kit.errors import Refused
from kit.i18n import LANGUAGES, TimeDisplay
from kit.i18n import gettext as _
from tenants.accounts import events
from tenants.accounts.models import Density, FileFormat, User
from tenants.accounts.services.people import locked_user


def edit_preferences(
    user: User, *, language: str | None, density: str, file_format: str, time_display: str
) -> None:
    """Keep how a person likes his pages; no language is that of the workspace.

    Refuses what is not offered.
    """
    wanted = {
        "language": language,
        "density": density,
        "file_format": file_format,
        "time_display": time_display,
    }
    offered: dict[str, set[str | None]] = {
        "language": {None, *LANGUAGES},
        "density": set(Density),
        "file_format": set(FileFormat),
        "time_display": set(TimeDisplay),
    }
    for name, value in wanted.items():
        if value not in offered[name]:
            raise Refused(_("This choice does not exist any more."), field=name)
    with transaction():
        user = locked_user(user)
        fields = [name for name, value in wanted.items() if getattr(user, name) != value]
        # Not a new version: nobody who edits the person's details meanwhile is in the way.
        for name in fields:
            setattr(user, name, wanted[name])
        if fields:
            audit.record(events.PREFERRED, user, by=user, fields=fields)
