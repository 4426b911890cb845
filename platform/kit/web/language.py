"""The language switch: it stores a choice that kit.i18n reads."""

from flask import Blueprint, abort, current_app, request
from werkzeug.wrappers import Response

from kit.i18n import COOKIE, LANGUAGES
from kit.web.answers import back_url, go, safe_next

_YEAR = 365 * 24 * 3600

blueprint = Blueprint("language", __name__)


@blueprint.post("/language/<code>")
def choose(code: str) -> Response:
    if code not in LANGUAGES:
        abort(404)
    response = go(safe_next(request.form.get("next"), back_url()))
    response.set_cookie(
        COOKIE,
        code,
        max_age=_YEAR,
        samesite="Lax",
        httponly=True,
        secure=current_app.config.get("SESSION_COOKIE_SECURE", False),
    )
    return response
