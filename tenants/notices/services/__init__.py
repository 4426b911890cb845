"""The verbs of notices, one file for each subject."""

from tenants.notices.services.announcements import (
    announce,
    edit_announcement,
    read_announcement,
    tell_audience,
    withdraw,
)
from tenants.notices.services.choices import choose, edit_address, edit_choices, edit_rules
from tenants.notices.services.following import follow, forget_records, unfollow
from tenants.notices.services.gateways import edit_gateway, test_gateway
from tenants.notices.services.inbox import archive, bring_back, mark_all_read, mark_read, snooze
from tenants.notices.services.reminders import (
    NewReminder,
    add_reminder,
    edit_reminder,
    finish_reminder,
    remove_reminder,
    tell_due,
)
from tenants.notices.services.telling import notify
from tenants.notices.services.templates import drop_template, edit_template

__all__ = [
    "NewReminder",
    "add_reminder",
    "announce",
    "archive",
    "bring_back",
    "choose",
    "drop_template",
    "edit_address",
    "edit_announcement",
    "edit_choices",
    "edit_gateway",
    "edit_reminder",
    "edit_rules",
    "edit_template",
    "finish_reminder",
    "follow",
    "forget_records",
    "mark_all_read",
    "mark_read",
    "notify",
    "read_announcement",
    "remove_reminder",
    "snooze",
    "tell_audience",
    "tell_due",
    "test_gateway",
    "unfollow",
    "withdraw",
]
