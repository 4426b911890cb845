"""A comment as HTML: escaped first, then links and mentions made of what is plainly one."""

import re
from collections.abc import Sequence

from markupsafe import Markup, escape

from tenants.accounts.models import User

_LINK = re.compile(r"https?://[^\s<>\"'（）()，。；、]+", re.IGNORECASE)
_TAIL = ".,;:!?"


def as_html(body: str, people: Sequence[User]) -> Markup:
    """Return a comment's text, with links that open apart and mentions that stand out."""
    names = sorted(
        {f"@{one.name}" for one in people} | {f"@{one.username}" for one in people},
        key=len,
        reverse=True,
    )
    parts: list[Markup] = []
    at = 0
    for found in _LINK.finditer(body):
        url = found[0].rstrip(_TAIL)
        parts.append(_mentions(body[at : found.start()], names))
        parts.append(
            Markup(
                '<a href="{0}" rel="noopener noreferrer nofollow" target="_blank">{0}</a>'
            ).format(url)
        )
        at = found.start() + len(url)
    parts.append(_mentions(body[at:], names))
    return Markup("").join(parts)


def _mentions(text: str, names: Sequence[str]) -> Markup:
    if not names:
        return escape(text)
    pattern = re.compile("|".join(re.escape(name) for name in names))
    made = Markup("")
    at = 0
    for found in pattern.finditer(text):
        made += escape(text[at : found.start()])
        made += Markup('<span class="mention">{}</span>').format(found[0])
        at = found.end()
    return made + escape(text[at:])
