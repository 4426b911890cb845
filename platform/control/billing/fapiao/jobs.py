"""Mails about fapiao: to the owner of the workspace, and to where the document is to be sent."""

from flask_babel import force_locale

from control.billing.fapiao.queries import find_request
from control.billing.models import FapiaoRequest, FapiaoState
from control.closing.queries import owner_of
from control.domains.queries import workspace_url
from control.workspaces.directory import as_tenant
from control.workspaces.models import WorkspaceState
from kit import files, mail, tenancy
from kit.db import control_session
from kit.errors import Missing
from kit.i18n import format_money
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from kit.jobs import JobRun, job

PAGE = "/settings/billing/fapiao/"


@job("fapiao.tell", title=_l("Tell of a fapiao"), stepped=True)
def tell(run: JobRun, *, request_id: int, about: str, number: str) -> None:
    """Tell the owner, in his language, and who is to receive it what became of a request.

    The document goes along: who receives it need not be able to log in.
    """
    if run.is_done("sent"):
        return
    known = control_session().get_one(FapiaoRequest, request_id)
    found = find_request(known.public_id)
    assert found is not None
    workspace = found.account.workspace
    owner = owner_of(workspace.id)
    language = owner.locale if owner else workspace.locale
    with force_locale(language):
        subject, sentence = _words(found, about, number)
        hello = _("Hello %(name)s,", name=owner.name if owner else workspace.name)
    link = workspace_url(workspace.address, f"{PAGE}{found.public_id}")
    body = f"{hello}\n\n{sentence}\n\n{link}\n"
    recipients = list(dict.fromkeys([*([owner.email] if owner else []), found.email]))
    tenant = None if workspace.state == WorkspaceState.CLOSED else as_tenant(workspace)
    papers = _papers(found, about, number)
    # The read must be over before the network is used.
    control_session().rollback()
    attached = _read(tenant, papers) if tenant is not None else []
    for place, recipient in enumerate(recipients):
        if not run.is_done(f"to-{place}"):
            mail.send(
                recipient, subject, body, message_id=f"{run.id}-{place}", attachments=attached
            )
            run.mark(f"to-{place}")
    run.mark("sent")


def _papers(found: FapiaoRequest, about: str, number: str) -> list[tuple[str, str, str]]:
    if about == FapiaoState.ISSUED and found.file_key:
        return [(found.file_key, found.file_type or "", found.file_name or "")]
    return [
        (one.file_key, one.file_type, one.file_name)
        for one in found.corrections
        if about == "corrected" and one.number == number
    ]


def _read(tenant: tenancy.Workspace, papers: list[tuple[str, str, str]]) -> list[mail.Attachment]:
    found = []
    with tenancy.enter(tenant):
        for key, media_type, name in papers:
            try:
                with files.open_file(key) as stream:
                    found.append(mail.Attachment(name, media_type, stream.read()))
            except Missing:
                # It was taken away since; the sentence still holds.
                continue
    return found


def _words(found: FapiaoRequest, about: str, number: str) -> tuple[str, str]:
    amount = format_money(found.amount, found.currency)
    title = found.title.name
    if about == FapiaoState.ISSUED:
        return (
            _("Your fapiao over %(amount)s is issued", amount=amount),
            _(
                "Fapiao %(number)s for %(title)s over %(amount)s is attached, and can be fetched "
                "here at any time:",
                number=found.number,
                title=title,
                amount=amount,
            ),
        )
    if about == FapiaoState.REJECTED:
        return (
            _("No fapiao could be issued over %(amount)s", amount=amount),
            _(
                "The reason: %(reason)s\n\nChange what is wrong and ask again:",
                reason=found.reason,
            ),
        )
    return (
        _("A red-letter note to fapiao %(number)s is issued", number=found.number),
        _(
            "Money went back to you, so a part of the fapiao for %(title)s is taken back by "
            "red-letter note %(number)s. It is attached, and can be fetched here:",
            title=title,
            number=number,
        ),
    )
