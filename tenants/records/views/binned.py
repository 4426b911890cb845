"""The recycle bin of all kinds of records: look, restore, destroy."""

from typing import Any

from flask import request, url_for
from werkzeug.wrappers import Response as BaseResponse

from kit.db import TenantModel, session
from kit.errors import Missing
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from kit.security import requires, signed_in
from kit.web import (
    MOST_IN_BACKGROUND,
    BulkAction,
    BulkVerb,
    Column,
    Filter,
    Listing,
    RowAction,
    back_url,
    do_with_each,
    go,
    page,
    register_verb,
)
from tenants.accounts.models import User
from tenants.accounts.permissions import Permission
from tenants.accounts.realm import ask_proof, signed_in_user
from tenants.accounts.services import record_export
from tenants.accounts.timeline import describe_export
from tenants.records import access, events, queries, services
from tenants.records.bins import Bin, bin_label, every_bin
from tenants.records.forms import BinRuleForm
from tenants.records.views.blueprint import bin_ as blueprint


def _kinds() -> list[tuple[str, object]]:
    return [(one.code, one.label) for one in every_bin() if signed_in_user().can(one.permission)]


def _address(endpoint: str) -> Any:
    return lambda row: url_for(endpoint, record_kind=row.record_kind, public_id=row.public_id)


def _bulk() -> list[BulkAction]:
    actions = [
        BulkAction(_l("Restore"), lambda: url_for("recycle_bin.restore_selected"), icon="restore")
    ]
    if signed_in_user().can(Permission.Bin.PURGE):
        actions.append(
            BulkAction(
                _l("Destroy"),
                lambda: url_for("recycle_bin.purge_selected"),
                icon="trash-x",
                confirm=_l("Destroy all that is selected? Nobody can bring it back."),
                danger=True,
            )
        )
    return actions


def _fetch(key: str, person: User, _values: Any = None) -> tuple[Bin, TenantModel, str]:
    """Return something in the bin by its public id alone, with what it is called there."""
    found = queries.find_binned(key, person)
    if found is None:
        raise Missing(key)
    one, row = access.binned(found.record_kind, key, person)
    return one, row, str(found.name)


RESTORE = register_verb(
    BulkVerb(
        code="recycle_bin.restore",
        title=_l("Restore from the recycle bin"),
        # Which right it takes depends on the kind: its bin asks.
        permission=None,
        fetch=_fetch,
        act=lambda found, person, _values: services.restore(found[0], found[1], by=person),
        name=lambda found: found[2],
    )
)
PURGE = register_verb(
    BulkVerb(
        code="recycle_bin.purge",
        title=_l("Destroy what is in the recycle bin"),
        permission=Permission.Bin.PURGE,
        fetch=_fetch,
        act=lambda found, person, _values: services.purge(found[0], found[1], by=person),
        name=lambda found: found[2],
    )
)

LISTING = Listing(
    name="recycle-bin",
    columns=[
        Column("name", _l("What was deleted"), width="lg"),
        Column("record_kind", _l("Kind of record"), value=lambda row: bin_label(row.record_kind)),
        Column("deleted_at", _l("Deleted at"), kind="datetime", sort="deleted_at"),
        Column("deleted_by", _l("Deleted by")),
    ],
    filters=[
        Filter.text("name", _l("What was deleted"), match="contains"),
        Filter.choice(
            "kind",
            _l("Kind of record"),
            _kinds,
            apply=lambda statement, value: statement.where(
                statement.selected_columns["record_kind"] == value
            ),
        ),
        Filter.date_range("deleted_at", _l("Deleted at")),
    ],
    default_sort="-deleted_at",
    actions=[
        RowAction(_l("Restore"), _address("recycle_bin.restore"), post=True),
        RowAction(
            _l("Destroy"),
            _address("recycle_bin.purge"),
            post=True,
            danger=True,
            visible=lambda _row: signed_in_user().can(Permission.Bin.PURGE),
            confirm=lambda row: _("Destroy %(name)s? Nobody can bring it back.", name=row.name),
        ),
    ],
    bulk=_bulk,
    empty_title=_l("The recycle bin is empty"),
    empty_hint=_l("What is deleted stays here until it is restored or destroyed."),
    empty_icon="trash",
)
describe_export(events.BIN_EXPORTED, _l("List of the recycle bin exported"), LISTING)


@blueprint.get("/")
@signed_in
def index() -> BaseResponse:
    """Show what the person may bring back, of every kind that he may restore."""
    access.any_bin(signed_in_user())

    def log(count: int, filters: Any) -> None:
        record_export(events.BIN_EXPORTED, count=count, filters=filters, by=signed_in_user())

    me = signed_in_user()
    return LISTING.respond(
        queries.in_the_bin(me),
        session(),
        "records/bin.html",
        on_export=log,
        rule=queries.bin_rule(),
        may_purge=me.can(Permission.Bin.PURGE),
    )


@blueprint.post("/restore-selected")
@signed_in
def restore_selected() -> BaseResponse:
    access.any_bin(signed_in_user())
    return _with_selected(RESTORE)


@blueprint.post("/purge-selected")
@requires(Permission.Bin.PURGE)
def purge_selected() -> BaseResponse:
    if ask := ask_proof(back=url_for("recycle_bin.index")):
        return ask
    return _with_selected(PURGE)


def _with_selected(verb: BulkVerb) -> BaseResponse:
    me = signed_in_user()
    keys = LISTING.selected(
        queries.in_the_bin(me), session(), request.form, most=MOST_IN_BACKGROUND
    )
    return do_with_each(verb, keys, person=me, back=back_url(url_for("recycle_bin.index")))


@blueprint.post("/<record_kind>/<public_id>/restore")
@signed_in
def restore(record_kind: str, public_id: str) -> BaseResponse:
    me = signed_in_user()
    one, row = access.binned(record_kind, public_id, me)
    services.restore(one, row, by=me)
    return go(url_for("recycle_bin.index"), _("It has been restored."))


@blueprint.post("/<record_kind>/<public_id>/purge")
@requires(Permission.Bin.PURGE)
def purge(record_kind: str, public_id: str) -> BaseResponse:
    me = signed_in_user()
    one, row = access.binned(record_kind, public_id, me)
    here = url_for("recycle_bin.index")
    if ask := ask_proof(back=here):
        return ask
    services.purge(one, row, by=me)
    return go(here, _("It has been destroyed."))


@blueprint.route("/rule", methods=["GET", "POST"])
@requires(Permission.Bin.PURGE)
def rule() -> BaseResponse:
    here = url_for("recycle_bin.rule")
    if ask := ask_proof(back=here):
        return ask
    form = BinRuleForm(obj=queries.bin_rule())
    back = url_for("recycle_bin.index")
    if form.validate_on_submit():
        form.attempt(
            lambda: services.set_bin_rule(
                days=form.days.data or 0, version=form.version.data or 0, by=signed_in_user()
            )
        )
        if not form.refused:
            return go(back, _("Saved."))
    return page(
        "records/form.html",
        http_status=form.status,
        form=form,
        title=_("How long the recycle bin keeps things"),
        back=back,
    )
