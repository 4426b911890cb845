"""Languages, time zones and how dates and money read.

Chinese and English are complete; the person's choice is a cookie, the default the workspace's.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from flask import Flask, g, has_request_context, request
from flask_babel import Babel, Domain, get_locale, refresh
from flask_babel import format_currency as _format_currency
from flask_babel import format_date as _format_date
from flask_babel import format_datetime as _format_datetime
from flask_babel.speaklater import LazyString

from kit import tenancy
from kit.money import Money

LANGUAGES = {"zh_Hans_CN": "简体中文", "en": "English"}
COOKIE = "language"
DEFAULT = "zh_Hans_CN"


class TimeDisplay(StrEnum):
    """How exactly, and by which clock, a person reads times."""

    MINUTES = "minutes"
    SECONDS = "seconds"
    TWELVE_HOURS = "twelve_hours"


_PATTERNS = {
    TimeDisplay.MINUTES: "yyyy-MM-dd HH:mm",
    TimeDisplay.SECONDS: "yyyy-MM-dd HH:mm:ss",
    TimeDisplay.TWELVE_HOURS: "yyyy-MM-dd h:mm a",
}


class _Catalogues(Domain):  # type: ignore[misc]  # the library has no types
    """The catalogues by language, found with one look at the request.

    A page has hundreds of sentences; the library's own way asks the request four times for each.
    """

    def __init__(self) -> None:
        super().__init__()
        self._of: dict[Locale, Any] = {}

    def get_translations(self) -> Any:
        """Return the catalogue of the language in use; one without words outside an application."""
        locale = get_locale()
        if locale is None:
            return super().get_translations()
        found = self._of.get(locale)
        if found is None:
            found = self._of[locale] = super().get_translations()
        return found


_catalogues = _Catalogues()


def gettext(string: str, **variables: object) -> str:
    """Return a sentence in the language in use, with its variables filled in."""
    said: str = _catalogues.gettext(string, **variables)
    return said


def ngettext(singular: str, plural: str, num: int, **variables: object) -> str:
    """Return a sentence about a number of things, which `num` stands for in it."""
    said: str = _catalogues.ngettext(singular, plural, num, **variables)
    return said


def lazy_gettext(string: str, **variables: object) -> LazyString:
    """Return a sentence that is put into the language in use when it is shown."""
    return LazyString(gettext, string, **variables)


def init_i18n(app: Flask) -> None:
    """Choose language and time zone for each request."""
    babel = Babel(
        app,
        default_locale=DEFAULT,
        default_timezone="UTC",
        locale_selector=_select_locale,
        timezone_selector=timezone_name,
    )
    babel.domain_instance = _catalogues
    install = app.jinja_env.install_gettext_callables  # type: ignore[attr-defined]  # an extension's
    # Templates fill the variables in themselves.
    install(
        lambda string: _catalogues.get_translations().ugettext(string),
        lambda *forms: _catalogues.get_translations().ungettext(*forms),
        newstyle=True,
    )


def prefer(*, language: str | None, display: str) -> None:
    """Have the rest of this request read as its person likes it.

    A language chosen in this browser goes before the person's own, and that before the workspace's.
    """
    g.preferred_language = language
    g.time_display = display
    refresh()


_spoken: ContextVar[str | None] = ContextVar("spoken_language", default=None)


@contextmanager
def speaking(locale: str | None) -> Iterator[None]:
    """Speak a language inside the block, whatever the request says; None ends that.

    For mail and texts to somebody else, in their language.
    """
    token = _spoken.set(locale)
    refresh()
    try:
        yield
    finally:
        _spoken.reset(token)
        refresh()


def _select_locale() -> str:
    spoken = _spoken.get()
    if spoken is not None:
        return spoken
    workspace = tenancy.current_or_none()
    default = workspace.locale if workspace else DEFAULT
    if not has_request_context():
        return default
    chosen = request.cookies.get(COOKIE, "")
    if chosen in LANGUAGES:
        return chosen
    preferred = g.get("preferred_language")
    if preferred in LANGUAGES:
        return str(preferred)
    if workspace is None and request.accept_languages:
        best = request.accept_languages.best_match(["zh-CN", "zh", "en"], default="zh")
        return "en" if best == "en" else DEFAULT
    return default


def timezone_name() -> str:
    """Return the time zone in which people of this workspace read times."""
    workspace = tenancy.current_or_none()
    return workspace.timezone if workspace else "Asia/Shanghai"


def timezone() -> ZoneInfo:
    """Return the workspace's time zone."""
    return ZoneInfo(timezone_name())


def current_locale() -> str:
    """Return the language in use, as a key of LANGUAGES."""
    return str(get_locale() or DEFAULT)


def html_language() -> str:
    """Return the BCP 47 tag for the html element."""
    return "en" if current_locale() == "en" else "zh-CN"


def format_money(minor: int, currency: str = "CNY") -> str:
    """Return an amount in minor units as people read it: ¥12.34."""
    text: str = _format_currency(Money(minor, currency).major, currency)
    return text


def format_datetime(value: datetime, display: str | None = None) -> str:
    """Return an instant in the workspace's zone: 2026-08-01 14:05, or as the person likes it."""
    if display is None and _spoken.get() is None and has_request_context():
        display = g.get("time_display")
    text: str = _format_datetime(value, _PATTERNS[TimeDisplay(display or TimeDisplay.MINUTES)])
    return text


_UNITS = ("B", "KB", "MB", "GB", "TB")


def format_size(size: int) -> str:
    """Return a number of bytes as people read it: 3.4 MB."""
    amount = float(size)
    for unit in _UNITS[:-1]:
        if amount < 1024:
            return f"{amount:.0f} {unit}" if unit in {"B", "KB"} else f"{amount:.1f} {unit}"
        amount /= 1024
    return f"{amount:.1f} {_UNITS[-1]}"


def format_date(value: date) -> str:
    """Return a date as 2026-08-01; an instant is taken in the workspace's zone."""
    if isinstance(value, datetime):
        value = value.astimezone(timezone()).date()
    text: str = _format_date(value, "yyyy-MM-dd", rebase=False)
    return text
