"""How the words of notices, announcements and reminders read."""

from kit.i18n import LANGUAGES
from kit.i18n import lazy_gettext as _l
from tenants.accounts.wording import Detail, describe
from tenants.notices import customer_kinds, events
from tenants.notices.kinds import find_kind, kind_label
from tenants.notices.models import (
    Audience,
    DeliveryState,
    Pace,
    PortalAudience,
    Repeat,
    Setting,
    Task,
    Way,
)

WAYS = {
    Way.INBOX: _l("Inbox"),
    Way.MAIL: _l("Mail"),
    Way.SMS: _l("SMS"),
    Way.WECHAT: _l("WeChat"),
    Way.WECOM: _l("WeCom"),
    Way.DINGTALK: _l("DingTalk"),
    Way.FEISHU: _l("Feishu"),
}
PACES = {
    Pace.AT_ONCE: _l("At once"),
    Pace.HOURLY: _l("Gathered, every hour"),
    Pace.DAILY: _l("Gathered, every morning at nine"),
}
SETTINGS = {
    Setting.FORCED: _l("Always"),
    Setting.ON: _l("On by default"),
    Setting.OFF: _l("Off by default"),
    Setting.BARRED: _l("Never"),
}
DELIVERY_STATES = {
    DeliveryState.WAITING: _l("Waiting to be sent"),
    DeliveryState.SENT: _l("Sent"),
    DeliveryState.SKIPPED: _l("No longer of interest"),
    DeliveryState.FAILED: _l("Could not be sent"),
}
AUDIENCES = {
    Audience.EVERYBODY: _l("Everybody in the company"),
    Audience.UNITS: _l("Units and those below"),
    Audience.ROLES: _l("People with a role"),
    Audience.NOBODY: _l("None of our own people"),
}
PORTAL_AUDIENCES = {
    PortalAudience.NOBODY: _l("No channels"),
    PortalAudience.EVERYBODY: _l("All channels"),
    PortalAudience.GRADES: _l("Channels of a grade"),
    PortalAudience.BRANCHES: _l("Channels and those below"),
}
TASKS = {
    Task.FOLLOW_UP: _l("Follow up"),
    Task.CALL: _l("Call"),
    Task.MESSAGE: _l("Write"),
    Task.VISIT: _l("Visit"),
    Task.CHECK: _l("Check"),
    Task.OTHER: _l("Something else"),
}
REPEATS = {
    Repeat.DAILY: _l("Every day"),
    Repeat.WEEKLY: _l("Every week"),
    Repeat.MONTHLY: _l("Every month"),
}


def _kind(code: str) -> object:
    return kind_label(code) if find_kind(code) else customer_kinds.kind_label(code)


def _cell(code: object) -> object:
    kind, _bar, way = str(code).partition("|")
    return f"{kind_label(kind)} · {WAYS.get(Way(way), way)}"


def _cells(codes: list[str]) -> str:
    return "、".join(str(_cell(one)) for one in codes)


def _rules(changed: dict[str, list[str]]) -> str:
    return "、".join(
        f"{_cell(place)}: {SETTINGS[Setting(was)]} → {SETTINGS[Setting(now)]}"
        for place, (was, now) in changed.items()
    )


describe(
    {
        events.CHOICES_EDITED.name: _l("Ways of being told chosen"),
        events.ADDRESS_EDITED.name: _l("Address for notices changed"),
        events.RULES_EDITED.name: _l("Rules for notices changed"),
        events.TEMPLATE_EDITED.name: _l("Words of a notice changed"),
        events.TEMPLATE_DROPPED.name: _l("Words of a notice back to the usual ones"),
        events.GATEWAY_EDITED.name: _l("Connection to a platform changed"),
        events.GATEWAY_TESTED.name: _l("Connection to a platform tested"),
        events.ANNOUNCED.name: _l("Announced"),
        events.ANNOUNCEMENT_EDITED.name: _l("Announcement changed"),
        events.WITHDRAWN.name: _l("Announcement withdrawn"),
        events.FOLLOWED.name: _l("Record followed"),
        events.UNFOLLOWED.name: _l("Record no longer followed"),
        events.REMINDER_ADDED.name: _l("Reminder added"),
        events.REMINDER_EDITED.name: _l("Reminder changed"),
        events.REMINDER_DONE.name: _l("Reminder done"),
        events.REMINDER_REMOVED.name: _l("Reminder deleted"),
    },
    details={
        "switched_on": Detail(_l("Switched on"), show=_cells),
        "switched_off": Detail(_l("Switched off"), show=_cells),
        "way": Detail(_l("Way"), WAYS),
        "pace": Detail(_l("How soon"), PACES),
        "has_address": _l("Has an address"),
        "is_on": _l("Switched on"),
        "app_id": _l("AppID"),
        "template_id": _l("Template ID"),
        "new_secrets": _l("New keys"),
        "rules": Detail(_l("Rules"), show=_rules),
        "kind": Detail(_l("Kind of notice"), show=_kind),
        "language": Detail(_l("Language"), LANGUAGES),
        "title": _l("Title"),
        "body": _l("Text"),
        "audience": Detail(_l("For whom"), AUDIENCES),
        "portal_audience": Detail(_l("Channels"), PORTAL_AUDIENCES),
        "targets": _l("For which"),
        "record": _l("Record"),
        "task": Detail(_l("What to do"), TASKS),
        "due_at": Detail(_l("Due"), internal=True),
        "assignee": _l("Who does it"),
    },
    subjects={
        "NoticeTemplate": _l("Words of a notice"),
        "NoticeGateway": _l("Connection to a platform"),
        "Announcement": _l("Announcement"),
        "Reminder": _l("Reminder"),
    },
)
