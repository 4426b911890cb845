"""The blueprint that all pages of products hang on."""

from kit.security import RealmBlueprint
from tenants.accounts.realm import OFFICE

blueprint = RealmBlueprint(
    "products", __name__, realm=OFFICE, url_prefix="/products", template_folder="../templates"
)
