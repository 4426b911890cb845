"""In whose name an import works in the background: with the rights the person has by then."""

from dataclasses import dataclass

from kit import audit
from kit.errors import Refused
from kit.i18n import gettext as _
from tenants.accounts.models import User
from tenants.accounts.queries import find_user
from tenants.bulk.models import Import
from tenants.bulk.registry import find_kind


@dataclass(frozen=True, slots=True)
class Named:
    """Somebody who is no person of the workspace any more, as the audit log names him."""

    actor_kind: str
    actor_id: str
    actor_name: str


def person(brought: Import) -> audit.Actor:
    """Return who brought a file in; Refused when he may not bring in such rows any more."""
    if brought.actor_kind != "user":
        return Named(brought.actor_kind, brought.actor_id, brought.actor_name)
    return entitled(brought, brought.actor_id)


def entitled(brought: Import, public_id: str) -> User:
    """Return a person who may work on an import; Refused when he may not any more."""
    found = find_user(public_id)
    kind = find_kind(brought.kind)
    if found is None or kind is None or not found.is_active or not found.can(kind.permission):
        name = found.name if found else brought.actor_name
        raise Refused(_("%(name)s may not bring in such rows any more.", name=name))
    return found
