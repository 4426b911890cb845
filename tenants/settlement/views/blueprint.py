"""The blueprint that all pages of settlement hang on, and the log of what they export."""

from kit import audit
from kit.security import RealmBlueprint
from kit.web import Listing, Source
from kit.web.listing.export import Statement
from tenants.accounts.exports import offer_export
from tenants.accounts.permissions import Permission
from tenants.accounts.realm import OFFICE

blueprint = RealmBlueprint(
    "settlement", __name__, realm=OFFICE, url_prefix="/settlement", template_folder="../templates"
)

EXPORTED = audit.Event.named("settlement:exported", "count", "filters")


def offer(listing: Listing, label: object, statement: Statement) -> Source:
    """Let one of the lists of settlement leave as a file."""
    return offer_export(
        listing,
        label,
        event=EXPORTED,
        permission=Permission.Settlement.VIEW,
        statement=statement,
        names_list=True,
    )
