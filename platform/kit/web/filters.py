"""Words that every template may use: money, times, masks, icons."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from flask import Flask
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup

from kit import clock, i18n
from kit.money import Money
from kit.tenancy import current_or_none
from kit.web.answers import layout, wants_drawer
from kit.web.assets import asset_url, import_map, static_url
from kit.web.frame import current_frame, visible_menu
from kit.web.headers import csp_nonce, whole_page

DASH = "–"
COLOURS = frozenset(
    {
        "azure",
        "blue",
        "cyan",
        "gray",
        "green",
        "indigo",
        "lime",
        "orange",
        "pink",
        "purple",
        "red",
        "teal",
        "yellow",
    }
)


@dataclass(frozen=True)
class Tag:
    """A coloured label that also says its meaning in words."""

    label: object
    colour: str = "gray"
    icon: str | None = None

    def __str__(self) -> str:
        return str(self.label)

    def __html__(self) -> Markup:
        colour = self.colour if self.colour in COLOURS else "gray"
        mark = icon(self.icon) if self.icon else Markup('<span class="pill-dot"></span>')
        return Markup('<span class="pill pill-{}">{}{}</span>').format(
            colour, mark, str(self.label)
        )


def icon(name: str, extra: str = "") -> Markup:
    """Return a decorative icon of the Tabler set; screen readers skip it."""
    return Markup('<i class="ti ti-{} {}" aria-hidden="true"></i>').format(name, extra)


def tag(value: object, labels: Any = None, colour: str = "gray") -> Tag | str:
    """Return the label of a value: from a mapping of Tags or texts, else the value itself."""
    if value is None or value == "":
        return DASH
    if isinstance(value, Tag):
        return value
    found = labels(value) if callable(labels) else (labels or {}).get(value, value)
    return found if isinstance(found, Tag) else Tag(found, colour)


def money(value: object, currency: str | None = None) -> str:
    """Return an amount as people read it; whole minor units or Money."""
    if value is None:
        return DASH
    if isinstance(value, Money):
        return i18n.format_money(value.minor, value.currency)
    workspace = current_or_none()
    return i18n.format_money(
        int(str(value)), currency or (workspace.currency if workspace else "CNY")
    )


def datetime_text(value: dt.datetime | None, display: str | None = None) -> str:
    """Return an instant in the workspace's zone, as the person likes it unless told otherwise."""
    return DASH if value is None else i18n.format_datetime(value, display)


def date_text(value: dt.date | None) -> str:
    """Return a day; an instant becomes the day it is in the workspace's zone."""
    if value is None:
        return DASH
    return i18n.format_date(value)


def time_element(value: dt.datetime | None) -> Markup | str:
    """Return an instant as a time element, exact for machines."""
    if value is None:
        return DASH
    text = Markup('<time datetime="{}" class="text-nowrap">{}</time>')
    return text.format(value.isoformat(), i18n.format_datetime(value))


def mask(value: object, kind: str = "auto") -> str:
    """Return personal data with its middle hidden: 138****1234, 4101**********1234, 张*."""
    text = "" if value is None else str(value).strip()
    if not text:
        return DASH
    if kind == "auto":
        plain = text.lstrip("+")
        kind = "phone" if plain.isdigit() and len(plain) <= 13 else "text"
        if "@" in text:
            kind = "email"
    if kind == "phone":
        text = text.removeprefix("+86")
    head, tail = {
        "phone": (3, 4),
        "document": (4, 4),
        "bank": (4, 4),
        "name": (1, 0),
        "email": (2, len(text) - text.rfind("@") if "@" in text else 0),
    }.get(kind, (2, 2))
    hidden = len(text) - head - tail
    if hidden < 1:
        head, tail, hidden = min(1, len(text) - 1), 0, max(1, len(text) - 1)
    return text[:head] + "*" * hidden + (text[-tail:] if tail else "")


def number_344(value: object) -> str:
    """Return a mobile number grouped for reading: 138 0013 8000."""
    text = str(value or "").removeprefix("+86")
    if len(text) == 11 and text.isdigit():
        return f"{text[:3]} {text[3:7]} {text[7:]}"
    return text or DASH


def init_filters(app: Flask) -> None:
    """Give the words to Jinja."""
    app.jinja_env.filters.update(
        money=money,
        datetime=datetime_text,
        date=date_text,
        time_element=time_element,
        mask=mask,
        number_344=number_344,
        size=i18n.format_size,
        tag=tag,
    )
    app.jinja_env.globals.update(
        asset_url=asset_url,
        csp_nonce=csp_nonce,
        csrf_token=generate_csrf,
        # Macros that are imported without their page's context ask these, too.
        holds=lambda permission: current_frame().may(permission),
        look_up_url=lambda kind: current_frame().look_up(kind),
        icon=icon,
        import_map=import_map,
        in_drawer=wants_drawer,
        kit_languages=i18n.LANGUAGES,
        static_url=static_url,
        tag=tag,
        whole_page=whole_page,
    )

    @app.context_processor
    def frame() -> dict[str, Any]:
        worn = current_frame()
        return {
            "brand": worn.brand,
            "frame": worn,
            "layout": layout(),
            "locale_code": i18n.current_locale(),
            "html_language": i18n.html_language(),
            "menu": visible_menu(worn.menu),
            "now": clock.now(),
            "person": worn.person,
        }
