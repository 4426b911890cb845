"""The platform's own help: articles, questions and news, shipped as Markdown in both languages."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup

from kit.i18n import current_locale

_TEXTS = files("tenants.setup") / "texts"
_HTML = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable("table")
# Nothing that runs, nothing that reaches out: a picture from elsewhere would tell who reads.
_TAGS = {
    *("a", "blockquote", "br", "code", "em", "h2", "h3", "h4", "hr", "kbd", "li", "ol", "p"),
    *("pre", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul"),
}
# Article → the pages that it stands beside: endpoints, or beginnings that end with a dot.
PAGES: dict[str, tuple[str, ...]] = {
    "start": ("backoffice.",),
    "orders": ("orders.",),
    "customers": ("customers.", "person."),
    "numbers": ("numbers.", "cards.", "pools.", "segments."),
    "channels": ("channels.",),
    "products": ("products.",),
    "settlement": ("settlement.",),
    "approvals": ("approvals.", "approval_flows."),
    "imports": ("imports.", "carriers."),
    "people": (
        *("accounts.users", "accounts.user", "accounts.new_user", "accounts.edit_user"),
        *("accounts.roles", "accounts.role", "accounts.new_role", "accounts.edit_role"),
        *("accounts.units", "accounts.unit", "accounts.rights", "accounts.set_password"),
    ),
    "account": (
        *("accounts.account", "accounts.password", "accounts.second_step", "accounts.sessions"),
        *("accounts.security", "accounts.log_ins", "accounts.own_log_ins"),
    ),
    "setup": ("setup.", "accounts.profile"),
    "plan": ("billing.", "buyer."),
    "transfer": ("billing_transfer.", "billing.plan", "billing.invoice", "billing.invoices"),
    "usage": ("billing_usage.",),
    "fapiao": ("fapiao.",),
    "verification": ("verification.",),
    "support": ("support.",),
    "tasks": ("tasks.",),
    "log": ("log.",),
    "data": ("workspace.",),
    "help": ("help.",),
}


@dataclass(frozen=True, slots=True)
class Text:
    """A text in one language: its title and its words, as Markdown and as HTML."""

    slug: str
    title: str
    source: str
    html: Markup


def render(source: str) -> Markup:
    """Return Markdown as HTML that cannot do anything: no raw HTML, no pictures, plain links."""
    return Markup(  # noqa: S704 - cleaned in the same breath
        nh3.clean(
            _HTML.render(source),
            tags=_TAGS,
            attributes={"a": {"href"}, "ol": {"start"}},
            url_schemes={"http", "https", "mailto", "tel"},
            link_rel="noopener noreferrer",
        )
    )


def text(slug: str) -> Text:
    """Return a text of ours in the language in use; KeyError when there is none of that name."""
    return _text(slug, "en" if current_locale() == "en" else "zh")


@lru_cache(maxsize=128)
def _text(slug: str, language: str) -> Text:
    if slug not in {*PAGES, "questions", "news"}:
        raise KeyError(slug)
    whole = (_TEXTS / f"{slug}.{language}.md").read_text(encoding="utf-8")
    title, _, source = whole.partition("\n")
    return Text(slug, title.removeprefix("# ").strip(), source.strip(), render(source))


def articles() -> list[Text]:
    """Return all articles of ours in their order."""
    return [text(slug) for slug in PAGES]


def beside(endpoint: str) -> list[Text]:
    """Return the articles of ours about a page."""
    return [text(slug) for slug, pages in PAGES.items() if is_about(pages, endpoint)]


def is_about(pages: Sequence[str], endpoint: str) -> bool:
    """Tell whether a page is one of those named: by its name, or by a beginning with a dot."""
    return any(endpoint.startswith(one) if one.endswith(".") else endpoint == one for one in pages)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a text under a heading of its own: a question and its answer, a release."""

    title: str
    html: Markup


def questions() -> list[Part]:
    """Return the frequent questions with their answers (D019)."""
    return parts(text("questions").source)


def news() -> list[Part]:
    """Return what each release brought, newest first (A039)."""
    return parts(text("news").source)


@cache
def newest_release() -> str:
    """Return a name of the newest release's news, the same in both languages."""
    return parts(_text("news", "en").source)[0].title


def parts(source: str) -> list[Part]:
    """Split a text at its second-level headings."""
    found = []
    for part in f"\n{source}".split("\n## ")[1:]:
        title, _, body = part.partition("\n")
        found.append(Part(title.strip(), render(body)))
    return found
