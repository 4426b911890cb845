"""What people type about notices, announcements and reminders."""

from wtforms import ValidationError

from kit import clock
from kit.forms import (
    CheckField,
    ChoiceField,
    ChoicesField,
    DateField,
    DateTimeField,
    Form,
    HiddenTextField,
    IntegerField,
    TextAreaField,
    TextField,
    TimeField,
)
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from tenants.notices.labels import AUDIENCES, PACES, PORTAL_AUDIENCES, REPEATS, TASKS
from tenants.notices.models import Task


class SnoozeForm(Form):
    """Let a notice sleep."""

    until = DateTimeField(_l("Until"))


class ChoicesForm(Form):
    """What one wants to hear of; the boxes of the matrix are read beside it."""

    mail_pace = ChoiceField(_l("Mail"), list(PACES.items()), default="at_once")
    sms_pace = ChoiceField(_l("SMS"), list(PACES.items()), default="at_once")
    wechat_pace = ChoiceField(_l("WeChat"), list(PACES.items()), default="at_once")
    wechat_address = TextField(
        _l("WeChat OpenID"), length=500, required=False, help=_l("From the official account.")
    )
    wecom_pace = ChoiceField(_l("WeCom"), list(PACES.items()), default="at_once")
    wecom_address = TextField(_l("Key of the WeCom robot"), length=500, required=False)
    dingtalk_pace = ChoiceField(_l("DingTalk"), list(PACES.items()), default="at_once")
    dingtalk_address = TextField(_l("Key of the DingTalk robot"), length=500, required=False)
    feishu_pace = ChoiceField(_l("Feishu"), list(PACES.items()), default="at_once")
    feishu_address = TextField(_l("Key of the Feishu robot"), length=500, required=False)


class RulesForm(Form):
    """What the workspace says; the choices of the matrix are read beside it."""


class TemplateForm(Form):
    """The words of a kind in one language."""

    title = TextField(_l("Title"), length=120)
    body = TextAreaField(_l("Text"), length=2_000, required=False)
    preview = HiddenTextField()


class GatewayForm(Form):
    """How the workspace is known to a platform; each has some of these."""

    is_on = CheckField(_l("Switched on"))
    key = TextField(
        _l("Key of the robot"), length=200, required=False,
        help=_l("What stands behind key=, access_token= or hook/ in its address."),
    )  # fmt: skip
    app_id = TextField(_l("AppID"), length=200, required=False)
    secret = TextField(_l("Secret"), length=200, required=False)
    template_id = TextField(_l("Template ID"), length=200, required=False)
    title_field = TextField(_l("Field for the title"), length=31, required=False, default="first")
    text_field = TextField(_l("Field for the text"), length=31, required=False, default="remark")


class AnnouncementForm(Form):
    """Announce something."""

    title = TextField(_l("Title"), length=120, wide=True)
    body = TextAreaField(_l("Text"), length=10_000)
    audience = ChoiceField(
        _l("Our own people"), list(AUDIENCES.items()), radio=True, default="everybody"
    )
    units = ChoicesField(_l("Units"), required=False)
    roles = ChoicesField(_l("Roles"), required=False)
    portal_audience = ChoiceField(
        _l("Channels' people"), list(PORTAL_AUDIENCES.items()), radio=True, default="nobody",
        help=_l("They read it in the portal."),
    )  # fmt: skip
    grades = ChoicesField(_l("Grades"), required=False)
    shown_since = DateTimeField(_l("Shown from"), required=False, help=_l("Empty: at once."))
    shown_until = DateTimeField(_l("Shown until"), required=False, help=_l("Empty: for good."))
    is_pinned = CheckField(_l("Pin it to the top"))


class ReminderForm(Form):
    """Remind somebody of something to do."""

    task = ChoiceField(_l("What to do"), list(TASKS.items()), default=Task.FOLLOW_UP.value)
    assignee = ChoiceField(_l("Who does it"), picker=True)
    due_on = DateField(_l("Due day"), default=clock.today)
    due_time = TimeField(_l("At"), required=False, help=_l("Empty: any time that day."))
    note = TextAreaField(_l("Note"), length=500, required=False)
    repeats = ChoiceField(
        _l("Repeats"), list(REPEATS.items()), required=False, empty=_l("Not at all")
    )
    next_task = ChoiceField(
        _l("Followed by"), list(TASKS.items()), required=False, empty=_l("Nothing"),
        help=_l("Made by itself once this is done."),
    )  # fmt: skip
    next_days = IntegerField(_l("After how many days"), at_least=0, at_most=3_650, required=False)

    def validate_due_on(self, field: DateField) -> None:
        """Refuse a day that is long past: a slip of the year."""
        if field.data and (clock.today() - field.data).days > 366:
            raise ValidationError(_("This is more than a year ago."))
