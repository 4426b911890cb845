"""Behind the link that the owner of a workspace was mailed: make the archive, fetch it.

On the public site, because a suspended workspace answers nobody.
"""

from flask import Response, send_file, url_for
from werkzeug.wrappers import Response as BaseResponse

from control.archives import queries, services
from control.archives.forms import PassphraseForm
from control.archives.models import OPEN, Archive, ArchiveState
from control.signup.realm import SITE
from control.signup.services import Visitor
from kit.errors import Missing
from kit.security import RealmBlueprint, client_address, public
from kit.web import page
from kit.web.answers import go

blueprint = RealmBlueprint(
    "archives", __name__, realm=SITE, url_prefix="/archives", template_folder="templates"
)
blueprints = (blueprint,)


def _behind(token: str) -> Archive:
    found = queries.archive_behind(token)
    if found is None or found.workspace is None:
        raise Missing("token")
    return found


def _visitor() -> Visitor:
    return Visitor(address=client_address())


@blueprint.route("/<token>", methods=["GET", "POST"])
@public
def show(token: str) -> BaseResponse:
    archive = _behind(token)
    workspace = archive.workspace
    assert workspace is not None
    form = PassphraseForm()
    if form.validate_on_submit():
        form.attempt(
            lambda: services.ask_export(
                workspace, passphrase=form.passphrase.data, by=_visitor(), offered=archive
            )
        )
        if not form.refused:
            return go(url_for("archives.show", token=token))
    response = page(
        "archives/show.html",
        token=token,
        archive=archive,
        name=workspace.name,
        is_offered=archive.state == ArchiveState.OFFERED,
        at_work=archive.state in OPEN,
        is_ready=queries.may_download(archive),
        form=form,
        http_status=form.status,
    )
    # The address is a secret: it must not travel on as a referrer or stay in a cache.
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "private, no-store"
    return response


@blueprint.get("/<token>/file")
@public
def fetch(token: str) -> Response:
    archive = _behind(token)
    if not queries.may_download(archive):
        raise Missing("file")
    path, name = queries.path_of(archive), archive.file_name
    services.record_fetch(archive, by=_visitor(), ip_address=client_address())
    response = send_file(
        path.resolve(),
        mimetype="application/octet-stream",
        as_attachment=True,
        download_name=name,
    )
    response.headers["Cache-Control"] = "private, no-store"
    return response
