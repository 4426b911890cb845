"""Write the skeleton of a module of the tenant plane, so that all look alike."""

import argparse
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

FILES = {
    "tenants/{name}/__init__.py": '''"""{promise}

Not here: . Key words: .
"""
''',
    "tenants/{name}/models.py": '''"""Tables of {name}."""

from sqlalchemy.orm import Mapped, mapped_column

from kit.db import TenantModel, Versioned


class {noun}(Versioned, TenantModel):
    """{promise}"""

    __tablename__ = "{name}"

    name: Mapped[str] = mapped_column(unique=True)
''',
    "tenants/{name}/queries.py": '''"""Questions about {name}."""

from sqlalchemy import Select, select

from tenants.{name}.models import {noun}


def {name}() -> Select[{noun}]:
    """Return the statement of all {name}."""
    return select({noun})
''',
    "tenants/{name}/access.py": '''"""Fetch {name} with the right to them."""

from sqlalchemy import select

from kit.db import session
from kit.errors import Missing
from tenants.{name}.models import {noun}


def {one}(public_id: str) -> {noun}:
    """Return one by its public id; Missing when there is none."""
    found = session().scalars(select({noun}).where({noun}.public_id == public_id)).one_or_none()
    if found is None:
        raise Missing(public_id)
    return found
''',
    "tenants/{name}/services.py": '''"""Verbs of {name}."""

from kit import audit
from kit.db import transaction
from tenants.{name}.models import {noun}

ADDED = audit.Event.named("{one}:added", "name")


def add_{one}(*, name: str, by: audit.Actor) -> {noun}:
    """Add one; Refused when the name is taken."""
    with transaction() as session:
        added = {noun}(name=name)
        session.add(added)
        session.flush()
        audit.record(ADDED, added, by=by, name=name)
        return added
''',
    "tenants/{name}/forms.py": '''"""Forms of {name}."""

from kit.forms import Form, TextField
from kit.i18n import lazy_gettext as _l


class Add{noun}Form(Form):
    """Add one."""

    name = TextField(_l("Name"), length=80)
''',
    "tenants/{name}/views.py": '''"""The back office's pages of {name}."""

from werkzeug.wrappers import Response

from kit.db import session
from kit.i18n import lazy_gettext as _l
from kit.security import RealmBlueprint, requires
from kit.web import Column, Listing
from tenants.accounts.permissions import Permission
from tenants.accounts.realm import OFFICE
from tenants.{name} import queries

blueprint = RealmBlueprint(
    "{name}", __name__, realm=OFFICE, url_prefix="/{name}", template_folder="templates"
)
blueprints = (blueprint,)

LISTING = Listing("{name}", [Column("name", _l("Name"))])


@blueprint.get("/")
@requires(Permission.{noun}.VIEW)
def index() -> Response:
    return LISTING.respond(queries.{name}(), session(), "{name}/index.html")
''',
    "tenants/{name}/templates/{name}/index.html": """{{% extends layout %}}
{{% from "kit/listing.html" import list_view %}}
{{% block title %}}{{{{ _("{title}") }}}}{{% endblock %}}
{{% block content %}}{{{{ list_view(listing) }}}}{{% endblock %}}
""",
    "tests/factories/{name}.py": '''"""{title} for tests, made through the verbs."""

from itertools import count

from kit import audit
from tenants.{name} import services
from tenants.{name}.models import {noun}

_numbers = count(1)


def make_{one}(*, name: str | None = None, by: audit.Actor = audit.SYSTEM) -> {noun}:
    return services.add_{one}(name=name or f"{one} {{next(_numbers)}}", by=by)
''',
    "tests/tenants/{name}/test_add_{one}.py": '''"""Adding: it works, and leaves an audit row."""

from sqlalchemy import select

from kit.audit import AuditEntry
from kit.db import session
from tests.factories.{name} import make_{one}


def test_it_works(in_acme):
    added = make_{one}(name="first")
    assert added.name == "first"


def test_it_is_audited(in_acme):
    added = make_{one}()
    events = session().scalars(
        select(AuditEntry.event).where(AuditEntry.subject_id == added.public_id)
    )
    assert list(events) == ["{one}:added"]
''',
}


def main(arguments: list[str]) -> int:
    """Write the files of a module; never over one that is there. Return the exit code."""
    parser = argparse.ArgumentParser(prog="infra/bin/new-module", description=__doc__)
    parser.add_argument("name", help="plural noun from the menu, lower case, one word")
    parser.add_argument("noun", help="the model: singular, capital first letter")
    parser.add_argument("--promise", default="", help="what the module is, in one sentence")
    parser.add_argument("--root", type=Path, default=ROOT, help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if not re.fullmatch(r"[a-z]{3,30}", given.name) or not re.fullmatch(
        r"[A-Z][A-Za-z]{2,30}", given.noun
    ):
        parser.error("the name is one lower-case word, the noun starts with a capital")
    words = {
        "name": given.name,
        "noun": given.noun,
        "one": re.sub(r"(?<!^)([A-Z])", r"_\1", given.noun).lower(),
        "title": given.name.capitalize(),
        "promise": given.promise or f"{given.name.capitalize()} of a workspace.",
    }
    targets = {given.root / path.format(**words): text for path, text in FILES.items()}
    standing = [path for path in targets if path.exists()]
    if standing:
        parser.error(f"{standing[0].name} stands already")
    for path, text in targets.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.format(**words), encoding="utf-8")
        print(path.relative_to(given.root))
    print(
        "Next: a Permission group in tenants/accounts/permissions.py, a layer in pyproject.toml, "
        "the blueprint in tenants/register.py, a menu entry, a revision (flask revise) and words."
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
