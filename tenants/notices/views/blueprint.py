"""The blueprints that the pages of notices hang on."""

from kit.security import RealmBlueprint
from tenants.accounts.realm import OFFICE

blueprint = RealmBlueprint(
    "notices", __name__, realm=OFFICE, url_prefix="/notices", template_folder="../templates"
)
announcement_blueprint = RealmBlueprint(
    "announcements",
    __name__,
    realm=OFFICE,
    url_prefix="/announcements",
    template_folder="../templates",
)
reminder_blueprint = RealmBlueprint(
    "reminders", __name__, realm=OFFICE, url_prefix="/reminders", template_folder="../templates"
)
settings_blueprint = RealmBlueprint(
    "notice_settings",
    __name__,
    realm=OFFICE,
    url_prefix="/settings/notices",
    template_folder="../templates",
)
