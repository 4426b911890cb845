"""The blueprint that all pages of orders hang on."""

from kit.security import RealmBlueprint
from tenants.accounts.realm import OFFICE

blueprint = RealmBlueprint(
    "orders", __name__, realm=OFFICE, url_prefix="/orders", template_folder="../templates"
)
