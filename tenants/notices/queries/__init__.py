"""Questions about notices, one file for each subject."""

from tenants.notices.queries.announcements import (
    addressed_to,
    announcements,
    current_announcements,
    find_announcement,
    readers_of,
    receipts,
)
from tenants.notices.queries.choices import (
    Matrix,
    addresses_of,
    find_template,
    matrix_for,
    pace_of,
    rules,
    settings_of,
    templates,
)
from tenants.notices.queries.inbox import (
    count_unread,
    find_notice,
    in_inbox,
    is_snoozed,
    is_unread,
    notices_of,
)
from tenants.notices.queries.reminders import (
    DueReminders,
    due_reminders,
    find_reminder,
    is_following,
    reminders,
    reminders_of,
)

__all__ = [
    "DueReminders",
    "Matrix",
    "addressed_to",
    "addresses_of",
    "announcements",
    "count_unread",
    "current_announcements",
    "due_reminders",
    "find_announcement",
    "find_notice",
    "find_reminder",
    "find_template",
    "in_inbox",
    "is_following",
    "is_snoozed",
    "is_unread",
    "matrix_for",
    "notices_of",
    "pace_of",
    "readers_of",
    "receipts",
    "reminders",
    "reminders_of",
    "rules",
    "settings_of",
    "templates",
]
