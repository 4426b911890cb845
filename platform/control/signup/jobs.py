"""Background work on sign-ups."""

import base64

from flask_babel import force_locale
from sqlalchemy import select

from control.domains.queries import site_url
from control.signup.models import Signup
from kit import crypto, mail
from kit.db import apart, control_session
from kit.i18n import format_datetime
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from kit.jobs import JobRun, job

TOKEN = "control.signup.token"  # noqa: S105 - a label, not a token


def seal_token(token: str, *, public_id: str) -> str:
    """Return a link's token as it may stand in the outbox."""
    return base64.b64encode(crypto.encrypt(token, label=TOKEN, public_id=public_id)).decode()


@job(
    "signup.send_verification",
    title=_l("Send the link of a sign-up"),
    queue="interactive",
    stepped=True,
)
def send_verification(run: JobRun, *, signup_id: int, sealed: str) -> None:
    """Send the mail with the link that proves a sign-up's mail address.

    Nothing is sent when the sign-up is no longer open or has asked for a newer mail since.
    """
    if run.is_done("sent"):
        return
    # The read must be over before the network is used.
    control_session().rollback()
    with apart(None) as control:
        signup = control.scalars(select(Signup).where(Signup.id == signup_id)).one_or_none()
        if signup is None or not signup.is_open:
            return
        token = crypto.decrypt(base64.b64decode(sealed), label=TOKEN, public_id=signup.public_id)
        if crypto.digest(token) != signup.token_digest:
            return
        recipient, name, company = signup.email, signup.contact_name, signup.company
        locale, until = signup.locale, signup.expires_at
    with force_locale(locale):
        mail.send(
            recipient,
            _("Confirm your e-mail address for Simtree"),
            _(
                "Hello %(name)s,\n\nthank you for signing up %(company)s. "
                "Please confirm your e-mail address:\n\n%(link)s\n\n"
                "The link is valid until %(until)s (UTC+8). "
                "Your workspace is built right after.\n\n"
                "If you did not sign up, ignore this mail: nothing will happen.\n",
                name=name,
                company=company,
                link=site_url(f"/signup/verify/{token}"),
                until=format_datetime(until),
            ),
            message_id=run.id,
        )
    run.mark("sent")
