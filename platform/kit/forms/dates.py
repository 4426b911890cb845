"""Fields for days and times; times are typed in the workspace's zone and kept in UTC."""

import datetime as dt
from typing import Any

import wtforms
from wtforms import ValidationError

from kit import i18n
from kit.forms.texts import Options
from kit.i18n import gettext as _

_EARLIEST, _LATEST = dt.date(1900, 1, 1), dt.date(2999, 12, 31)


def _within(day: dt.date, earliest: dt.date, latest: dt.date) -> None:
    if day < earliest:
        raise ValidationError(_("Not before %(day)s.", day=i18n.format_date(earliest)))
    if day > latest:
        raise ValidationError(_("Not after %(day)s.", day=i18n.format_date(latest)))


class DateField(Options, wtforms.Field):
    """A day."""

    widget = wtforms.widgets.DateInput()

    def __init__(
        self,
        label: object = None,
        validators_: Any = (),
        *,
        at_least: dt.date | None = None,
        at_most: dt.date | None = None,
        **options: Any,
    ) -> None:
        self.at_least, self.at_most = at_least, at_most
        super().__init__(label, validators_, **options)

    @property
    def value(self) -> dt.date:
        """The day, after validation of a required field."""
        assert isinstance(self.data, dt.date)
        return self.data

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return self.data.isoformat() if self.data else ""

    def process_formdata(self, valuelist: list[str]) -> None:
        if not valuelist:
            return
        self.data = None
        typed = valuelist[0].strip().replace("/", "-").replace(".", "-")
        if not typed:
            return
        try:
            self.data = dt.date.fromisoformat(typed)
        except ValueError:
            raise ValueError(_("This is not a date.")) from None

    def pre_validate(self, form: Any) -> None:  # noqa: ARG002 - WTForms passes it
        if self.data is not None:
            _within(self.data, self.at_least or _EARLIEST, self.at_most or _LATEST)


class DateTimeField(Options, wtforms.Field):
    """An instant: typed in the workspace's zone, kept aware in UTC."""

    widget = wtforms.widgets.DateTimeLocalInput()

    @property
    def value(self) -> dt.datetime:
        """The instant, after validation of a required field."""
        assert isinstance(self.data, dt.datetime)
        return self.data

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        if not self.data:
            return ""
        local = self.data.astimezone(i18n.timezone())
        return f"{local:%Y-%m-%dT%H:%M}"

    def process_formdata(self, valuelist: list[str]) -> None:
        if not valuelist:
            return
        self.data = None
        typed = valuelist[0].strip()
        if not typed:
            return
        try:
            local = dt.datetime.fromisoformat(typed)
            self.data = local.replace(tzinfo=i18n.timezone()).astimezone(dt.UTC)
        except (ValueError, OverflowError):
            raise ValueError(_("This is not a date and time.")) from None

    def pre_validate(self, form: Any) -> None:  # noqa: ARG002 - WTForms passes it
        if self.data is not None:
            _within(self.data.date(), _EARLIEST, _LATEST)


class TimeField(Options, wtforms.Field):
    """An hour of the day, in the workspace's zone."""

    widget = wtforms.widgets.TimeInput()

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return f"{self.data:%H:%M}" if self.data else ""

    def process_formdata(self, valuelist: list[str]) -> None:
        if not valuelist:
            return
        self.data = None
        typed = valuelist[0].strip()
        if not typed:
            return
        try:
            self.data = dt.time.fromisoformat(typed).replace(tzinfo=None)
        except ValueError:
            raise ValueError(_("This is not a time of day.")) from None
