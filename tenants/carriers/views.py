"""Pages of carrier accounts."""

from flask import Response, url_for
from flask_login import current_user
from sqlalchemy import select
from werkzeug.wrappers import Response as BaseResponse

from kit import audit
from kit.db import session
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from kit.security import RealmBlueprint, requires
from kit.web import Column, Filter, Listing, RowAction, go, page
from tenants.accounts.dictionary import CARRIER_LABELS, Carrier
from tenants.accounts.exports import offer_export
from tenants.accounts.permissions import Permission
from tenants.accounts.queries import log_of
from tenants.accounts.realm import OFFICE, signed_in_user
from tenants.accounts.timeline import as_events, describe_export
from tenants.carriers import access, services
from tenants.carriers.forms import AccountForm
from tenants.carriers.labels import FIELDS
from tenants.carriers.models import CarrierAccount
from tenants.carriers.result_file import Field

blueprint = RealmBlueprint(
    "carriers", __name__, realm=OFFICE, url_prefix="/carriers", template_folder="templates"
)
blueprints = (blueprint,)

LISTING = Listing(
    "carriers",
    [
        Column("name", _l("Name")),
        Column("carrier", _l("Carrier"), kind="tag", tags=CARRIER_LABELS),
        Column("channel_code", _l("Channel code"), copy=True, text=True),
        Column("is_active", _l("In use"), kind="bool"),
        Column("remark", _l("Remark"), wrap=True),
    ],
    filters=[
        Filter.text("name", _l("Name"), column=CarrierAccount.name, match="contains"),
        Filter.choice(
            "carrier",
            _l("Carrier"),
            [(one.value, label) for one, label in CARRIER_LABELS.items()],
            column=CarrierAccount.carrier,
        ),
    ],
    row_url=lambda account: url_for("carriers.show", public_id=account.public_id),
    actions=[
        RowAction(
            _l("Change"),
            lambda account: url_for("carriers.edit", public_id=account.public_id),
            drawer=True,
            visible=lambda _account: bool(current_user.can(Permission.Order.IMPORT)),
        )
    ],
    empty_title=_l("No carrier accounts yet"),
    empty_hint=_l("An account tells how the files of a carrier are read."),
    empty_icon="building-broadcast-tower",
)


EXPORTED = audit.Event.named("carrier_accounts:exported", "count", "filters")
describe_export(EXPORTED, _l("Carrier accounts exported"), LISTING)
SOURCE = offer_export(
    LISTING,
    _l("Carrier accounts"),
    event=EXPORTED,
    permission=Permission.Order.IMPORT,
    statement=lambda _person, _args: select(CarrierAccount),
)


@blueprint.get("/")
@requires(Permission.Order.IMPORT)
def index() -> BaseResponse:
    return LISTING.respond(select(CarrierAccount), session(), "carriers/index.html")


@blueprint.get("/<public_id>")
@requires(Permission.Order.IMPORT)
def show(public_id: str) -> Response:
    account = access.account(public_id)
    return page(
        "carriers/show.html",
        account=account,
        carrier=CARRIER_LABELS[Carrier(account.carrier)],
        columns=[(FIELDS[field], account.columns.get(field.value, "")) for field in Field],
        events=as_events(log_of(public_id)),
    )


@blueprint.route("/new", methods=["GET", "POST"])
@requires(Permission.Order.IMPORT)
def new() -> BaseResponse:
    form = AccountForm()
    if form.validate_on_submit():
        account = form.attempt(lambda: services.add_account(form.account, by=signed_in_user()))
        if account is not None:
            return go(url_for("carriers.index"), _("“%(name)s” is added.", name=account.name))
    return _form(form, _("Add a carrier account"), url_for("carriers.index"))


@blueprint.route("/<public_id>/edit", methods=["GET", "POST"])
@requires(Permission.Order.IMPORT)
def edit(public_id: str) -> BaseResponse:
    account = access.account(public_id)
    form = AccountForm(obj=account, instead=AccountForm.of_columns(account.columns))
    back = url_for("carriers.show", public_id=public_id)
    if form.validate_on_submit():
        form.attempt(
            lambda: services.edit_account(
                account, form.account, version=form.version.data or 0, by=signed_in_user()
            )
        )
        if not form.refused:
            return go(back, _("Saved."))
    return _form(form, _("Change “%(name)s”", name=account.name), back)


def _form(form: AccountForm, title: str, back: str) -> Response:
    return page("carriers/form.html", form=form, title=title, back=back, http_status=form.status)


@blueprint.post("/<public_id>/delete")
@requires(Permission.Order.IMPORT)
def delete(public_id: str) -> BaseResponse:
    account = access.account(public_id)
    name = account.name
    services.delete_account(account, by=signed_in_user())
    return go(url_for("carriers.index"), _("“%(name)s” is deleted.", name=name))
