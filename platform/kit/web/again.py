"""Ask once more for a page that only reads, when what stopped it is over by then.

A prepared statement may turn stale in the middle of a page (kit.db.plans); the whole request is
then run a second time, as if it had just come in. What writes is answered with a sentence instead:
nothing of it was kept, and only its sender knows whether it is to be sent again.
"""

from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask, Response, request
from sqlalchemy.exc import NotSupportedError

from kit.db.plans import is_stale_plan
from kit.i18n import gettext as _
from kit.web.failures import failure

_FIRST = "simtree.may_ask_again"
_AGAIN = "simtree.ask_again"
_SAFE = {"GET", "HEAD"}
_App = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class AskAgain:
    """The WSGI layer that runs a request a second time when its first run asks for it."""

    def __init__(self, app: _App) -> None:
        self._app = app

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """Answer as the application does, at its second attempt if need be."""
        if environ.get("REQUEST_METHOD") not in _SAFE:
            return self._app(environ, start_response)
        begun: list[tuple[Any, ...]] = []

        def keep(*given: Any) -> Callable[[bytes], None]:
            begun[:] = [given]
            return lambda _written: None

        first = {**environ, _FIRST: True}
        body = self._app(first, keep)
        if first.get(_AGAIN):
            if callable(close := getattr(body, "close", None)):
                close()
            return self._app(environ, start_response)
        start_response(*begun[0])
        return body


def _not_supported(error: NotSupportedError) -> Response:
    if not is_stale_plan(error.orig):
        raise error
    if _FIRST in request.environ:
        request.environ[_AGAIN] = True
    answer = failure(
        503,
        title=_("Updating, back in a moment"),
        sentence=_("This was not saved: the service was updated just now. Please send it again."),
    )
    answer.headers["Retry-After"] = "1"
    return answer


def init_again(app: Flask) -> None:
    """Put the layer around an application."""
    app.wsgi_app = AskAgain(app.wsgi_app)  # type: ignore[method-assign]
    app.register_error_handler(NotSupportedError, _not_supported)
