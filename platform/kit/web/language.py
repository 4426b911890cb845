"""The language switch: it stores a choice that kit.i18n reads."""

from flask import abort, current_app, request
from werkzeug.wrappers import Response

from kit.i18n import COOKIE, LANGUAGES
from kit.security.realms import ANYONE, RealmBlueprint
from kit.security.routes import public
from kit.web.answers import back_url, go, safe_next

_YEAR = 365 * 24 * 3600

blueprint = RealmBlueprint("language", __name__, realm=ANYONE)


@blueprint.post("/language/<code>")
@public
def choose(code: str) -> Response:
    if code not in LANGUAGES:
        abort(404)
    response = go(safe_next(request.form.get("next"), back_url()))
    remember_language(response, code)
    return response


def remember_language(response: Response, code: str | None) -> None:
    """Have this browser read in a language from the next page on; None lets it forget one."""
    if code is None:
        response.delete_cookie(COOKIE)
        return
    response.set_cookie(
        COOKIE,
        code,
        max_age=_YEAR,
        samesite="Lax",
        httponly=True,
        secure=current_app.config.get("SESSION_COOKIE_SECURE", False),
    )
