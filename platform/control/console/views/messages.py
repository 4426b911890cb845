"""In development: mail and SMS that were kept instead of sent."""

from flask import Response

from control.console.realm import blueprint
from kit import mail
from kit.errors import Missing
from kit.security import signed_in
from kit.settings import get_settings
from kit.web import page


@blueprint.get("/messages")
@signed_in
def messages() -> Response:
    if not get_settings().is_development:
        raise Missing("messages")
    return page("console/messages.html", messages=mail.kept())
