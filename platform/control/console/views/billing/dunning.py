"""The days of dunning."""

from dataclasses import asdict

from flask import url_for
from werkzeug.wrappers import Response as BaseResponse

from control.billing.online import connected
from control.billing.online.inbox import EVENTS_WANTED
from control.billing.queries import setting_log
from control.billing.schedule import CODE as DUNNING
from control.billing.schedule import schedule_now, set_schedule
from control.console.realm import blueprint
from control.console.views.archives import operator
from control.console.views.billing.forms import ScheduleForm
from control.console.views.workspaces import event_of
from control.domains.queries import site_url
from kit.i18n import gettext as _
from kit.security import signed_in
from kit.web import go, page


@blueprint.route("/billing/dunning", methods=["GET", "POST"])
@signed_in
def dunning() -> BaseResponse:
    schedule = schedule_now()
    form = ScheduleForm(
        data=asdict(schedule) | {"retry_days": ", ".join(map(str, schedule.retry_days))}
    )
    if form.validate_on_submit():
        form.attempt(lambda: set_schedule(form.schedule(), by=operator()))
        if not form.refused:
            return go(
                url_for("console.dunning"),
                _("Saved. Accounts that owe something follow at the next review."),
            )
    return page(
        "console/billing/dunning.html",
        form=form,
        schedule=schedule,
        webhook_url=site_url(url_for("offers.stripe_webhook")),
        webhook_events=EVENTS_WANTED,
        connected_events=connected.EVENTS_WANTED,
        log=[event_of(entry) for entry in setting_log(DUNNING)],
        http_status=form.status,
    )
