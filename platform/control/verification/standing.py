"""What the workspace being served may do as long as its company is not verified; no query."""

from kit import clock, tenancy
from kit.errors import Refused
from kit.i18n import gettext as _


def is_verified() -> bool:
    """Tell whether the company behind the workspace being served has been checked and passed."""
    return tenancy.current().is_verified


def refuse_public_order() -> None:
    """Refuse an order from outside the workspace's own people until its company is verified."""
    if not is_verified():
        raise Refused(
            _(
                "This company is still being verified, so no orders are taken here yet. "
                "Please ask the company."
            )
        )


def refuse_submission(carrier: str, name: object) -> None:
    """Refuse to send anything to a carrier without a verified company and its authorisation.

    `name` is the carrier as people call it.
    """
    workspace = tenancy.current()
    if not workspace.is_verified:
        raise Refused(
            _(
                "Nothing goes to a carrier before your company is verified. An administrator "
                "hands in the documents under Settings, Company verification."
            )
        )
    if workspace.authorised is None:
        return
    until = dict(workspace.authorised).get(carrier)
    if until is None:
        raise Refused(
            _(
                "No authorisation of %(carrier)s has been verified for your company. Hand it in "
                "under Settings, Company verification.",
                carrier=name,
            )
        )
    if until < clock.today():
        raise Refused(
            _(
                "The authorisation of %(carrier)s ended on %(day)s. Hand in the new one under "
                "Settings, Company verification.",
                carrier=name,
                day=until.isoformat(),
            )
        )
