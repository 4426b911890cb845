"""Pages of numbers."""

from typing import Any

from flask import Response, request, url_for
from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload
from werkzeug.wrappers import Response as BaseResponse

from kit import audit
from kit.db import session
from kit.errors import Refused
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from kit.i18n import ngettext
from kit.security import RealmBlueprint, requires
from kit.web import (
    MOST_IN_BACKGROUND,
    BulkVerb,
    back_url,
    do_with_each,
    go,
    page,
    register_verb,
)
from tenants.accounts.dictionary import CARRIER_LABELS
from tenants.accounts.exports import offer_export
from tenants.accounts.models import User
from tenants.accounts.permissions import Permission
from tenants.accounts.queries import log_of
from tenants.accounts.realm import OFFICE, reach, signed_in_user
from tenants.accounts.scopes import reach_of
from tenants.accounts.timeline import as_events, describe_export
from tenants.numbers import access, queries, services
from tenants.numbers.dictionary import BLOCK_REASON
from tenants.numbers.forms import AllotForm, AllotNumbersForm, StockReasonForm
from tenants.numbers.models import Number, NumberState
from tenants.numbers.msisdn import shown
from tenants.numbers.views.allotting import ALLOT_NUMBERS, allot_chosen
from tenants.numbers.views.links import import_url, orders_url
from tenants.numbers.views.listing import NUMBERS, class_tag, home, number_state, number_tag

blueprint = RealmBlueprint(
    "numbers", __name__, realm=OFFICE, url_prefix="/numbers", template_folder="../templates"
)
EXPORTED = audit.Event.named("numbers:exported", "count", "filters")
describe_export(EXPORTED, _l("Numbers exported"), NUMBERS)


def _listed(person: User, _args: Any) -> Select[Number]:
    within = queries.reached(reach_of(person, Permission.Number.VIEW), Number)
    return select(Number).where(within).options(joinedload(Number.pool), joinedload(Number.channel))


SOURCE = offer_export(
    NUMBERS,
    _l("Numbers"),
    event=EXPORTED,
    permission=Permission.Number.VIEW,
    statement=_listed,
)


def _rows() -> Select[Number]:
    """Return the statement of the list."""
    return SOURCE.statement(signed_in_user(), request.args)


@blueprint.get("/")
@requires(Permission.Number.VIEW)
def index() -> BaseResponse:
    return NUMBERS.respond(
        _rows(), session(), "numbers/index.html", import_url=import_url("numbers")
    )


@blueprint.get("/<public_id>")
@requires(Permission.Number.VIEW)
def show(public_id: str) -> Response:
    number = access.number(public_id, reach())
    state = number_state(number)
    return page(
        "numbers/show.html",
        number=number,
        name=shown(number.msisdn),
        state=number_tag(state),
        is_held=state == NumberState.RESERVED,
        is_blocked=state == NumberState.BLOCKED,
        can_be_blocked=state in {NumberState.AVAILABLE, NumberState.AGING},
        number_class=class_tag(number.number_class),
        home=home(number),
        carriers=CARRIER_LABELS,
        orders_url=orders_url(number.msisdn, item_id=number.item_id),
        events=as_events(log_of(public_id)),
    )


@blueprint.route("/<public_id>/block", methods=["GET", "POST"])
@requires(Permission.Number.EDIT)
def block(public_id: str) -> BaseResponse:
    number = access.number(public_id, reach())
    form = StockReasonForm(BLOCK_REASON)
    back = url_for("numbers.show", public_id=public_id)
    if form.validate_on_submit():
        form.attempt(lambda: services.block_number(number, reason=form.said, by=signed_in_user()))
        if not form.refused:
            return go(back, _("%(number)s is blocked.", number=shown(number.msisdn)))
    return page(
        "numbers/act.html",
        form=form,
        title=_("Block %(number)s", number=shown(number.msisdn)),
        submit=_("Block"),
        back=back,
        http_status=form.status,
    )


@blueprint.post("/<public_id>/unblock")
@requires(Permission.Number.EDIT)
def unblock(public_id: str) -> BaseResponse:
    number = access.number(public_id, reach())
    services.unblock_number(number, by=signed_in_user())
    return go(
        url_for("numbers.show", public_id=public_id),
        _("%(number)s is available again.", number=shown(number.msisdn)),
    )


@blueprint.post("/<public_id>/release")
@requires(Permission.Number.EDIT)
def release(public_id: str) -> BaseResponse:
    number = access.number(public_id, reach())
    if not services.release_hold(number, owner=None, by=signed_in_user()):
        raise Refused(_("%(number)s is not held.", number=shown(number.msisdn)))
    return go(
        url_for("numbers.show", public_id=public_id),
        _("%(number)s is available again.", number=shown(number.msisdn)),
    )


@blueprint.post("/block-selected")
@requires(Permission.Number.EDIT)
def block_selected() -> BaseResponse:
    """Ask for the reason when the list sends its selection, then block each by itself."""
    form = StockReasonForm(BLOCK_REASON)
    _take_selection(form)
    if is_answered() and form.validate():
        return do_with_each(
            BLOCK,
            form.ids.ids,
            person=signed_in_user(),
            values={"reason": form.said},
            back=url_for("numbers.index"),
        )
    return page(
        "numbers/act.html",
        form=form,
        title=_("Block %(count)s numbers", count=len(form.ids.ids)),
        submit=_("Block"),
        back=url_for("numbers.index"),
        http_status=form.status,
    )


@blueprint.post("/unblock-selected")
@requires(Permission.Number.EDIT)
def unblock_selected() -> BaseResponse:
    return do_with_each(
        UNBLOCK,
        NUMBERS.selected(_rows(), session(), request.form, most=MOST_IN_BACKGROUND),
        person=signed_in_user(),
        back=back_url(url_for("numbers.index")),
    )


@blueprint.post("/allot-selected")
@requires(Permission.Number.ALLOT)
def allot_selected() -> BaseResponse:
    """Ask for the channel when the list sends its selection, then allot what can be."""
    form = AllotForm()
    _take_selection(form)
    if is_answered() and form.validate():
        dealt = allot_chosen(ALLOT_NUMBERS, form, back=url_for("numbers.index"))
        if dealt is not None:
            return dealt
    return page(
        "numbers/act.html",
        form=form,
        title=_("Allot %(count)s numbers", count=len(form.ids.ids)),
        submit=_("Allot"),
        back=url_for("numbers.index"),
        http_status=form.status,
    )


def _take_selection(form: StockReasonForm | AllotForm) -> None:
    if not is_answered():
        form.ids.take(NUMBERS.selected(_rows(), session(), request.form, most=MOST_IN_BACKGROUND))


def _called(number: Number) -> str:
    return shown(number.msisdn)


def _to_edit(public_id: str, person: User, _values: Any) -> Number:
    return access.number(public_id, reach_of(person, Permission.Number.EDIT))


BLOCK = register_verb(
    BulkVerb(
        code="numbers.block",
        title=_l("Block numbers"),
        permission=Permission.Number.EDIT,
        fetch=_to_edit,
        act=lambda number, person, values: services.block_number(
            number, reason=values["reason"], by=person
        ),
        name=_called,
    )
)
UNBLOCK = register_verb(
    BulkVerb(
        code="numbers.unblock",
        title=_l("Unblock numbers"),
        permission=Permission.Number.EDIT,
        fetch=_to_edit,
        act=lambda number, person, _values: services.unblock_number(number, by=person),
        name=_called,
    )
)


@blueprint.route("/allot", methods=["GET", "POST"])
@requires(Permission.Number.ALLOT)
def allot() -> BaseResponse:
    form = AllotNumbersForm(data=request.args.to_dict())
    if form.validate_on_submit():
        allotment = form.attempt(
            lambda: services.allot_numbers(
                channel=access.channel(form.channel.data, reach()),
                among=form.wanted(reach()),
                count=form.count.data,
                by=signed_in_user(),
            )
        )
        if allotment is not None:
            return go(url_for("numbers.index"), allotted(allotment.count))
    return page(
        "numbers/allot.html",
        form=form,
        matching=queries.allottable_count(form.wanted(reach())),
        http_status=form.status,
    )


@blueprint.post("/matching")
@requires(Permission.Number.ALLOT)
def matching() -> Response:
    """Say how many numbers the conditions typed so far would allot."""
    form = AllotNumbersForm()
    return page("numbers/matching.html", matching=queries.allottable_count(form.wanted(reach())))


def is_answered() -> bool:
    """Tell whether a form was filled in, and not just asked for with a selection."""
    return "submission" in request.form


def allotted(count: int) -> str:
    """Return the sentence after an allotment."""
    return str(ngettext("%(num)s has been allotted.", "%(num)s have been allotted.", count))
