"""Where a link to a file leads."""

from flask import Response

from kit.errors import Refused
from kit.security import signed_in
from kit.web import page
from tenants.accounts.realm import signed_in_user
from tenants.records import services
from tenants.records.views.blueprint import files
from tenants.records.views.sending import send


@files.get("/<token>")
@signed_in
def open_link(token: str) -> Response:
    try:
        row = services.open_link(token, signed_in_user())
    except Refused as refusal:
        return page("records/link_ended.html", http_status=410, sentence=str(refusal))
    return send(row)
