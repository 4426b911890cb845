"""How a view answers: the same template as page, drawer or fragment; toasts; going elsewhere."""

import json
from typing import Any
from urllib.parse import urlsplit

from flask import (
    Response,
    flash,
    get_flashed_messages,
    make_response,
    redirect,
    render_template,
    request,
)
from werkzeug.wrappers import Response as BaseResponse

from kit.web.frame import current_frame

DRAWER = "kit/drawer.html"
FRAGMENT = "kit/fragment.html"
LEVELS = ("success", "info", "warning", "danger")


def wants_fragment() -> bool:
    """Tell whether htmx asked for a piece of a page rather than a whole one."""
    return (
        request.headers.get("HX-Request") == "true"
        and request.headers.get("HX-History-Restore-Request") != "true"
        and request.headers.get("HX-Boosted") != "true"
    )


def wants_drawer() -> bool:
    """Tell whether the piece goes into the drawer on the right."""
    return wants_fragment() and request.headers.get("HX-Target", "").endswith("#drawer-body")


def wants_json() -> bool:
    """Tell whether the caller reads JSON and not pages."""
    best = request.accept_mimetypes.best_match(["text/html", "application/json"], "text/html")
    return best == "application/json" or request.is_json


def layout() -> str:
    """Return the template that a page of this request extends."""
    if wants_drawer():
        return DRAWER
    return FRAGMENT if wants_fragment() else current_frame().layout


def page(template: str, *, http_status: int = 200, **context: Any) -> Response:
    """Answer with a template that extends `layout`: full page, drawer or fragment as asked."""
    context.setdefault("layout", layout())
    response = make_response(render_template(template, **context), http_status)
    response.vary.update(("HX-Request", "HX-Target"))
    return response


def toast(sentence: object, level: str = "info") -> None:
    """Show a sentence on the next page this person gets, or with this answer if it is a piece."""
    flash(str(sentence), level if level in LEVELS else "info")


def toast_answer(status: int = 200, **triggers: Any) -> Response:
    """Answer htmx with the waiting toasts alone; what is on the page stays as it is."""
    waiting = get_flashed_messages(with_categories=True)
    response = make_response(render_template("kit/toasts.html", waiting=waiting), status)
    response.headers["HX-Push-Url"] = "false"
    if triggers:
        response.headers["HX-Trigger"] = json.dumps(triggers)
    return response


def go(url: str, sentence: object = "", *, level: str = "success") -> BaseResponse:
    """Leave for another page of ours after a verb, with a sentence to show there.

    Inside the drawer the browser follows by itself and gets the drawer's piece.
    """
    if sentence:
        toast(sentence, level)
    if wants_fragment() and not wants_drawer():
        response = make_response("", 204)
        response.headers["HX-Redirect"] = url
        return response
    return redirect(url, 303)


def done(sentence: object, *, url: str, level: str = "success") -> BaseResponse:
    """End a verb: a toast and a refreshed list for htmx, a redirect to `url` otherwise."""
    toast(sentence, level)
    if wants_fragment():
        return toast_answer(200, **{"kit:done": {}})
    return redirect(url, 303)


def safe_next(target: str | None, fallback: str = "/") -> str:
    """Return a path of our own, never another site's address."""
    if not target:
        return fallback
    parts = urlsplit(target)
    if parts.netloc and parts.netloc != request.host:
        return fallback
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    # Browsers read a second slash or a backslash after the first as the start of a host.
    ours = path.startswith("/") and not path.startswith(("//", "/\\"))
    return path if ours and path.isprintable() else fallback


def back_url(fallback: str = "/") -> str:
    """Return the page this request came from, if it is ours."""
    return safe_next(request.headers.get("HX-Current-URL") or request.referrer, fallback)
