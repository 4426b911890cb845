"""What people are told of their imports."""

from typing import Any

from sqlalchemy import select

from kit.db import session
from kit.i18n import lazy_gettext as _l
from kit.web.listing.bulk import find_verb
from tenants.accounts.models import User
from tenants.bulk.models import BulkRun, Import
from tenants.bulk.registry import find_kind as find_import_kind
from tenants.notices import services
from tenants.notices.kinds import Kind, Placeholder, register


def _label(code: object) -> object:
    found = find_import_kind(str(code))
    return found.label if found else code


def _kind(code: str, label: object, title: object, **more: Placeholder) -> Kind:
    return register(
        Kind(
            code=f"imports:{code}",
            group=_l("Imports"),
            label=label,
            title=title,
            whom=_l("Who brought the file"),
            placeholders={
                "kind": Placeholder(_l("Kind of file"), _l("Numbers"), _label),
                "file": Placeholder(_l("File"), "numbers.xlsx"),
                **more,
            },
            path="/imports/{id}",
            icon="file-import",
        )
    )


_GOOD = Placeholder(_l("Good rows"), "980")
_BAD = Placeholder(_l("Wrong rows"), "20")
CHECKED = _kind(
    "checked",
    _l("An import was checked"),
    _l("{file} was checked: {good} good rows, {bad} wrong ones"),
    good=_GOOD,
    bad=_BAD,
)
APPLIED = _kind(
    "applied", _l("An import is finished"), _l("{file} was taken in: {good} rows"), good=_GOOD
)
REFUSED = _kind("refused", _l("A file was refused"), _l("{file} could not be read"))


def tell(kind: Kind, brought: Import, **values: Any) -> None:
    """Tell who brought a file of what became of it."""
    if brought.actor_kind != "user":
        return
    person = session().scalar(select(User).where(User.public_id == brought.actor_id))
    services.notify(
        kind, brought.public_id, [person], kind=brought.kind, file=brought.file_name, **values
    )


def _title(code: object) -> object:
    verb = find_verb(str(code))
    return verb.title if verb else code


RUN_DONE = register(
    Kind(
        code="many:done",
        group=_l("Lists"),
        label=_l("What was done with many rows is finished"),
        title=_l("{what}: {done} rows done, {rest} not"),
        whom=_l("Who asked for it"),
        placeholders={
            "what": Placeholder(_l("What was done"), _l("Delete customers"), _title),
            "done": Placeholder(_l("Done"), "980"),
            "rest": Placeholder(_l("Not done"), "20"),
        },
        path="/many/{id}",
        icon="checks",
    )
)


def tell_of_run(made: BulkRun, *, done: int, rest: int) -> None:
    """Tell who had something done with many rows that it is finished."""
    services.notify(
        RUN_DONE, made.public_id, [made.user], what=made.verb, done=f"{done:,}", rest=f"{rest:,}"
    )
