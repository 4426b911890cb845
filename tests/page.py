"""The client that inspects every page it fetches: a page test checks its quality for free."""

import re
from collections import Counter
from html import unescape
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
        page = parse(self.get(path).text)
        hidden = {
            field.get("name", ""): field.get("value", "")
            for field in page.iter("input")
            if field.get("type") == "hidden"
        }
        return self.post(path, data=hidden | data, **kwargs)


def _forget() -> None:
    for name in list(g) if has_app_context() else ():
        g.pop(name)


def parse(html: str, *, is_fragment: bool = False) -> Element:
    """Parse strictly; AssertionError names the first error."""
    parser = html5lib.HTMLParser(
        tree=html5lib.getTreeBuilder("etree"), namespaceHTMLElements=False, strict=False
    )
    tree = parser.parseFragment(html) if is_fragment else parser.parse(html)
    assert not parser.errors, f"invalid HTML: {parser.errors[:3]}"
    return tree


def inspect(html: str, *, is_fragment: bool) -> Element:
    """Raise AssertionError for whatever a page must not have."""
    tree = parse(html, is_fragment=is_fragment)
    if not is_fragment:
        headings = [text_of(node) for node in tree.iter("h1")]
        assert len(headings) == 1, f"a page has one h1, this one {headings}"
        assert headings[0].strip(), "the h1 is empty"
        title = tree.find(".//title")
        assert title is not None, "the page has no title"
        assert text_of(title).strip(), "the title is empty"
        assert tree.find(".//main") is not None, "the page has no main"
    twice = [i for i, n in Counter(node.get("id") for node in tree.iter()).items() if i and n > 1]
    assert not twice, f"ids used twice: {twice}"
    _check_fields(tree)
    _check_forms(tree)
    for node in tree.iter():
        assert not any(name.startswith("on") for name in node.attrib), (
            f"inline handler on {node.tag}"
        )
        assert "style" not in node.attrib, f"inline style on {node.tag}"
    if tree.get("lang") == "zh-CN" or is_fragment:
        _check_language(tree, skip=False)
    return tree


def _check_fields(tree: Element) -> None:
    labelled = {node.get("for") for node in tree.iter("label")}
    inside = {id(field) for label in tree.iter("label") for field in label.iter()}
    for tag in ("input", "select", "textarea"):
        for field in tree.iter(tag):
            if (
                field.get("type") in {"hidden", "submit", "button"}
                or field.get("hidden") is not None
            ):
                continue
            named = (
                field.get("id") in labelled
                or id(field) in inside
                or field.get("aria-label")
                or field.get("aria-labelledby")
            )
            assert named, f"the field {field.get('name') or field.get('id')} has no label"
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
