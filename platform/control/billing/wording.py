"""What mails about an account say."""

from datetime import datetime

from control.billing.accounts import standing_now
from control.billing.labels import COUNTED
from control.billing.limits import SHARES, Counted
from control.billing.models import BillingAccount, Provider
from control.billing.schedule import schedule_now
from control.billing.standing import kept_until
from control.domains.queries import workspace_url
from kit import clock
from kit.i18n import format_date, ngettext, timezone
from kit.i18n import gettext as _


def _of_usage(name: str, rest: str, link: str) -> tuple[str, str]:
    code, share, _month, _included = rest.split("-")
    what = COUNTED[Counted(code)]
    if int(share) < SHARES[-1]:
        return (
            _(
                "%(name)s uses %(share)s %% of its plan: %(what)s",
                name=name,
                share=share,
                what=what,
            ),
            _(
                "%(share)s %% of what the plan includes are in use: %(what)s. Here you see how "
                "much is left, and what happens beyond it:\n\n%(link)s",
                share=share,
                what=what,
                link=f"{link}/usage",
            ),
        )
    return (
        _("%(name)s has used up its plan: %(what)s", name=name, what=what),
        _(
            "All that the plan includes is in use: %(what)s. Here you see whether more is refused "
            "or charged, and what it costs; a larger plan holds at once:\n\n%(link)s",
            what=what,
            link=f"{link}/usage",
        ),
    )


def _trial_ends(name: str, at: datetime) -> str:
    """Return in how many days a trial ends: those that are left when it is said."""
    left = (at.astimezone(timezone()).date() - clock.now().astimezone(timezone()).date()).days
    if left <= 0:
        return str(_("The trial of %(name)s ends today", name=name))
    return str(
        ngettext(
            "The trial of %(name)s ends in %(num)s day",
            "The trial of %(name)s ends in %(num)s days",
            left,
            name=name,
        )
    )


def _of_double(name: str, link: str) -> tuple[str, str]:
    return (
        _("%(name)s was bought twice", name=name),
        _(
            "A second plan was bought beside the one you have, perhaps in another window. It is "
            "ended, and all that was paid for it goes back to the card. The first one goes on; "
            "here you can change it:\n\n%(link)s",
            link=link,
        ),
    )


def _of_past_due(account: BillingAccount, rest: str, link: str) -> tuple[str, str]:
    name = account.workspace.name
    if "trial_over" in rest:
        return (
            _("The trial of %(name)s is over", name=name),
            _(
                "Everything still works. Choose a plan soon, so that it stays so:\n\n%(link)s",
                link=link,
            ),
        )
    if account.provider == Provider.TRANSFER:
        return (
            _("An invoice for %(name)s is overdue", name=name),
            _(
                "Everything still works. Please transfer what is owed, and hand in the bank's "
                "receipt here:\n\n%(link)s",
                link=link,
            ),
        )
    return (
        _("A payment for %(name)s failed", name=name),
        _(
            "It is tried again by itself, and everything still works. If the card has changed, "
            "enter the new one:\n\n%(link)s",
            link=link,
        ),
    )


def notice_words(account: BillingAccount, about: str) -> tuple[str, str]:
    """Return subject and text of a mail in the language in force; ValueError for an unknown one."""
    workspace = account.workspace
    name, link = workspace.name, workspace_url(workspace.address, "/settings/billing")
    step, _sign, rest = about.partition("-")
    kept = kept_until(standing_now(account), schedule_now())
    # Paid meanwhile, it is on no stair any more; the mail is on its way all the same.
    until = format_date(kept) if kept else "–"
    match step:
        case "trial":
            return (
                _trial_ends(name, workspace.trial_ends_at),
                _(
                    "It ends on %(day)s. Choose a plan before, and everything goes on as it is; "
                    "the days that are left stay free:\n\n%(link)s",
                    day=format_date(workspace.trial_ends_at),
                    link=link,
                ),
            )
        case "past_due":
            return _of_past_due(account, rest, link)
        case "notice":
            return (
                _("%(name)s will become read-only", name=name),
                _(
                    "Nothing has been paid so far. In a few days everything can only be read and "
                    "exported. Pay here and nothing changes:\n\n%(link)s",
                    link=link,
                ),
            )
        case "read_only":
            return (
                _("%(name)s is read-only now", name=name),
                _(
                    "Everything can be read and exported, nothing can be written. Nothing is "
                    "deleted before %(day)s. As soon as it is paid, all is as it was:\n\n%(link)s",
                    day=until,
                    link=link,
                ),
            )
        case "suspended":
            return (
                _("%(name)s is suspended", name=name),
                _(
                    "Nobody can work in it now. Nothing is deleted before %(day)s. As soon as it "
                    "is paid, all is as it was:\n\n%(link)s",
                    day=until,
                    link=link,
                ),
            )
        case "usage":
            return _of_usage(name, rest, link)
        case "double":
            return _of_double(name, link)
        case "back":
            return (
                _("%(name)s is open again", name=name),
                _("Thank you. Everything works as before:\n\n%(link)s", link=link),
            )
    raise ValueError(about)
