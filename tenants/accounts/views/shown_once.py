"""Pages of secrets that are shown this once."""

from urllib.parse import quote

from flask import Response

from kit import tenancy
from kit.i18n import gettext as _
from kit.web import page


def secret_page(response: Response) -> Response:
    """Keep a page out of every cache."""
    response.headers["Cache-Control"] = "no-store"
    return response


def codes_page(codes: list[str], *, onward: str) -> Response:
    """Show recovery codes, this once, with a text file of them that is made in the browser."""
    title = _("Recovery codes for %(company)s", company=tenancy.current().name)
    text = "\r\n".join((title, "", *codes, ""))
    return secret_page(
        page(
            "accounts/codes.html",
            codes=codes,
            # A file for Notepad: the mark at its beginning says UTF-8.
            file="data:text/plain;charset=utf-8," + quote("\ufeff" + text),
            onward=onward,
        )
    )
