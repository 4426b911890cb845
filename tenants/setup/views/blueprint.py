"""The blueprints of the setup, the log and the help."""

from kit.security import RealmBlueprint
from tenants.accounts.realm import OFFICE

setting = RealmBlueprint(
    "setup", __name__, realm=OFFICE, url_prefix="/settings", template_folder="../templates"
)
logging = RealmBlueprint(
    "log", __name__, realm=OFFICE, url_prefix="/audit", template_folder="../templates"
)
helping = RealmBlueprint(
    "help", __name__, realm=OFFICE, url_prefix="/help", template_folder="../templates"
)
