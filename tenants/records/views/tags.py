"""Tags: on one record, on many at once, and the list where they are kept."""

from dataclasses import dataclass

from flask import Response, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from kit.db import TenantModel, session
from kit.errors import Forbidden, Missing, Refused
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from kit.security import requires, signed_in
from kit.web import Column, Filter, Listing, RowAction, Tag, go, page
from tenants.accounts.kinds import RecordKind, kind_label, kinds
from tenants.accounts.permissions import Permission
from tenants.accounts.realm import signed_in_user
from tenants.records import access, queries, services
from tenants.records.forms import BulkTagForm, NewTagForm, TagForm, TagsForm
from tenants.records.labels import COLOURS
from tenants.records.models import RecordTag, TagColour
from tenants.records.views.blueprint import records
from tenants.records.views.blueprint import tag_settings as blueprint

MOST_SELECTED = 200


def _kinds() -> list[tuple[str, object]]:
    return [(one.code, one.label) for one in kinds() if one.carries]


LISTING = Listing(
    name="tags",
    columns=[
        Column(
            "name",
            _l("Tag"),
            value=lambda row: Tag(row.name, row.colour),
            kind="tag",
            sort=RecordTag.sort_key,
            exported="name",
        ),
        Column("record_kind", _l("Kind of record"), value=lambda row: kind_label(row.record_kind)),
        Column(
            "colour", _l("Colour"), value=lambda row: COLOURS[TagColour(row.colour)], hidden=True
        ),
        Column("uses", _l("On how many records"), kind="number"),
    ],
    filters=[
        Filter.text("name", _l("Tag name"), column=RecordTag.name, match="contains"),
        Filter.choice("kind", _l("Kind of record"), _kinds, column=RecordTag.record_kind),
    ],
    default_sort="name",
    row_url=lambda row: url_for("tags.edit", public_id=row.public_id),
    actions=[
        RowAction(
            _l("Remove"),
            lambda row: url_for("tags.remove", public_id=row.public_id),
            post=True,
            danger=True,
            confirm=lambda row: _(
                "Remove the tag %(name)s from %(count)s records?", name=row.name, count=row.uses
            ),
        )
    ],
    exportable=False,
    empty_title=_l("No tags yet"),
    empty_hint=_l("Tags sort customers, orders and documents as you like."),
    empty_icon="tags",
)


@blueprint.get("/")
@requires(Permission.Tag.EDIT)
def index() -> BaseResponse:
    return LISTING.respond(queries.tag_listing(), session(), "records/tags.html")


@blueprint.route("/new", methods=["GET", "POST"])
@requires(Permission.Tag.EDIT)
def new() -> BaseResponse:
    form = NewTagForm(data={"kind": request.args.get("kind")})
    form.kind.refill(_kinds())
    if form.validate_on_submit():
        added = form.attempt(
            lambda: services.add_tag(
                kind=form.kind.value,
                **form.typed("name", "colour"),
                by=signed_in_user(),
            )
        )
        if added is not None:
            return go(url_for("tags.index"), _("%(name)s has been added.", name=added.name))
    return _form(form, _("Add a tag"))


@blueprint.route("/<public_id>", methods=["GET", "POST"])
@requires(Permission.Tag.EDIT)
def edit(public_id: str) -> BaseResponse:
    tag = access.tag(public_id)
    form = TagForm(obj=tag)
    if form.validate_on_submit():
        form.attempt(
            lambda: services.edit_tag(
                tag,
                **form.typed("name", "colour"),
                version=form.version.data or 0,
                by=signed_in_user(),
            )
        )
        if not form.refused:
            return go(url_for("tags.index"), _("Saved."))
    return _form(form, _("Change the tag %(name)s", name=tag.name))


def _form(form: TagForm, title: str) -> Response:
    return page(
        "records/form.html",
        http_status=form.status,
        form=form,
        title=title,
        back=url_for("tags.index"),
    )


@blueprint.post("/<public_id>/remove")
@requires(Permission.Tag.EDIT)
def remove(public_id: str) -> BaseResponse:
    tag = access.tag(public_id)
    services.remove_tag(tag, by=signed_in_user())
    return go(url_for("tags.index"), _("The tag %(name)s has been removed.", name=tag.name))


@records.route("/<record_kind>/<public_id>/tags", methods=["GET", "POST"])
@signed_in
def tags(record_kind: str, public_id: str) -> BaseResponse:
    me = signed_in_user()
    record = access.editable(record_kind, public_id, me)
    kind = access.kind(record_kind)
    form = TagsForm(data={"tags": [one.public_id for one in queries.tags_of(public_id)]})
    form.tags.refill(queries.tag_options(record_kind))
    if form.validate_on_submit():
        form.attempt(lambda: services.set_tags(record_kind, record, form.tags.data or [], by=me))
        if not form.refused:
            return go(kind.url(public_id), _("Saved."))
    return page(
        "records/form.html",
        http_status=form.status,
        form=form,
        title=_("Tags"),
        back=kind.url(public_id),
    )


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one selected record."""

    name: str
    refusal: str = ""


@records.post("/<record_kind>/tag-selected")
@signed_in
def tag_selected(record_kind: str) -> BaseResponse:
    """Ask for the tag when the list sends its selection, then put it on each or take it off."""
    me = signed_in_user()
    kind = access.kind(record_kind)
    if not me.can(kind.edit):
        raise Forbidden(record_kind)
    form = BulkTagForm()
    form.tag.refill(queries.tag_options(record_kind))
    wanted = form.ids.ids[:MOST_SELECTED]
    if "submission" in request.form and form.validate():
        tag = access.tag(form.tag.value)
        results = [_tag_one(kind, key, tag, take=form.way.data == "take") for key in wanted]
        return page("records/tagged.html", results=results, tag=tag, kind=kind)
    return page(
        "records/form.html",
        http_status=form.status if "submission" in request.form else 200,
        form=form,
        title=_("Tags for %(count)s records", count=len(wanted)),
        back=_list_of(kind),
    )


def _list_of(kind: RecordKind) -> str:
    return url_for(f"{kind.endpoint.partition('.')[0]}.index")


def _tag_one(kind: RecordKind, public_id: str, tag: RecordTag, *, take: bool) -> Result:
    me = signed_in_user()
    try:
        record: TenantModel = access.editable(kind.code, public_id, me)
        (services.take_tag if take else services.put_tag)(tag, record, by=me)
    except Missing:
        return Result("–", _("This record is not there any more."))
    except Forbidden:
        return Result("–", _("You may not change this record."))
    except Refused as refusal:
        return Result(_name(kind, public_id), str(refusal))
    return Result(_name(kind, public_id))


def _name(kind: RecordKind, public_id: str) -> str:
    return next((one.name for one in kind.recall([public_id])), public_id)
