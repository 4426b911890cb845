"""The client that inspects every page it fetches: a page test checks its quality for free."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from html import unescape
from html.parser import HTMLParser
from typing import Any
from xml.etree.ElementTree import Element

import html5lib
from flask import g, has_app_context
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from kit import tenancy
from kit.db import database
from kit.i18n import DEFAULT, gettext, speaking
from kit.settings import get_settings

_ENGLISH = re.compile(r"[A-Za-z]{2,}(?: +[A-Za-z]{2,})+")
_INPUT = re.compile(r'<input\b(?:[^>"]|"[^"]*")*>')
# Values without anything that means something to a parser.
_PLAIN = re.compile(r'\b(action|class|content|datetime|href|nonce|src|value)="[\w ./:?=%+,#-]*"')
_CLOCK = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d")
_TITLE = re.compile(r"<title>[^<&]*[^<&\s][^<&]*</title>")
_SILENT = {"script", "style", "code", "template", "title", "noscript"}


class PageClient(FlaskClient):
    """A test client bound to one host, that checks HTML, headings, labels and language."""

    host = ""
    inspect = True

    def at(self, place: tenancy.Workspace | str) -> "PageClient":
        """Return a fresh browser at a workspace, or at a label such as "console" ("" the site)."""
        fresh = self.application.test_client()
        assert isinstance(fresh, PageClient)
        base = get_settings().base_domain
        if isinstance(place, str):
            fresh.host = f"{place}.{base}" if place else base
        else:
            fresh.host = place.host
        return fresh

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        kwargs.setdefault("base_url", f"http://{self.host or get_settings().base_domain}")
        # A server sends an answer to its end and closes it; until then it counts as being served.
        kwargs.setdefault("buffered", True)
        # Objects of the test are saved and its savepoint ended, so that the request stands alone.
        if database.session.registry.has():
            database.session.commit()
        # The test's own context would hand what one request kept in `g` to the next.
        _forget()
        with speaking(None):
            response = super().open(*args, **kwargs)
        _forget()
        is_page = response.mimetype == "text/html" and not 300 <= response.status_code < 400
        if self.inspect and is_page and response.data:
            is_fragment = bool((kwargs.get("headers") or {}).get("HX-Request"))
            inspect(response.get_data(as_text=True), is_fragment=is_fragment)
        return response

    def token(self, path: str) -> str:
        """Return the CSRF token of the first form of a page."""
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.get(path).text)
        assert found, f"{path} has no form with a CSRF token"
        return found[1]

    def submit(self, path: str, data: dict[str, Any], **kwargs: Any) -> TestResponse:
        """Fetch a form's page, fill in its hidden fields and send it."""
        hidden = _Hidden()
        hidden.feed("".join(_INPUT.findall(self.get(path).text)))
        return self.post(path, data=hidden.fields | data, **kwargs)


class _Hidden(HTMLParser):
    """Reads a page's hidden fields."""

    def __init__(self) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "input" and found.get("type") == "hidden":
            self.fields[found.get("name") or ""] = found.get("value") or ""

    handle_startendtag = handle_starttag


def _forget() -> None:
    for name in list(g) if has_app_context() else ():
        g.pop(name)


def parse(html: str, *, inside: str = "") -> Element:
    """Parse a page, or what is inside an element, strictly; AssertionError names an error."""
    parser = html5lib.HTMLParser(
        tree=html5lib.getTreeBuilder("etree"), namespaceHTMLElements=False, strict=False
    )
    tree = parser.parseFragment(html, container=inside) if inside else parser.parse(html)
    assert not parser.errors, f"invalid HTML: {parser.errors[:3]}"
    return tree


@dataclass(frozen=True, slots=True)
class Part:
    """What an inspected part of a page has that must fit the other parts."""

    headings: tuple[str, ...]
    ids: tuple[str, ...]
    labelled: frozenset[str | None]
    unlabelled: tuple[Element, ...]
    is_chinese: bool


def inspect(html: str, *, is_fragment: bool) -> None:
    """Raise AssertionError for whatever a page must not have."""
    if is_fragment:
        parts = [_part(parse(html, inside="div"), is_chinese=True)]
    else:
        start, end = html.find("<main"), html.rfind("</main>")
        assert 0 < start < end, "the page has no main"
        start = html.index(">", start) + 1
        # Parsing is slow, and most of a page is around its main part, as on the page before.
        frame = _frame(_blanked(html[:start] + html[end:]))
        main = _part(parse(html[start:end], inside="main"), is_chinese=frame.is_chinese)
        parts = [frame, main]
        headings = [heading for part in parts for heading in part.headings]
        assert len(headings) == 1, f"a page has one h1, this one {headings}"
        assert headings[0].strip(), "the h1 is empty"
    ids = Counter(one for part in parts for one in part.ids)
    twice = [one for one, times in ids.items() if times > 1]
    assert not twice, f"ids used twice: {twice}"
    labelled = frozenset().union(*(part.labelled for part in parts))
    for part in parts:
        for field in part.unlabelled:
            name = field.get("name") or field.get("id")
            assert field.get("id") in labelled, f"the field {name} has no label"


def _blanked(frame: str) -> str:
    """Return a frame without what differs from page to page and nothing below looks at."""
    frame = _TITLE.sub("<title>x</title>", frame.replace(' aria-current="page"', ""))
    return _CLOCK.sub("0", _PLAIN.sub(r'\1=""', frame))


@lru_cache(maxsize=512)
def _frame(html: str) -> Part:
    """Inspect a page without its main part."""
    tree = parse(html)
    title = tree.find(".//title")
    assert title is not None, "the page has no title"
    assert text_of(title).strip(), "the title is empty"
    assert tree.find(".//main") is not None, "the page has no main"
    return _part(tree, is_chinese=tree.get("lang") == "zh-CN")


def _part(tree: Element, *, is_chinese: bool) -> Part:
    _check_names(tree)
    _check_forms(tree)
    for node in tree.iter():
        assert not any(name.startswith("on") for name in node.attrib), (
            f"inline handler on {node.tag}"
        )
        assert "style" not in node.attrib, f"inline style on {node.tag}"
    if is_chinese:
        _check_language(tree, skip=False)
    return Part(
        headings=tuple(text_of(node) for node in tree.iter("h1")),
        ids=tuple(one for node in tree.iter() if (one := node.get("id"))),
        labelled=frozenset(node.get("for") for node in tree.iter("label")),
        unlabelled=tuple(_unlabelled(tree)),
        is_chinese=is_chinese,
    )


def _unlabelled(tree: Element) -> Iterator[Element]:
    """Yield the fields that only a label elsewhere, by their id, can name."""
    inside = {id(field) for label in tree.iter("label") for field in label.iter()}
    for tag in ("input", "select", "textarea"):
        for field in tree.iter(tag):
            is_unseen = field.get("type") in {"hidden", "submit", "button"}
            is_named = field.get("aria-label") or field.get("aria-labelledby")
            if not (
                is_unseen or is_named or id(field) in inside or field.get("hidden") is not None
            ):
                yield field


def _check_names(tree: Element) -> None:
    for button in [*tree.iter("button"), *tree.iter("a")]:
        if button.get("aria-hidden") == "true":
            continue
        name = text_of(button).strip() or button.get("aria-label") or button.get("title")
        image = button.find(".//img")
        assert name or (image is not None and image.get("alt")), (
            f"a {button.tag} without a name: {button.attrib}"
        )


def _check_forms(tree: Element) -> None:
    for form in tree.iter("form"):
        if (form.get("method") or "get").casefold() == "post":
            names = {field.get("name") for field in form.iter("input")}
            assert "csrf_token" in names, f"the form {form.get('action')} has no CSRF token"


def _check_language(node: Element, *, skip: bool) -> None:
    skip = skip or node.tag in _SILENT or node.get("lang", "zh-CN") != "zh-CN"
    skip = skip or node.get("translate") == "no"
    texts = [] if skip else [node.text or "", node.get("placeholder", ""), node.get("title", "")]
    for text in texts:
        found = _ENGLISH.search(text)
        assert not found, f"untranslated text: {text.strip()!r}"
    for child in node:
        _check_language(child, skip=skip)
        found = None if skip else _ENGLISH.search(child.tail or "")
        assert not found, f"untranslated text: {(child.tail or '').strip()!r}"


def says(response: TestResponse, sentence: str, **keys: Any) -> bool:
    """Tell whether a page shows a sentence, in the language that workspaces speak."""
    with speaking(DEFAULT):
        wanted = str(gettext(sentence, **keys))
    assert wanted != sentence % keys, f"not translated: {sentence}"
    return wanted in unescape(response.text)


def text_of(node: Element) -> str:
    """Return all text inside a node."""
    return "".join(node.itertext())
