"""The first page after the log-in, and how a person arranges it."""

from collections.abc import Sequence
from typing import Any

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from control.billing.labels import COUNTED, amount_of_limit, amount_used
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from kit.security import signed_in
from kit.web import go, page
from tenants.accounts.limits import near_limits
from tenants.accounts.models import User
from tenants.accounts.permissions import Permission
from tenants.accounts.policy import current_policy
from tenants.accounts.queries import is_password_old
from tenants.accounts.realm import reach, signed_in_user
from tenants.backoffice import blocks, queries
from tenants.backoffice.surface import blueprint
from tenants.desk.home import (
    Arranged,
    Block,
    arrange_home,
    arranged_for,
    reset_home,
)
from tenants.notices.labels import TASKS
from tenants.notices.queries import current_announcements, due_reminders
from tenants.notices.views.reminders import due_tag

blueprints = (blueprint,)

LABELS = {
    Block.TO_DO: (_l("To do"), "checklist"),
    Block.FIGURES: (_l("Figures"), "chart-bar"),
    Block.TRENDS: (_l("Last thirty days"), "chart-line"),
    Block.ANNOUNCEMENTS: (_l("Announcements"), "speakerphone"),
    Block.REMINDERS: (_l("Work reminders"), "alarm"),
    Block.FAVOURITES: (_l("Favourites"), "star"),
    Block.SHORTCUTS: (_l("Shortcuts"), "bolt"),
}


@blueprint.get("/")
@signed_in
def home() -> Response:
    user = signed_in_user()
    set_up = queries.set_up()
    shown = [one for one in arranged_for(user).shown if blocks.may_have(user, one)]
    return page(
        "backoffice/home.html",
        user=user,
        shown=shown,
        steps=[] if set_up.is_done else list(blocks.steps(user, set_up)),
        is_password_old=is_password_old(user, current_policy().passwords),
        near_limits=near_limits() if user.can(Permission.Billing.VIEW) else (),
        counted=COUNTED,
        amount_of_limit=amount_of_limit,
        amount_used=amount_used,
        **_content(user, shown),
    )


def _content(user: User, shown: Sequence[Block]) -> dict[str, Any]:
    """Return what the blocks that are shown hold; nothing is asked for the others."""
    held: dict[str, Any] = {}
    days = _daily(user) if {Block.FIGURES, Block.TRENDS} & set(shown) else {}
    counts = queries.count(blocks.questions(user, shown))
    if Block.FIGURES in shown:
        held["cards"] = list(blocks.cards(user, counts, days))
    if Block.TO_DO in shown:
        held["waiting"] = list(blocks.to_dos(user, counts))
    if Block.TRENDS in shown:
        held["trend"] = blocks.trend(days)
    if Block.ANNOUNCEMENTS in shown:
        held["announcements"] = current_announcements(user)
    if Block.REMINDERS in shown:
        held |= {"reminders": due_reminders(user), "tasks": TASKS, "due_tag": due_tag}
    if Block.SHORTCUTS in shown:
        held["shortcuts"] = blocks.shortcuts(user)
    return held


def _daily(user: User) -> dict[str, queries.Daily]:
    def within(permission: Any) -> Any:
        return reach(permission) if user.can(permission) else None

    return queries.daily(
        order_reach=within(Permission.Order.VIEW), customer_reach=within(Permission.Customer.VIEW)
    )


@blueprint.route("/arrange", methods=["GET", "POST"])
@signed_in
def arrange() -> BaseResponse:
    """Choose blocks and their order; the buttons move a block without any script, too."""
    user = signed_in_user()
    if request.method == "POST":
        order = request.form.getlist("block")
        on = set(request.form.getlist("on"))
        name, _colon, way = request.form.get("move", "").partition(":")
        if name in order:
            _move(order, name, -1 if way == "up" else 1)
        hidden = [one for one in order if one not in on]
        # What the person's rights do not open was not offered, and stays as it was.
        hidden += [one for one in arranged_for(user).hidden if one not in order]
        arrange_home(user, blocks=order, hidden=hidden)
        if name:
            return redirect(url_for("backoffice.arrange"), 303)
        return go(url_for("backoffice.home"), _("Your home page is arranged."))
    arranged = arranged_for(user)
    return page("backoffice/arrange.html", rows=_rows(user, arranged), is_own=arranged.is_own)


@blueprint.post("/arrange/reset")
@signed_in
def reset() -> BaseResponse:
    reset_home(signed_in_user())
    return go(url_for("backoffice.home"), _("Your home page is as your role has it."))


def _rows(user: User, arranged: Arranged) -> list[tuple[Block, object, str, bool]]:
    return [
        (one, *LABELS[one], one not in arranged.hidden)
        for one in arranged.blocks
        if blocks.may_have(user, one)
    ]


def _move(order: list[str], name: str, by: int) -> None:
    at = order.index(name)
    to = max(0, min(len(order) - 1, at + by))
    order.insert(to, order.pop(at))
