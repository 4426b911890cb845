"""Security headers of every answer, and the nonce that lets our own inline blocks through."""

import secrets
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, g, request

from kit.web.answers import wants_fragment

_POLICY: dict[str, tuple[str, ...]] = {
    "default-src": ("'self'",),
    "script-src": ("'self'", "'nonce-{nonce}'"),
    "style-src": ("'self'", "'nonce-{nonce}'"),
    "img-src": ("'self'", "data:", "blob:"),
    "font-src": ("'self'",),
    "connect-src": ("'self'",),
    "object-src": ("'none'",),
    "base-uri": ("'none'",),
    "form-action": ("'self'",),
    "frame-ancestors": ("'none'",),
}

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(), microphone=(), payment=(), usb=(), camera=(self)",
}


def csp_nonce() -> str:
    """Return this request's nonce for `<script nonce>` and `<style nonce>`."""
    if "kit_csp_nonce" not in g:
        g.kit_csp_nonce = secrets.token_urlsafe(16)
    nonce: str = g.kit_csp_nonce
    return nonce


def content_security_policy() -> str:
    """Return the policy, with what `CSP_EXTRA` (directive -> sources) of the app's config adds."""
    extra: dict[str, list[str]] = current_app.config.get("CSP_EXTRA", {})
    targets = {"form-action": g.get("kit_form_targets", [])}
    parts = []
    for directive, sources in _POLICY.items():
        granted = [*sources, *extra.get(directive, ()), *targets.get(directive, ())]
        parts.append(f"{directive} {' '.join(granted)}")
    return "; ".join(parts).replace("{nonce}", csp_nonce())


def form_may_lead_to(url: str) -> None:
    """Let a form of this page end in a redirect to another host: browsers follow no other one."""
    parts = urlsplit(url)
    g.setdefault("kit_form_targets", []).append(f"{parts.scheme}://{parts.netloc}")


def whole_page() -> str:
    """Note that the answer is a page with a head of its own; the frame templates call it."""
    g.kit_whole_page = True
    return ""


def init_headers(app: Flask) -> None:
    """Stamp every response."""

    @app.after_request
    def stamp(response: Response) -> Response:
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        response.headers.setdefault("Content-Security-Policy", content_security_policy())
        if g.get("kit_whole_page") and wants_fragment() and request.method == "GET":
            # Such as the log-in page after a session ended: it must not land inside a list.
            response.headers["HX-Redirect"] = request.full_path.rstrip("?")
        if request.is_secure:
            response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        if response.mimetype == "text/html":
            # Pages show one person's data; back and forward may keep them, caches may not.
            response.headers.setdefault("Cache-Control", "private, no-cache")
            response.vary.update(("HX-Request", "HX-Target", "Cookie"))
        return response
