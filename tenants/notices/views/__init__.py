"""Pages of notices: the inbox, what one hears of, announcements, reminders, and the rules."""

from tenants.notices import mentions
from tenants.notices.views import announcements, choices, gateways, inbox, reminders, settings
from tenants.notices.views.blueprint import (
    announcement_blueprint,
    blueprint,
    reminder_blueprint,
    settings_blueprint,
)

blueprints = (blueprint, announcement_blueprint, reminder_blueprint, settings_blueprint)

__all__ = [
    "announcements",
    "blueprints",
    "choices",
    "gateways",
    "inbox",
    "mentions",
    "reminders",
    "settings",
]
