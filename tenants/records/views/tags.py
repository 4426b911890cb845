"""Tags: on one record, on many at once, and the list where they are kept."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import Response, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from kit.db import TenantModel, session
from kit.errors import Forbidden, Missing
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from kit.security import requires, signed_in
from kit.web import (
    MOST_IN_BACKGROUND,
    BulkVerb,
    Column,
    Filter,
    Listing,
    RowAction,
    Tag,
    do_with_each,
    find_source,
    go,
    page,
    register_verb,
)
from tenants.accounts.kinds import RecordKind, kind_label, kinds
from tenants.accounts.models import User
from tenants.accounts.permissions import Permission
from tenants.accounts.realm import signed_in_user
from tenants.records import access, queries, services
from tenants.records.forms import BulkTagForm, NewTagForm, TagForm, TagsForm
from tenants.records.labels import COLOURS
from tenants.records.models import RecordTag, TagColour
from tenants.records.views.blueprint import records
from tenants.records.views.blueprint import tag_settings as blueprint


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
    if "submission" not in request.form:
        form.ids.take(_selected(kind))
    elif form.validate():
        return do_with_each(
            TAKE_OFF if form.way.data == "take" else PUT_ON,
            form.ids.ids,
            person=me,
            values={"kind": kind.code, "tag": form.tag.value},
            back=_list_of(kind),
        )
    return page(
        "records/form.html",
        http_status=form.status if "submission" in request.form else 200,
        form=form,
        title=_("Tags for %(count)s records", count=len(form.ids.ids)),
        back=_list_of(kind),
    )


def _selected(kind: RecordKind) -> list[str]:
    """Return what the list of a kind has selected, as the person sees it."""
    source = find_source(_lists(kind))
    if source is None:
        raise Missing(kind.code)
    listed = source.statement(signed_in_user(), request.args)
    return source.listing.selected(listed, session(), request.form, most=MOST_IN_BACKGROUND)


def _lists(kind: RecordKind) -> str:
    """Return the name of a kind's list: that of the blueprint of its page."""
    return kind.endpoint.partition(".")[0]


def _list_of(kind: RecordKind) -> str:
    return url_for(f"{_lists(kind)}.index")


def _verb(code: str, title: object, act: Callable[..., object]) -> BulkVerb:
    return register_verb(
        BulkVerb(
            code=f"tags.{code}",
            title=title,
            # Which right it takes depends on the kind of record: its access function asks.
            permission=None,
            fetch=_fetch,
            act=lambda found, person, values: act(access.tag(values["tag"]), found[1], by=person),
            name=_called,
        )
    )


def _fetch(key: str, person: User, values: Mapping[str, str]) -> tuple[RecordKind, TenantModel]:
    return access.kind(values["kind"]), access.editable(values["kind"], key, person)


def _called(found: tuple[RecordKind, Any]) -> str:
    return found[0].called(found[1])


PUT_ON = _verb("put", _l("Tags put on"), services.put_tag)
TAKE_OFF = _verb("take", _l("Tags taken off"), services.take_tag)
