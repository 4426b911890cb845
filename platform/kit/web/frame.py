"""What a surface tells the page frame: its menu, its brand and who is looking."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from flask import g, has_request_context, request, url_for

from kit.i18n import lazy_gettext as _l
from kit.web.desk import Desk

DEFAULT_COLOUR = "#0b6e7f"
_HEX = re.compile(r"#[0-9a-fA-F]{6}")


def _always() -> bool:
    return True


@dataclass(frozen=True)
class MenuItem:
    """One page in a menu; hidden when `visible()` says no, current when its endpoint is served.

    `also` names endpoints (or prefixes ending in a dot or star) that belong to the same entry.
    """

    label: object
    endpoint: str
    icon: str = "point"
    visible: Callable[[], bool] = _always
    also: tuple[str, ...] = ()
    badge: Callable[[], object] | None = None

    @property
    def url(self) -> str:
        return url_for(self.endpoint)

    @property
    def current(self) -> bool:
        here = request.endpoint or ""
        return here == self.endpoint or any(
            here.startswith(name.rstrip("*")) if name.endswith(("*", ".")) else here == name
            for name in self.also
        )


@dataclass(frozen=True)
class MenuGroup:
    """A folding branch of the tree menu; gone when none of its items is visible."""

    label: object
    items: Sequence[MenuItem]
    icon: str = "folder"

    @property
    def shown(self) -> list[MenuItem]:
        return [item for item in self.items if item.visible()]

    @property
    def current(self) -> bool:
        return any(item.current for item in self.items)


@dataclass(frozen=True)
class Brand:
    """Name, colour and logo that theme every page; an invalid colour becomes ours."""

    name: object = _l("Simtree")
    colour: str = DEFAULT_COLOUR
    logo_url: str | None = None

    def __post_init__(self) -> None:
        # The colour lands in a style element, so nothing but six hex digits may pass.
        if not _HEX.fullmatch(self.colour):
            object.__setattr__(self, "colour", DEFAULT_COLOUR)

    @property
    def channels(self) -> tuple[int, int, int]:
        return _channels(self.colour)

    @property
    def ink(self) -> str:
        """The colour, darkened until text in it, or white on it, reads well (4.5 to 1)."""
        red, green, blue = self.channels
        while _contrast_with_white((red, green, blue)) < 4.6:
            red, green, blue = (int(part * 0.93) for part in (red, green, blue))
        return f"#{red:02x}{green:02x}{blue:02x}"

    @property
    def ink_rgb(self) -> str:
        return ", ".join(str(part) for part in _channels(self.ink))

    @property
    def deep(self) -> str:
        """A darker step of the ink, for pressed and hovered buttons."""
        red, green, blue = (int(part * 0.82) for part in _channels(self.ink))
        return f"#{red:02x}{green:02x}{blue:02x}"


@dataclass(frozen=True)
class Person:
    """Who is logged in, as the top bar shows it; `key` keeps drafts of two people apart."""

    name: str
    detail: object = ""
    key: str = ""
    profile_url: str | None = None
    sign_out_url: str | None = None
    lock_url: str | None = None
    idle_minutes: int = 0
    """After how long without a touch the screen locks itself; 0 never."""


@dataclass(frozen=True, slots=True)
class Star:
    """Whether the page or record that is shown is kept at hand, and where that is changed.

    Where `is_on` is None the page asks for it once it is shown: no list waits for its star.
    """

    url: str
    kind: str
    key: str
    is_on: bool | None
    name: str = ""


def no_star() -> Star | None:
    """Say that a page is not one that somebody keeps at hand."""
    return None


@dataclass(frozen=True)
class Frame:
    """All that a surface supplies to its pages; given to `use_frame` before the view runs."""

    layout: str = "kit/shell.html"
    brand: Brand = field(default_factory=Brand)
    menu: Sequence[MenuGroup | MenuItem] = ()
    person: Person | None = None
    home_url: str = "/"
    search_url: str | None = None
    may: Callable[[StrEnum], bool] = lambda _permission: False
    """Whether who is looking holds a permission."""
    look_up_url: str = ""
    """Where look-up boxes ask, followed by the kind of record."""
    search_hint: object = _l("Search…")
    messages_url: str | None = None
    help_url: str | None = None
    """The help about this page, for the question mark beside its heading."""
    news_url: str | None = None
    has_news: bool = False
    live_url: str | None = None
    """Answers how many messages are unread and with a ticket for the stream, as JSON."""
    notice: object = ""
    """A standing sentence above every page: read-only, trial ends."""
    banner: str = ""
    """A template that stands above every page, where a sentence is not enough."""
    may_export: bool = True
    """Whether lists offer themselves as files and on paper."""
    desk: Desk | None = None
    """Saved views, columns and history of lists, of a surface that keeps them."""
    star: Callable[[], Star | None] = no_star
    """Asked where a page is shown whole or in the drawer; None where there is nothing to keep."""

    def look_up(self, kind: str) -> str:
        """Return where a look-up box of a kind of record asks."""
        return self.look_up_url + kind


def use_frame(frame: Frame) -> None:
    """Make the pages of this request wear a frame."""
    g.kit_frame = frame


def current_frame() -> Frame:
    """Return the frame of this request; a plain one when no surface has set any."""
    frame = g.get("kit_frame") if has_request_context() else None
    return frame if isinstance(frame, Frame) else Frame()


def visible_menu(menu: Sequence[MenuGroup | MenuItem]) -> list[MenuGroup | MenuItem]:
    """Return the entries this person may see, without empty groups: each is asked once."""
    found: list[MenuGroup | MenuItem] = []
    for entry in menu:
        if not isinstance(entry, MenuGroup):
            if entry.visible():
                found.append(entry)
        elif shown := entry.shown:
            found.append(replace(entry, items=shown))
    return found


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _contrast_with_white(channels: tuple[int, int, int]) -> float:
    def linear(channel: int) -> float:
        share = channel / 255
        return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(channel) for channel in channels)
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)
