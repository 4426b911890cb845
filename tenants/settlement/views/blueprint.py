"""The blueprint that all pages of settlement hang on, and the log of what they export."""

from collections.abc import Callable, Mapping

from kit import audit
from kit.security import RealmBlueprint
from tenants.accounts.realm import OFFICE, signed_in_user
from tenants.accounts.services import record_export

blueprint = RealmBlueprint(
    "settlement", __name__, realm=OFFICE, url_prefix="/settlement", template_folder="../templates"
)

EXPORTED = audit.Event.named("settlement:exported", "count", "filters")


def log_export(name: str) -> Callable[[int, Mapping[str, object]], None]:
    """Return what logs that one of the lists left as a file."""

    def log(count: int, filters: Mapping[str, object]) -> None:
        record_export(EXPORTED, count=count, filters={**filters, "list": name}, by=signed_in_user())

    return log
