"""Pages of segments."""

from flask import url_for
from sqlalchemy import select
from werkzeug.wrappers import Response as BaseResponse

from kit import audit
from kit.db import session
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from kit.security import RealmBlueprint, requires
from kit.web import done, go, page
from tenants.accounts.dictionary import Carrier
from tenants.accounts.exports import offer_export
from tenants.accounts.permissions import Permission
from tenants.accounts.realm import OFFICE, signed_in_user
from tenants.accounts.timeline import describe_export
from tenants.numbers import access, services
from tenants.numbers.forms import SegmentForm
from tenants.numbers.models import Segment
from tenants.numbers.views.links import import_url
from tenants.numbers.views.listing import SEGMENTS

blueprint = RealmBlueprint(
    "segments", __name__, realm=OFFICE, url_prefix="/segments", template_folder="../templates"
)


EXPORTED = audit.Event.named("segments:exported", "count", "filters")
describe_export(EXPORTED, _l("Segments exported"), SEGMENTS)
SOURCE = offer_export(
    SEGMENTS,
    _l("Segments"),
    event=EXPORTED,
    permission=Permission.Number.VIEW,
    statement=lambda _person, _args: select(Segment),
)


@blueprint.get("/")
@requires(Permission.Number.VIEW)
def index() -> BaseResponse:
    return SEGMENTS.respond(
        select(Segment), session(), "segments/index.html", import_url=import_url("segments")
    )


@blueprint.route("/new", methods=["GET", "POST"])
@requires(Permission.Number.EDIT)
def new() -> BaseResponse:
    form = SegmentForm()
    if form.validate_on_submit():
        segment = form.attempt(
            lambda: services.add_segment(
                prefix=form.prefix.data,
                carrier=Carrier(str(form.carrier.data)),
                province=form.province.data,
                city=form.city.data,
                by=signed_in_user(),
            )
        )
        if segment is not None:
            return go(
                url_for("segments.index"),
                _("The segment %(prefix)s is added.", prefix=segment.prefix),
            )
    return page(
        "segments/act.html",
        form=form,
        title=_("Add a segment"),
        submit=_("Save"),
        back=url_for("segments.index"),
        http_status=form.status,
    )


@blueprint.route("/<public_id>/edit", methods=["GET", "POST"])
@requires(Permission.Number.EDIT)
def edit(public_id: str) -> BaseResponse:
    segment = access.segment(public_id)
    form = SegmentForm(obj=segment)
    form.prefix.readonly = True
    form.prefix.data = segment.prefix
    if form.validate_on_submit():
        form.attempt(
            lambda: services.edit_segment(
                segment,
                carrier=Carrier(str(form.carrier.data)),
                province=form.province.data,
                city=form.city.data,
                by=signed_in_user(),
            )
        )
        if not form.refused:
            return go(url_for("segments.index"), _("Saved."))
    return page(
        "segments/act.html",
        form=form,
        title=_("Change the segment %(prefix)s", prefix=segment.prefix),
        submit=_("Save"),
        back=url_for("segments.index"),
        http_status=form.status,
    )


@blueprint.post("/<public_id>/delete")
@requires(Permission.Number.EDIT)
def delete(public_id: str) -> BaseResponse:
    segment = access.segment(public_id)
    prefix = segment.prefix
    services.delete_segment(segment, by=signed_in_user())
    return done(
        _("The segment %(prefix)s is deleted.", prefix=prefix), url=url_for("segments.index")
    )
