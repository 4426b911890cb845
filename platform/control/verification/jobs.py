"""Mails about verifications: what was decided, and which authorisation ends soon."""

from collections.abc import Callable

from flask_babel import force_locale
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from control.closing.queries import owner_of
from control.domains.queries import workspace_url
from control.plane import current_plane
from control.verification.models import CarrierAuthorisation, Verification, VerificationState
from control.workspaces.models import Workspace
from kit import mail
from kit.db import control_session
from kit.i18n import format_date
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from kit.jobs import JobRun, job

REMIND_DAYS = (30, 7, 1, 0)
PAGE = "/settings/verification/"


@job("verification.tell_owner", title=_l("Tell of a verification"), stepped=True)
def tell_owner(run: JobRun, *, workspace_id: int, about: str) -> None:
    """Tell who signed a workspace up what was decided about its verification."""
    if run.is_done("sent"):
        return
    workspace = control_session().get_one(Workspace, workspace_id)
    name = workspace.name
    sentence = {
        VerificationState.PASSED: lambda: _(
            "%(name)s is verified: orders from outside are open, and so are the carriers you "
            "named.",
            name=name,
        ),
        VerificationState.RETURNED: lambda: _(
            "The documents of %(name)s were returned. The page says what is wrong; change it and "
            "hand it in again.",
            name=name,
        ),
        VerificationState.REVOKED: lambda: _(
            "The verification of %(name)s was revoked. The page says why. Orders from outside and "
            "submissions to carriers are closed until it is passed again.",
            name=name,
        ),
    }[VerificationState(about)]
    _mail(run, workspace, sentence)


@job("verification.remind_owner", title=_l("Remind of an authorisation"), stepped=True)
def remind_owner(run: JobRun, *, authorisation_id: str) -> None:
    """Tell who signed a workspace up that a carrier's authorisation ends."""
    if run.is_done("sent"):
        return
    found = (
        control_session()
        .scalars(
            select(CarrierAuthorisation)
            .where(CarrierAuthorisation.public_id == authorisation_id)
            .options(
                joinedload(CarrierAuthorisation.verification).joinedload(Verification.workspace)
            )
        )
        .one_or_none()
    )
    if found is None:
        return
    carrier, until = found.carrier, found.valid_until

    def sentence() -> str:
        return str(
            _(
                "The authorisation of %(carrier)s ends on %(day)s. From then on nothing goes to it "
                "any more; hand in the new one before.",
                carrier=current_plane().carriers.get(carrier, carrier),
                day=format_date(until),
            )
        )

    _mail(run, found.verification.workspace, sentence)


def _mail(run: JobRun, workspace: Workspace, sentence: Callable[[], str]) -> None:
    owner = owner_of(workspace.id)
    if owner is None:
        return
    link = workspace_url(workspace.address, PAGE)
    with force_locale(owner.locale):
        subject = _("Verification of %(name)s", name=workspace.name)
        hello = _("Hello %(name)s,", name=owner.name)
        body = f"{hello}\n\n{sentence()}\n\n{link}\n"
    # The read must be over before the network is used.
    control_session().rollback()
    mail.send(owner.email, subject, body, message_id=run.id)
    run.mark("sent")
