"""Plan and billing: what one has, what it costs, buying, changing, invoices."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from flask import Response, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response as BaseResponse

from control.billing.accounts import live_subscription, owed_invoices, standing_now
from control.billing.buyers import COUNTRIES, TAX_ID_KINDS, details_of
from control.billing.currency import can_choose_currency
from control.billing.fapiao import queries as fapiao
from control.billing.features import FEATURES, Feature
from control.billing.labels import (
    COUNTED,
    DIRECTIONS,
    INVOICE_STATES,
    PROOF_STATES,
    PROVIDERS,
    SUBSCRIPTION_STATES,
    amount_of_limit,
    amount_used,
    intervals,
)
from control.billing.limits import read_limits, with_seats
from control.billing.models import (
    BillingAccount,
    Interval,
    Invoice,
    InvoiceState,
    Provider,
    Subscription,
    SubscriptionState,
)
from control.billing.online.taxes import rates_now
from control.billing.plans import find_plan_called, price_of, sold_currencies
from control.billing.schedule import schedule_now
from control.billing.standing import kept_until
from control.billing.transfer import buying, ledger
from control.billing.transfer.drawing import bill_to, has_waiting_proof
from control.billing.transfer.queries import credit_notes_of, movements_of, proofs_of
from control.billing.transfer.terms import terms_now
from control.workspaces.directory import directory
from control.workspaces.models import WorkspaceState
from kit import clock, tenancy
from kit.db import control_session
from kit.i18n import current_locale
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from kit.payments import has_stripe
from kit.security import RealmBlueprint, for_payers, requires
from kit.web import Column, Listing, StatusTabs, go, page
from kit.web.filters import money
from tenants.accounts.permissions import Permission
from tenants.accounts.realm import OFFICE, current_session, signed_in_user
from tenants.accounts.wording import Detail, describe
from tenants.billing import access, events, services
from tenants.billing.forms import TRANSFER, GiveUpForm, PlanForm
from tenants.billing.usage import meters

blueprint = RealmBlueprint(
    "billing", __name__, realm=OFFICE, url_prefix="/settings/billing", template_folder="templates"
)
blueprints = (blueprint,)
SHOWN_FOR = timedelta(minutes=50)


def _plan_called(code: str) -> str:
    found = find_plan_called(code)
    return found.name(current_locale()) if found else code


describe(
    {
        events.CHECKOUT.name: _l("Went to buy a plan"),
        events.PORTAL.name: _l("Opened the payment portal"),
        events.CHANGED.name: _l("Changed the plan or its seats"),
        events.GIVEN_UP.name: _l("Gave the plan up"),
        events.KEPT.name: _l("Kept the plan after all"),
        events.ORDERED.name: _l("Ordered a plan by transfer"),
        events.WITHDRAWN.name: _l("Withdrew an order by transfer"),
        events.PROOF.name: _l("Handed in a proof of transfer"),
        events.CURRENCY.name: _l("Chose another currency to pay in"),
        events.PROOF_BACK.name: _l("Took a proof of transfer back"),
        events.MENDED.name: _l("Mended a meter of the plan"),
    },
    details={
        "invoice": Detail(_l("Invoice")),
        "amount": Detail(_l("Amount"), show=money),
        "plan": Detail(_l("Plan"), show=_plan_called),
        "extra_seats": Detail(_l("Further seats")),
        "counted": Detail(_l("What is counted")),
        "before": Detail(_l("Before")),
        "after": Detail(_l("After")),
    },
)

INVOICES = Listing(
    "billing-invoices",
    [
        Column("number", _l("Invoice no."), copy=True, text=True),
        Column("state", _l("State"), kind="tag", tags=INVOICE_STATES),
        Column("total_amount", _l("Amount"), kind="money", currency=lambda row: row.currency),
        Column(
            "remaining_amount", _l("Still to pay"), kind="money", currency=lambda row: row.currency
        ),
        Column("issued_at", _l("Issued"), kind="datetime", sort=Invoice.id),
        Column("due_at", _l("Due"), kind="datetime"),
        Column("paid_at", _l("Paid"), kind="datetime"),
    ],
    tabs=StatusTabs(
        [(state.value, INVOICE_STATES[state].label) for state in InvoiceState],
        column=Invoice.state,
        name="state",
    ),
    row_url=lambda row: url_for("billing.invoice", public_id=row.public_id),
    empty_title=_l("No invoice yet"),
    empty_hint=_l("Invoices stand here from the first payment on."),
    empty_icon="receipt",
)


@blueprint.get("/")
@for_payers
@requires(Permission.Billing.VIEW)
def show() -> Response:
    account = services.own_account()
    bought = live_subscription(account)
    owed = owed_invoices(account)
    version = account.plan_version
    extra = bought.extra_seats if bought else 0
    price = price_of(
        version,
        bought.currency if bought else account.currency,
        Interval(bought.interval) if bought else Interval.MONTH,
    )
    # What Checkout did is known here a moment later: the page asks again by itself.
    awaits = request.args.get("checkout") == "done" and bought is None
    if request.args.get("checkout") == "done" and not awaits:
        directory.forget()
    return page(
        "billing/show.html",
        account=account,
        workspace=account.workspace,
        bought=bought,
        state=SUBSCRIPTION_STATES[SubscriptionState(bought.state)] if bought else None,
        plan=version.plan.name(current_locale()),
        price=price,
        intervals=intervals(),
        extra_seats=extra,
        owed=owed,
        owed_sums=_sums(owed),
        is_tried_again=any(one.next_attempt_at for one in owed),
        kept_until=kept_until(standing_now(account), schedule_now()),
        meters=meters(with_seats(read_limits(version.limits), extra)),
        counted=COUNTED,
        amount_of_limit=amount_of_limit,
        amount_used=amount_used,
        features=[FEATURES[Feature(code)] for code in version.features],
        is_closing=account.workspace.state == WorkspaceState.CLOSING,
        is_trial=account.workspace.state == WorkspaceState.TRIAL and bought is None,
        has_stripe=has_stripe(),
        buyer=details_of(account),
        countries=COUNTRIES,
        tax_id_kinds=TAX_ID_KINDS,
        rate=rates_now().get(bought.currency if bought else account.currency),
        by_transfer=bought is not None and bought.provider == Provider.TRANSFER,
        provider=PROVIDERS[Provider(bought.provider)] if bought else "",
        transfers=ledger.open_invoices(account),
        coming=_coming(bought),
        other_currencies=len(sold_currencies()) > 1 and can_choose_currency(account),
        awaits=awaits,
        was_left=request.args.get("checkout") == "left",
    )


def _coming(bought: Subscription | None) -> str:
    """Return what a plan becomes with its next period; empty when it stays as it is."""
    if bought is None or bought.next_price is None:
        return ""
    name = bought.next_price.plan_version.plan.name(current_locale())
    seats = bought.next_extra_seats or 0
    words = f"{name} {intervals()[Interval(bought.next_price.interval)]}"
    return f"{words} · {_('Further seats')} {seats}" if seats else words


def _sums(owed: Sequence[Invoice]) -> list[str]:
    """Return how much is owed, in each currency."""
    sums: dict[str, int] = {}
    for one in owed:
        sums[one.currency] = sums.get(one.currency, 0) + one.remaining_amount
    return [money(amount, currency) for currency, amount in sums.items()]


def _leave(url: str) -> Response:
    """Lead to a page of Stripe's.

    A redirect would be part of sending our form, which may go to no other host (`form-action`).
    """
    response = page("billing/leaving.html", layout="kit/bare.html", url=url)
    response.headers["Refresh"] = f"0; url={url}"
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _here() -> str:
    return url_for("billing.show", _external=True)


@blueprint.route("/plan", methods=["GET", "POST"])
@for_payers
@requires(Permission.Billing.MANAGE)
def plan() -> BaseResponse:
    """Choose a plan: bought on Stripe's page or by an invoice, later changed after a preview."""
    account = services.own_account()
    offer = buying.open_offer(account)
    if offer is not None:
        return go(
            url_for("billing.invoice", public_id=offer.public_id),
            _("This order is open. Pay it, or withdraw it to choose something else."),
            level="info",
        )
    bought = live_subscription(account)
    form = PlanForm(
        bought.currency if bought else account.currency,
        both_ways=_has_both_ways(bought),
        has=bought.plan_version if bought else None,
        with_code=_is_bought_anew(bought) and (_has_both_ways(bought) or not has_stripe()),
    )
    by_transfer = _by_transfer(form, bought)
    if request.method == "GET" and bought is not None:
        _fill(form, account)
    preview: Any = None
    if form.validate_on_submit():
        chosen = access.price(form.price.value)
        seats = form.extra_seats.data or 0
        if _is_bought_anew(bought) and not by_transfer:
            url = form.attempt(
                lambda: services.begin_checkout(
                    chosen,
                    extra_seats=seats,
                    submission=str(form.submission.data),
                    back_url=_here(),
                    code=_code(form),
                    by=signed_in_user(),
                )
            )
            if url:
                return _leave(url)
        elif moment := _moment(form):
            invoice = form.attempt(lambda: _agree(form, bought, moment))
            if not form.refused:
                directory.forget()
                if invoice is not None:
                    return go(
                        url_for("billing.invoice", public_id=invoice.public_id), _agreed(invoice)
                    )
                return go(url_for("billing.show"), _changed())
        elif _is_bought_anew(bought):
            preview = form.attempt(
                lambda: services.quote_purchase(chosen, extra_seats=seats, code=_code(form))
            )
        else:
            preview = form.attempt(lambda: services.preview_change(chosen, extra_seats=seats))
    account = services.own_account()
    bought = live_subscription(account)
    return page(
        "billing/plan.html",
        form=form,
        bought=bought,
        is_new=_is_bought_anew(bought),
        preview=preview,
        by_transfer=by_transfer,
        both_ways="way" in form,
        way=TRANSFER if by_transfer else "",
        code=_code(form),
        bill_to=bill_to(account),
        credit=account.credit_amount,
        currency=account.currency,
        terms=terms_now(),
        http_status=form.status,
    )


def _is_bought_anew(bought: Subscription | None) -> bool:
    """Tell whether a plan is bought: there is none, or the one there is has been given up.

    Then the other way of paying can follow it; the verb says whether this one can.
    """
    return bought is None or bought.cancels_at is not None


def _has_both_ways(bought: Subscription | None) -> bool:
    return has_stripe() and terms_now().is_complete and _is_bought_anew(bought)


def _by_transfer(form: PlanForm, bought: Subscription | None) -> bool:
    if not _is_bought_anew(bought):
        assert bought is not None
        return bought.provider == Provider.TRANSFER
    if "way" in form:
        return bool(form.way.data == TRANSFER)
    return not has_stripe()


def _agree(form: PlanForm, bought: Subscription | None, moment: datetime) -> Invoice | None:
    """Do what was shown for a moment; return the invoice where one is drawn."""
    chosen, seats = access.price(form.price.value), form.extra_seats.data or 0
    if _is_bought_anew(bought):
        return services.order_by_transfer(
            chosen, extra_seats=seats, moment=moment, code=_code(form), by=signed_in_user()
        )
    return services.change_plan(
        chosen,
        extra_seats=seats,
        moment=moment,
        submission=str(form.submission.data),
        by=signed_in_user(),
    )


def _code(form: PlanForm) -> str:
    """Return the promotion code that was typed, if one is asked for."""
    return (form.code.data or "").strip() if "code" in form else ""


def _agreed(invoice: Invoice) -> str:
    if not invoice.total_amount:
        return str(_("Nothing is to be paid: the plan has begun."))
    if invoice.state == InvoiceState.PAID:
        return str(_("Paid from your credit. The plan is changed."))
    return str(_("Ordered. It begins when the invoice is paid."))


def _changed() -> str:
    bought = live_subscription(services.own_account())
    if bought is not None and bought.next_price_id is not None:
        return str(_("It is changed with the next period."))
    return str(_("The plan is changed."))


def _fill(form: PlanForm, account: BillingAccount) -> None:
    bought = live_subscription(account)
    assert bought is not None
    price = price_of(account.plan_version, bought.currency, Interval(bought.interval))
    form.price.data = price.public_id if price else None
    form.extra_seats.data = bought.extra_seats


def _moment(form: PlanForm) -> datetime | None:
    """Return the moment of the preview that was agreed to; None when there was none."""
    if "agreed" not in request.form:
        return None
    try:
        moment = datetime.fromisoformat(form.moment.data or "")
    except ValueError:
        return None
    # For another day it would cost something else: what is old is shown anew.
    if moment.tzinfo is None or abs(clock.now() - moment) > SHOWN_FOR:
        return None
    return moment


@blueprint.post("/portal")
@for_payers
@requires(Permission.Billing.MANAGE)
def portal() -> BaseResponse:
    return _leave(services.open_portal(back_url=_here(), by=signed_in_user()))


@blueprint.route("/give-up", methods=["GET", "POST"])
@for_payers
@requires(Permission.Billing.MANAGE)
def give_up() -> BaseResponse:
    form = GiveUpForm()
    if form.validate_on_submit():
        form.attempt(
            lambda: services.give_up_plan(
                current_session(),
                password=form.password.data,
                reason=form.reason.data,
                by=signed_in_user(),
            )
        )
        if not form.refused:
            return go(url_for("billing.show"), _("The plan ends with the period that is paid."))
    return page(
        "billing/give_up.html",
        form=form,
        bought=live_subscription(services.own_account()),
        kept_days=schedule_now().suspend_days + schedule_now().keep_days,
        http_status=form.status,
    )


@blueprint.post("/keep")
@for_payers
@requires(Permission.Billing.MANAGE)
def keep() -> BaseResponse:
    services.keep_plan(by=signed_in_user())
    return go(url_for("billing.show"), _("The plan goes on."))


@blueprint.get("/invoices/")
@for_payers
@requires(Permission.Billing.VIEW)
def invoices() -> BaseResponse:
    account = services.own_account()
    return INVOICES.respond(
        select(Invoice).where(
            Invoice.account_id == account.id, Invoice.state != InvoiceState.DRAFT
        ),
        control_session(),
        "billing/invoices.html",
    )


@blueprint.get("/invoices/<public_id>")
@for_payers
@requires(Permission.Billing.VIEW)
def invoice(public_id: str) -> BaseResponse:
    found = access.invoice(services.own_account(), public_id)
    return page(
        "billing/invoice.html",
        invoice=found,
        fapiao=fapiao.holding(found),
        may_ask_fapiao=fapiao.is_askable(found),
        state=INVOICE_STATES[InvoiceState(found.state)],
        workspace=tenancy.current(),
        by_transfer=found.provider == Provider.TRANSFER,
        is_open=found.state in ledger.OPEN,
        terms=terms_now(),
        proofs=proofs_of(found),
        waits=has_waiting_proof(found),
        proof_states=PROOF_STATES,
        movements=movements_of(found),
        credit_notes=credit_notes_of(found),
        directions=DIRECTIONS,
        locale=current_locale(),
    )
