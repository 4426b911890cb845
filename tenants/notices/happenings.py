"""What notices themselves tell people of: announcements and reminders."""

from kit.i18n import lazy_gettext as _l
from tenants.notices.kinds import Kind, Placeholder, register
from tenants.notices.labels import TASKS
from tenants.notices.models import Task


def _task(code: object) -> object:
    return TASKS[Task(str(code))]


ANNOUNCED = register(
    Kind(
        code="notices:announced",
        group=_l("Announcements"),
        label=_l("A new announcement"),
        title=_l("Announcement: {title}"),
        whom=_l("Everybody it is for"),
        placeholders={"title": Placeholder(_l("Title"), _l("System maintenance on Sunday"))},
        path="/announcements/{id}",
        icon="speakerphone",
    )
)
REMINDED = register(
    Kind(
        code="notices:reminded",
        group=_l("Reminders"),
        label=_l("A reminder is due"),
        title=_l("{task}: {record}"),
        body="{note}",
        whom=_l("Whose reminder it is"),
        placeholders={
            "task": Placeholder(_l("What to do"), _l("Follow up"), _task),
            "record": Placeholder(_l("Record"), "SO20260801001"),
            "note": Placeholder(_l("Note"), _l("Ask for the ID photo")),
        },
        path="/reminders/{id}",
        icon="alarm",
    )
)
GIVEN = register(
    Kind(
        code="notices:given",
        group=_l("Reminders"),
        label=_l("A colleague gave me a reminder"),
        title=_l("{person} asks you: {task}: {record}"),
        body="{note}",
        whom=_l("Whose reminder it is"),
        placeholders={
            "person": Placeholder(_l("Who gave it"), _l("Wang Xiaoshu")),
            "task": Placeholder(_l("What to do"), _l("Follow up"), _task),
            "record": Placeholder(_l("Record"), "SO20260801001"),
            "note": Placeholder(_l("Note"), _l("Ask for the ID photo")),
        },
        path="/reminders/{id}",
        icon="alarm-plus",
    )
)
