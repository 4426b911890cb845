"""Rates of a product: by default, by grade, by channel; and why a channel gets what it gets."""

import datetime as dt

from flask import Response, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from kit import clock
from kit.i18n import gettext as _
from kit.security import requires
from kit.web import go, page
from tenants.accounts.permissions import Permission
from tenants.accounts.realm import reach, signed_in_user
from tenants.catalogue import access, queries, services
from tenants.catalogue.forms import RateForm
from tenants.catalogue.labels import SOURCES, TIMINGS, milestone_label
from tenants.catalogue.models import Product, Rate, Timing
from tenants.catalogue.views.blueprint import blueprint
from tenants.channels import access as channel_access
from tenants.channels import queries as channels
from tenants.channels.kinds import CHANNEL


def _timing_label(timing: str) -> object:
    return TIMINGS[Timing(timing)]


@blueprint.get("/<public_id>/rates/")
@requires(Permission.Product.VIEW)
def rates(public_id: str) -> Response:
    product = access.product(public_id)
    return page(
        "catalogue/rates.html",
        product=product,
        rates=queries.rates_of(product),
        milestone_label=milestone_label,
        timing_label=_timing_label,
        today=clock.today(),
        can=signed_in_user().can,
        P=Permission,
    )


@blueprint.route("/<public_id>/rates/new", methods=["GET", "POST"])
@requires(Permission.Product.PRICE)
def new_rate(public_id: str) -> BaseResponse:
    product = access.product(public_id)
    like = request.args.get("like")
    form = RateForm(data=_like(access.rate(product, like) if like else None))
    form.grade.refill(channels.grade_options())
    if form.validate_on_submit():
        made = form.attempt(lambda: _set(product, form))
        if made is not None:
            return go(url_for("products.rates", public_id=public_id), _("Saved."))
    return page(
        "catalogue/act.html",
        form=form,
        product=product,
        title=_("Set a rate of %(name)s", name=product.name),
        hint=_("A rate of the same scope and first day is replaced."),
        back=url_for("products.rates", public_id=public_id),
        submit=_("Save"),
        columns=2,
        http_status=form.status,
    )


def _like(rate: Rate | None) -> dict[str, object]:
    """Return what the form starts with: today, or a rate that is to be changed."""
    if rate is None:
        return {"valid_from": clock.today()}
    return {
        "milestone": rate.milestone,
        "month": rate.month or None,
        "grade": rate.grade.public_id if rate.grade else None,
        "channel": rate.channel.public_id if rate.channel else None,
        "amount": rate.amount,
        "timing": rate.timing,
        "valid_from": rate.valid_from,
        "valid_to": rate.valid_to,
    }


def _set(product: Product, form: RateForm) -> Rate:
    grade, channel = form.grade.data, form.channel.data
    amount, valid_from = form.amount.data, form.valid_from.data
    assert amount is not None
    assert valid_from is not None
    return services.set_rate(
        product,
        milestone=form.milestone.data or "",
        month=form.month.data or 0,
        amount=amount,
        timing=form.timing.data or "",
        grade=channels.find_grade(grade) if grade else None,
        channel=channel_access.channel(channel, reach()) if channel else None,
        valid_from=valid_from,
        valid_to=form.valid_to.data,
        by=signed_in_user(),
    )


@blueprint.post("/<public_id>/rates/<rate_id>/remove")
@requires(Permission.Product.PRICE)
def remove_rate(public_id: str, rate_id: str) -> BaseResponse:
    product = access.product(public_id)
    services.remove_rate(access.rate(product, rate_id), by=signed_in_user())
    return go(url_for("products.rates", public_id=public_id), _("The rate has been removed."))


@blueprint.get("/<public_id>/why")
@requires(Permission.Product.VIEW)
def why(public_id: str) -> Response:
    product = access.product(public_id)
    chosen = request.args.get("channel", "")
    on = _day(request.args.get("on", ""))
    channel = channel_access.channel(chosen, reach()) if chosen else None
    chain = channels.chain(channel) if channel else []
    return page(
        "catalogue/why.html",
        product=product,
        channel=channel,
        on=on,
        channel_kind=CHANNEL.code,
        explanations=queries.explain_rates(product, chain, on),
        milestone_label=milestone_label,
        timing_label=_timing_label,
        sources=SOURCES,
    )


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return clock.today()
