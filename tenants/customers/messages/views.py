"""Messages to customers: what was sent to whom, and what is switched on."""

from typing import Any

from flask import request, url_for
from sqlalchemy import Select
from werkzeug.wrappers import Response as BaseResponse

from kit.db import session
from kit.errors import Missing
from kit.i18n import LANGUAGES
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from kit.personal import mask_email, mask_phone
from kit.security import RealmBlueprint, requires
from kit.web import Column, Filter, Listing, StatusTabs, Tag, go, page
from tenants.accounts.permissions import Permission
from tenants.accounts.realm import OFFICE, reach, signed_in_user
from tenants.accounts.services import record_export
from tenants.accounts.timeline import describe_export
from tenants.customers.messages import events, queries, services
from tenants.customers.messages.forms import SwitchesForm
from tenants.customers.messages.labels import PROBLEMS, STATE_COLOURS, WAYS
from tenants.customers.messages.models import CustomerMessage, MessageWay
from tenants.customers.parameters import QUIET_SINCE, QUIET_UNTIL
from tenants.notices import services as notices
from tenants.notices.customer_kinds import every_kind, find_kind, kind_label
from tenants.notices.kinds import Kind
from tenants.notices.labels import DELIVERY_STATES
from tenants.notices.models import DeliveryState
from tenants.notices.queries import templates
from tenants.notices.views.words import words_page

blueprint = RealmBlueprint(
    "customer_messages",
    __name__,
    realm=OFFICE,
    url_prefix="/customer-messages",
    template_folder="../templates",
)
blueprints = (blueprint,)


def _masked(message: CustomerMessage) -> str | None:
    if message.recipient_cipher is None:
        return None
    mask = mask_phone if message.way == MessageWay.SMS else mask_email
    return mask(message.recipient)


def _state(state: str) -> Tag:
    known = DeliveryState(state)
    return Tag(DELIVERY_STATES[known], STATE_COLOURS[known])


def _to(statement: Select[Any], text: str) -> Select[Any]:
    return statement.where(queries.to_recipient(text))


LISTING = Listing(
    name="customer-messages",
    columns=[
        Column("created_at", _l("When"), kind="datetime", sort=CustomerMessage.id),
        Column("kind", _l("Told of"), kind="tag", tags=kind_label),
        Column("record_name", _l("Order no."), copy=True, text=True),
        Column("customer", _l("Customer"), value="customer.name"),
        Column("way", _l("Way"), kind="tag", tags=WAYS),
        Column("recipient", _l("Sent to"), value=_masked, text=True),
        Column("language", _l("Language"), value=lambda one: LANGUAGES.get(one.language)),
        Column("state", _l("Outcome"), kind="tag", tags=_state),
        Column("problem", _l("Why not"), value=lambda one: PROBLEMS.get(one.problem)),
        Column("due_at", _l("Due"), kind="datetime", hidden=True),
        Column("sent_at", _l("Sent at"), kind="datetime", hidden=True),
    ],
    filters=[
        Filter.text("order", _l("Order no."), column=CustomerMessage.record_name),
        Filter.text("to", _l("Phone or e-mail"), apply=_to, placeholder=_l("The whole of it")),
        Filter.choice(
            "kind",
            _l("Told of"),
            lambda: [(one.code, one.label) for one in every_kind()],
            column=CustomerMessage.kind,
        ),
        Filter.choice("way", _l("Way"), list(WAYS.items()), column=CustomerMessage.way),
        Filter.date_range("when", _l("When"), column=CustomerMessage.created_at),
    ],
    tabs=StatusTabs(list(DELIVERY_STATES.items()), column=CustomerMessage.state),
    row_url=lambda one: url_for("customers.show", public_id=one.customer.public_id),
    empty_title=_l("No message to a customer yet"),
    empty_hint=_l("What customers are told of their orders will stand here, once it is on."),
    empty_icon="message",
)
describe_export(events.EXPORTED, _l("Messages to customers exported"), LISTING)


@blueprint.get("/")
@requires(Permission.Customer.VIEW)
def index() -> BaseResponse:
    me = signed_in_user()

    def log(count: int, filters: Any) -> None:
        record_export(events.EXPORTED, count=count, filters=filters, by=me)

    return LISTING.respond(
        queries.messages(reach(Permission.Customer.VIEW)),
        session(),
        "customer_messages/index.html",
        on_export=log,
        may_switch=me.can(Permission.Notice.EDIT),
    )


@blueprint.route("/switches", methods=["GET", "POST"])
@requires(Permission.Notice.EDIT)
def switches() -> BaseResponse:
    form = SwitchesForm()
    if form.validate_on_submit():
        cells = [one.split("|") for one in request.form.getlist("on")]
        wanted = {(one[0], one[1], one[2]) for one in cells if len(one) == 3}
        form.attempt(lambda: services.switch(wanted, by=signed_in_user()))
        if not form.refused:
            return go(url_for("customer_messages.switches"), _("Saved."))
    return page(
        "customer_messages/switches.html",
        http_status=form.status,
        form=form,
        kinds=every_kind(),
        on=queries.switched_on(),
        ways=WAYS,
        languages=LANGUAGES,
        changed={code for code, _language in templates()},
        quiet_since=QUIET_SINCE.value(),
        quiet_until=QUIET_UNTIL.value(),
        quiet_codes=(QUIET_SINCE.code, QUIET_UNTIL.code),
    )


@blueprint.route("/words/<kind>/<language>", methods=["GET", "POST"])
@requires(Permission.Notice.EDIT)
def words(kind: str, language: str) -> BaseResponse:
    return words_page(
        _kind(kind, language),
        language,
        template="customer_messages/words.html",
        back=url_for("customer_messages.switches"),
    )


@blueprint.post("/words/<kind>/<language>/usual")
@requires(Permission.Notice.EDIT)
def usual_words(kind: str, language: str) -> BaseResponse:
    notices.drop_template(_kind(kind, language), language, by=signed_in_user())
    return go(url_for("customer_messages.switches"), _("The usual words hold again."))


def _kind(code: str, language: str) -> Kind:
    found = find_kind(code)
    if found is None or language not in LANGUAGES:
        raise Missing(code)
    return found
