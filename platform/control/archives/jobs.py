"""Background work on archives: make one, mail the link to one."""

import base64
from time import monotonic

from flask_babel import force_locale
from sqlalchemy import update

from control.archives import queries, services
from control.archives.models import Archive
from control.archives.writing import write_archive
from control.closing.queries import owner_of
from control.domains.queries import site_url
from control.plane import current_plane
from kit import crypto, mail
from kit.db import apart, control_session
from kit.errors import Refused
from kit.i18n import format_datetime
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from kit.jobs import JobRun, job

TOKEN = "control.archives.token"  # noqa: S105 - a label, not a token
TRIES = 3
_TOLD_EVERY = 0.5


@job(
    "archive.make",
    title=_l("Write an export of the workspace"),
    queue="bulk",
    stepped=True,
    timeout=6 * 3_600,
    tries=TRIES,
)
def make_export(run: JobRun, *, archive_id: str) -> None:
    """Write the open workspace into an archive; made anew from the start when it was killed."""
    archive = queries.find_archive(archive_id)
    if archive is None or not services.begin(archive):
        return
    workspace = archive.workspace
    assert run.workspace is not None
    assert workspace is not None
    told = 0.0

    def progress(done: int, total: int) -> None:
        nonlocal told
        run.progress(done, total)
        if done == total or monotonic() - told > _TOLD_EVERY:
            told = monotonic()
            with apart(None) as control:
                control.execute(
                    update(Archive).where(Archive.id == archive.id).values(done=done, total=total)
                )

    salt = archive.salt or b""
    facts = queries.facts_of(workspace)
    path = queries.path_of(archive)
    try:
        master = services.key_of(archive)
        # Nothing of the control plane stays open while the archive is written.
        control_session().rollback()
        made = write_archive(
            path,
            run.workspace,
            current_plane(),
            master=master,
            salt=salt,
            facts=facts,
            progress=progress,
        )
    except Exception as error:
        if run.attempt >= TRIES or isinstance(error, Refused):
            services.give_up(archive, error=type(error).__name__)
        raise
    services.end(archive, size=made.size, sha256=made.sha256, manifest=made.manifest)


@job("archive.send_offer", title=_l("Send the link to an export"), stepped=True)
def send_offer(run: JobRun, *, archive_id: str, sealed: str) -> None:
    """Mail the owner the link behind which an export is made and fetched."""
    if run.is_done("sent"):
        return
    archive = queries.find_archive(archive_id)
    if archive is None or archive.workspace is None:
        return
    owner = owner_of(archive.workspace.id)
    token = crypto.decrypt(base64.b64decode(sealed), label=TOKEN, public_id=archive_id)
    if owner is None or crypto.digest(token) != archive.link_digest:
        return
    name, until = archive.workspace.name, archive.expires_at
    # The read must be over before the network is used.
    control_session().rollback()
    with force_locale(owner.locale):
        mail.send(
            owner.email,
            _("Your data in %(name)s", name=name),
            _(
                "Hello %(person)s,\n\nhere you can have everything in %(name)s put into one "
                "encrypted file and fetch it:\n\n%(link)s\n\nYou choose the passphrase; we never "
                "know it and cannot recover it. The link is valid until %(until)s (UTC+8).\n",
                person=owner.name,
                name=name,
                link=site_url(f"/archives/{token}"),
                until=format_datetime(until),
            ),
            message_id=run.id,
        )
    run.mark("sent")
