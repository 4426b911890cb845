"""Coupons: list, add, switch off, and how often each was used."""

from flask import Response, url_for
from werkzeug.wrappers import Response as BaseResponse

from control.billing import coupons as verbs
from control.billing import queries
from control.billing.models import Coupon
from control.billing.transfer.redeeming import uses_here
from control.console import access
from control.console.queries import log_of
from control.console.realm import blueprint
from control.console.views.archives import operator
from control.console.views.billing.exporting import noted
from control.console.views.billing.forms import CouponForm
from control.console.views.workspaces import event_of
from kit import clock
from kit.db import control_session
from kit.errors import Refused
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from kit.i18n import ngettext
from kit.payments import has_stripe
from kit.security import signed_in
from kit.web import Column, Filter, Listing, RowAction, StatusTabs, Tag, go, page, toast
from kit.web.filters import money

COUPON_STATES = {
    "on": Tag(_l("Can be used"), "green"),
    "over": Tag(_l("Over"), "gray"),
    "off": Tag(_l("Switched off"), "gray"),
    "here": Tag(_l("Not at Stripe yet"), "orange"),
}


def _less(coupon: Coupon) -> str:
    if coupon.percent is not None:
        return f"{coupon.percent} %"
    return money(coupon.amount or 0, coupon.currency or "CNY")


def _length(coupon: Coupon) -> str:
    if coupon.is_once:
        return str(_("the first invoice"))
    if coupon.months is None:
        return str(_("for ever"))
    return str(ngettext("%(num)s month", "%(num)s months", coupon.months))


def _state(coupon: Coupon) -> str:
    if not coupon.is_active:
        return "off"
    if coupon.ends_at is not None and coupon.ends_at <= clock.now():
        return "over"
    return "on" if coupon.stripe_code_id or not has_stripe() else "here"


COUPONS = Listing(
    "billing_coupons",
    [
        Column("code", _l("Code of the coupon"), copy=True),
        Column("state", _l("State"), value=_state, kind="tag", tags=COUPON_STATES),
        Column("less", _l("Reduction"), value=_less, align="end"),
        Column("months", _l("For how long"), value=_length),
        Column("most_uses", _l("Uses at most"), kind="number"),
        Column("ends_at", _l("Can be used until"), kind="datetime"),
        Column("created_at", _l("Created"), kind="datetime", sort=Coupon.id),
    ],
    filters=[Filter.search(queries.coupons_matching, label=_l("Code of the coupon"))],
    tabs=StatusTabs(
        (("yes", _l("Switched on")), ("no", _l("Switched off"))),
        name="active",
        custom={
            "yes": lambda statement: statement.where(Coupon.is_active),
            "no": lambda statement: statement.where(Coupon.is_active.is_(False)),
        },
    ),
    default_sort="-created_at",
    row_url=lambda row: url_for("console.coupon", public_id=row.public_id),
    actions=[
        RowAction(
            _l("Switch off"),
            lambda row: url_for("console.switch_coupon_off", public_id=row.public_id),
            post=True,
            confirm=lambda row: _("Let nobody use %(code)s any more?", code=row.code),
            visible=lambda row: row.is_active,
        )
    ],
    empty_title=_l("No coupon yet"),
    empty_hint=_l("A coupon lowers what somebody pays who types its code when he buys a plan."),
    empty_icon="discount",
)


@blueprint.get("/billing/coupons")
@signed_in
def coupons() -> BaseResponse:
    return COUPONS.respond(
        queries.coupons(),
        control_session(),
        "console/billing/coupons.html",
        on_export=noted(COUPONS),
    )


@blueprint.route("/billing/coupons/new", methods=["GET", "POST"])
@signed_in
def new_coupon() -> BaseResponse:
    form = CouponForm()
    if form.validate_on_submit():
        made = form.attempt(
            lambda: verbs.add_coupon(
                form.code.data or "",
                percent=form.percent.data,
                amount=form.amount.data,
                currency=form.currency.data,
                months=form.months.data,
                is_once=form.is_once.data,
                is_first_only=form.is_first_only.data,
                most_uses=form.most_uses.data,
                ends_at=form.ends_at.data,
                by=operator(),
            )
        )
        if made is not None:
            return _offered(made.public_id)
    return page("console/billing/new_coupon.html", form=form, http_status=form.status)


def _offered(public_id: str) -> BaseResponse:
    """Have a coupon at Stripe, and say so or why not."""
    url = url_for("console.coupon", public_id=public_id)
    if not has_stripe():
        return go(url, _("Saved. Who pays by transfer can type it."))
    try:
        verbs.offer_at_stripe(access.coupon(public_id), by=operator())
    except Refused as refusal:
        toast(refusal, "warning")
        return go(url, _("It is saved here, but not at Stripe yet."), level="warning")
    return go(url, _("It can be used from now on."))


@blueprint.get("/billing/coupons/<public_id>")
@signed_in
def coupon(public_id: str) -> Response:
    found = access.coupon(public_id)
    return page(
        "console/billing/coupon.html",
        coupon=found,
        state=COUPON_STATES[_state(found)],
        less=_less(found),
        length=_length(found),
        is_first_only=found.is_first_only,
        may_offer=found.is_active and not found.stripe_code_id and has_stripe(),
        log=[event_of(entry) for entry in log_of([found.public_id])],
    )


@blueprint.get("/billing/coupons/<public_id>/uses")
@signed_in
def coupon_uses(public_id: str) -> Response:
    """Answer the page that asks Stripe how often a coupon was used."""
    found = access.coupon(public_id)
    try:
        uses, problem = verbs.uses_of(found), ""
    except Refused as refusal:
        uses, problem = None, str(refusal)
    return page(
        "console/billing/coupon_uses.html",
        uses=uses,
        uses_here=uses_here(access.coupon(public_id)),
        problem=problem,
        code=access.coupon(public_id).code,
    )


@blueprint.post("/billing/coupons/<public_id>/offer")
@signed_in
def offer_coupon(public_id: str) -> BaseResponse:
    return _offered(access.coupon(public_id).public_id)


@blueprint.post("/billing/coupons/<public_id>/off")
@signed_in
def switch_coupon_off(public_id: str) -> BaseResponse:
    verbs.switch_off(access.coupon(public_id), by=operator())
    return go(url_for("console.coupons"), _("Nobody can use it any more."))
