"""The blueprints that the pages of this module hang on."""

from kit.security import RealmBlueprint
from tenants.accounts.realm import OFFICE
from tenants.channels.realm import PORTAL

channels = RealmBlueprint(
    "channels", __name__, realm=OFFICE, url_prefix="/channels", template_folder="../templates"
)
portal_login = RealmBlueprint(
    "portal_login", __name__, realm=PORTAL, url_prefix="/portal", template_folder="../templates"
)
portal_join = RealmBlueprint(
    "portal_join", __name__, realm=PORTAL, url_prefix="/join", template_folder="../templates"
)
