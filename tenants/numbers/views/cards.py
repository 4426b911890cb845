"""Pages of SIM cards."""

from typing import Any

from flask import Response, request, url_for
from sqlalchemy import Select, select
from sqlalchemy.orm import selectinload
from werkzeug.wrappers import Response as BaseResponse

from kit import audit
from kit.db import session
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from kit.security import RealmBlueprint, requires
from kit.web import MOST_IN_BACKGROUND, go, page
from tenants.accounts.dictionary import CARRIER_LABELS, Carrier
from tenants.accounts.exports import offer_export
from tenants.accounts.models import User
from tenants.accounts.permissions import Permission
from tenants.accounts.queries import log_of
from tenants.accounts.realm import OFFICE, reach, signed_in_user
from tenants.accounts.scopes import reach_of
from tenants.accounts.timeline import as_events, describe_export
from tenants.numbers import access, labels, queries, services
from tenants.numbers.dictionary import SCRAP_REASON
from tenants.numbers.forms import AllotCardsForm, AllotForm, CardForm, StockReasonForm
from tenants.numbers.models import CardKind, CardState, SimCard
from tenants.numbers.views.allotting import ALLOT_CARDS, allot_chosen
from tenants.numbers.views.links import import_url, orders_url
from tenants.numbers.views.listing import CARDS, card_tag
from tenants.numbers.views.numbers import allotted, is_answered

blueprint = RealmBlueprint(
    "cards", __name__, realm=OFFICE, url_prefix="/cards", template_folder="../templates"
)
EXPORTED = audit.Event.named("cards:exported", "count", "filters")
describe_export(EXPORTED, _l("SIM cards exported"), CARDS)


def _listed(person: User, _args: Any) -> Select[SimCard]:
    within = queries.reached(reach_of(person, Permission.Number.VIEW), SimCard)
    return (
        select(SimCard)
        .where(within)
        .options(selectinload(SimCard.number), selectinload(SimCard.channel))
    )


SOURCE = offer_export(
    CARDS,
    _l("SIM cards"),
    event=EXPORTED,
    permission=Permission.Number.VIEW,
    statement=_listed,
)


def _rows() -> Select[SimCard]:
    """Return the statement of the list."""
    return SOURCE.statement(signed_in_user(), request.args)


@blueprint.get("/")
@requires(Permission.Number.VIEW)
def index() -> BaseResponse:
    return CARDS.respond(_rows(), session(), "cards/index.html", import_url=import_url("cards"))


@blueprint.get("/usage")
@requires(Permission.Number.VIEW)
def usage() -> Response:
    """Show how many SIM cards there are in each state now (A019)."""
    counts = queries.card_usage(reach())
    return page(
        "cards/usage.html",
        counts=[
            (labels.CARD_STATES[state], count, url_for("cards.index", state=state.value))
            for state, count in counts.items()
        ],
        total=sum(counts.values()),
    )


@blueprint.get("/<public_id>")
@requires(Permission.Number.VIEW)
def show(public_id: str) -> Response:
    card = access.card(public_id, reach())
    return page(
        "cards/show.html",
        card=card,
        state=card_tag(card.state),
        kind=labels.CARD_KINDS[CardKind(card.kind)],
        carriers=CARRIER_LABELS,
        orders_url=orders_url(card.iccid, item_id=card.item_id),
        is_planned=card.state == CardState.PLANNED,
        can_be_scrapped=card.state in {CardState.PLANNED, CardState.IN_STOCK},
        events=as_events(log_of(public_id)),
    )


@blueprint.route("/new", methods=["GET", "POST"])
@requires(Permission.Number.EDIT)
def new() -> BaseResponse:
    form = CardForm()
    if form.validate_on_submit():
        added = form.attempt(lambda: services.add_cards([_typed(form)], by=signed_in_user()))
        if added is not None:
            return go(
                url_for("cards.index"), _("The card %(iccid)s is added.", iccid=form.iccid.data)
            )
    return page(
        "cards/act.html",
        form=form,
        title=_("Add a SIM card"),
        submit=_("Save"),
        back=url_for("cards.index"),
        http_status=form.status,
    )


def _typed(form: CardForm) -> services.NewCard:
    return services.NewCard(
        form.iccid.data,
        kind=CardKind(str(form.kind.data)),
        carrier=Carrier(form.carrier.data) if form.carrier.data else None,
        batch=form.batch.data or "",
        msisdn=form.msisdn.data or "",
        state=CardState(str(form.state.data)),
    )


@blueprint.post("/<public_id>/receive")
@requires(Permission.Number.EDIT)
def receive(public_id: str) -> BaseResponse:
    card = access.card(public_id, reach())
    services.receive_card(card, by=signed_in_user())
    return go(
        url_for("cards.show", public_id=public_id),
        _("The card %(iccid)s is in stock.", iccid=card.iccid),
    )


@blueprint.route("/<public_id>/scrap", methods=["GET", "POST"])
@requires(Permission.Number.EDIT)
def scrap(public_id: str) -> BaseResponse:
    card = access.card(public_id, reach())
    form = StockReasonForm(SCRAP_REASON)
    back = url_for("cards.show", public_id=public_id)
    if form.validate_on_submit():
        form.attempt(lambda: services.scrap_card(card, reason=form.said, by=signed_in_user()))
        if not form.refused:
            return go(back, _("The card %(iccid)s is written off.", iccid=card.iccid))
    return page(
        "cards/act.html",
        form=form,
        title=_("Write off the card %(iccid)s", iccid=card.iccid),
        submit=_("Write off"),
        back=back,
        http_status=form.status,
    )


@blueprint.post("/allot-selected")
@requires(Permission.Number.ALLOT)
def allot_selected() -> BaseResponse:
    """Ask for the channel when the list sends its selection, then allot."""
    form = AllotForm()
    if not is_answered():
        form.ids.take(CARDS.selected(_rows(), session(), request.form, most=MOST_IN_BACKGROUND))
    elif form.validate():
        dealt = allot_chosen(ALLOT_CARDS, form, back=url_for("cards.index"))
        if dealt is not None:
            return dealt
    return page(
        "cards/act.html",
        form=form,
        title=_("Allot %(count)s SIM cards", count=len(form.ids.ids)),
        submit=_("Allot"),
        back=url_for("cards.index"),
        http_status=form.status,
    )


@blueprint.route("/allot", methods=["GET", "POST"])
@requires(Permission.Number.ALLOT)
def allot() -> BaseResponse:
    form = AllotCardsForm()
    if form.validate_on_submit():
        allotment = form.attempt(
            lambda: services.allot_cards(
                channel=access.channel(form.channel.data, reach()),
                among=form.wanted(reach()),
                count=form.count.data,
                by=signed_in_user(),
            )
        )
        if allotment is not None:
            return go(url_for("cards.index"), allotted(allotment.count))
    return page(
        "cards/act.html",
        form=form,
        title=_("Allot SIM cards"),
        submit=_("Allot"),
        back=url_for("cards.index"),
        http_status=form.status,
    )
