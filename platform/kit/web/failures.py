"""What a person sees when the answer is no, or when we have failed."""

import re
from http import HTTPStatus

import psycopg
from flask import Flask, Response, current_app, jsonify, make_response, render_template, request
from flask_wtf.csrf import CSRFError, generate_csrf
from psycopg.errors import QueryCanceled
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException
from werkzeug.utils import redirect
from werkzeug.wrappers import Response as BaseResponse

from kit.db import database
from kit.db.fencing import is_down, may_have_moved
from kit.errors import Crowded, Forbidden, Missing, Refused
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from kit.security.fairness import RETRY_AFTER
from kit.security.realms import forget_person
from kit.settings import get_settings
from kit.web.answers import back_url, toast, toast_answer, wants_fragment, wants_json

_LISTING_BODY = re.compile(r"(?:div#)?(list-[a-z0-9_-]{1,60}-body)")

_TEXTS: dict[int, tuple[object, object, str]] = {
    400: (
        _l("This request was not understood"),
        _l("Something in it was incomplete or out of date. Go back and try once more."),
        "file-broken",
    ),
    403: (
        _l("You have no right to this"),
        _l("Your role does not include this page or action. Ask an administrator if you need it."),
        "lock",
    ),
    404: (
        _l("There is nothing here"),
        _l("The page may have moved, or it is not yours to see."),
        "map-search",
    ),
    405: (
        _l("This cannot be done that way"),
        _l("The address exists but does not take this kind of request."),
        "hand-stop",
    ),
    413: (
        _l("The file is too large"),
        _l("Choose a smaller file, or split it into parts."),
        "file-alert",
    ),
    429: (
        _l("Too many requests"),
        _l("Please wait a moment, then try again."),
        "hourglass",
    ),
    500: (
        _l("Something went wrong on our side"),
        _l("It has been recorded. What you had saved is safe; please try again shortly."),
        "plug-connected-x",
    ),
    503: (
        _l("We will be back in a moment"),
        _l("The service is being maintained. Please try again shortly."),
        "tool",
    ),
}


def failure(
    status: int, *, title: object = "", sentence: object = "", retry: str | None = None
) -> Response:
    """Answer with a failure in the form that was asked for: page, toast or JSON.

    Its page says who is logged in. Where that cannot be read, because the workspace's data moves
    or its server is down, the page is as for nobody: a failure page never fails itself.
    """
    try:
        return _failure(status, title=title, sentence=sentence, retry=retry)
    except (DBAPIError, PoolTimeout, psycopg.Error) as error:
        if not (may_have_moved(error) or is_down(error)):
            raise
        database.session.remove()
        forget_person()
        return _failure(status, title=title, sentence=sentence, retry=retry)


def _failure(status: int, *, title: object, sentence: object, retry: str | None) -> Response:
    usual = _TEXTS.get(status) or _TEXTS[400 if status < 500 else 500]
    title, sentence = str(title or usual[0]), str(sentence or usual[1])
    if wants_json() and not wants_fragment():
        answer = jsonify(error={"status": status, "title": title, "detail": sentence})
        answer.status_code = status
        return answer
    if status == HTTPStatus.FORBIDDEN and (body := _listing_body()):
        # Rows that one may not see any more must not stay on the page.
        denied = render_template(
            "kit/listing_denied.html", body=body, title=title, sentence=sentence
        )
        return make_response(denied, status)
    if wants_fragment():
        toast(_("%(title)s: %(sentence)s", title=title, sentence=sentence), "danger")
        return toast_answer(status)
    body = render_template(
        "kit/error.html",
        status=status,
        title=title,
        sentence=sentence,
        icon_name=usual[2],
        retry=retry,
    )
    return make_response(body, status)


def _listing_body() -> str:
    """Return the id of the list's body that is asked for anew, "" when it is something else."""
    target = request.headers.get("HX-Target", "") if wants_fragment() else ""
    found = _LISTING_BODY.fullmatch(target)
    return found[1] if found else ""


def refused(error: Refused) -> BaseResponse:
    """Say a verb's no: beside the form for htmx (422), on the page it came from otherwise."""
    if wants_json() and not wants_fragment():
        answer = jsonify(error={"status": 422, "detail": str(error), "field": error.field})
        answer.status_code = 422
        return answer
    toast(str(error), "danger")
    if wants_fragment():
        triggers = {"kit:refused": {"field": error.field}} if error.field else {}
        return toast_answer(422, **triggers)
    came_from = back_url()
    if request.method == "GET" and came_from == request.full_path.rstrip("?"):
        # A page that refuses to show itself would send the browser round in circles.
        return failure(422, sentence=str(error))
    return redirect(came_from, 303)


def _expired(_error: CSRFError) -> Response:
    if wants_fragment():
        toast(_("The page had been open too long and was renewed. Please press again."), "info")
        return toast_answer(400, **{"kit:csrf": {"token": generate_csrf()}})
    return failure(
        400,
        title=_("This page has been open too long"),
        sentence=_("For your safety it has expired. What you typed is kept in this browser."),
        retry=back_url(request.path),
    )


def _http(error: HTTPException) -> BaseResponse:
    status = error.code or HTTPStatus.INTERNAL_SERVER_ERROR
    answer = failure(status)
    for name, value in error.get_headers():
        if name in {"Allow", "Retry-After"}:
            answer.headers[name] = value
    return answer


def _crowded(_error: Crowded) -> Response:
    answer = failure(
        429,
        title=_("Your company is asking for a lot at once"),
        sentence=_("Several pages or reports are still on their way. Try again in a few seconds."),
    )
    answer.headers["Retry-After"] = str(RETRY_AFTER)
    return answer


def stopped(error: OperationalError) -> Response:
    """Say that the server stopped a statement that ran too long; others are failures of ours."""
    if not isinstance(error.orig, QueryCanceled):
        raise error
    # What was read cannot go on, and the page of the failure may read, too.
    for work in (database.session, database.control):
        if work.registry.has():
            work.rollback()
    seconds = get_settings().statement_timeout_ms // 1_000
    current_app.logger.warning("statement stopped after %s s: %s", seconds, request.endpoint)
    return failure(
        503,
        title=_("This took too long"),
        sentence=_(
            "It was stopped after %(seconds)s seconds, so that nobody else is kept waiting. "
            "Choose a shorter period or fewer rows, then try again.",
            seconds=seconds,
        ),
    )


def _broken(error: HTTPException) -> Response:
    original = getattr(error, "original_exception", None)
    if original is not None:
        current_app.logger.error("unhandled error", exc_info=original)
    return failure(500)


def init_failures(app: Flask) -> None:
    """Register the handlers, each in one place for all surfaces."""
    app.register_error_handler(CSRFError, _expired)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Refused, refused)
    app.register_error_handler(Missing, lambda _error: failure(404))
    app.register_error_handler(Forbidden, lambda _error: failure(403))
    app.register_error_handler(Crowded, _crowded)
    app.register_error_handler(OperationalError, stopped)
    app.register_error_handler(500, _broken)
