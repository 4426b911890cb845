"""Pages of pools, with the stock in each."""

from flask import Response, url_for
from werkzeug.wrappers import Response as BaseResponse

from kit.i18n import gettext as _
from kit.security import RealmBlueprint, requires
from kit.web import go, page
from tenants.accounts.dictionary import CARRIER_LABELS, Carrier
from tenants.accounts.permissions import Permission
from tenants.accounts.queries import log_of
from tenants.accounts.realm import OFFICE, reach, signed_in_user
from tenants.accounts.timeline import as_events
from tenants.numbers import access, labels, queries, services
from tenants.numbers.forms import PoolForm
from tenants.numbers.models import Source

blueprint = RealmBlueprint(
    "pools", __name__, realm=OFFICE, url_prefix="/pools", template_folder="../templates"
)


@blueprint.get("/")
@requires(Permission.Number.VIEW)
def index() -> Response:
    return page(
        "pools/index.html",
        stocks=queries.stock_by_pool(reach()),
        states=labels.NUMBER_STATES,
        carriers=CARRIER_LABELS,
    )


@blueprint.get("/<public_id>")
@requires(Permission.Number.VIEW)
def show(public_id: str) -> Response:
    pool = access.pool(public_id)
    return page(
        "pools/show.html",
        pool=pool,
        carrier=CARRIER_LABELS[Carrier(pool.carrier)],
        source=labels.SOURCES[Source(pool.source)],
        events=as_events(log_of(public_id)),
    )


@blueprint.route("/new", methods=["GET", "POST"])
@requires(Permission.Number.EDIT)
def new() -> BaseResponse:
    form = PoolForm()
    if form.validate_on_submit():
        pool = form.attempt(
            lambda: services.add_pool(
                name=form.name.data,
                carrier=Carrier(str(form.carrier.data)),
                source=Source(str(form.source.data)),
                alert_below=form.alert_below.data or 0,
                remark=form.remark.data or "",
                by=signed_in_user(),
            )
        )
        if pool is not None:
            return go(url_for("pools.index"), _("The pool “%(name)s” is added.", name=pool.name))
    return _form(form, _("Add a pool"), url_for("pools.index"))


@blueprint.route("/<public_id>/edit", methods=["GET", "POST"])
@requires(Permission.Number.EDIT)
def edit(public_id: str) -> BaseResponse:
    pool = access.pool(public_id)
    form = PoolForm(obj=pool)
    for field in (form.carrier, form.source):
        field.readonly = True
        field.validators = []
        field.data = getattr(pool, field.short_name)
    back = url_for("pools.show", public_id=public_id)
    if form.validate_on_submit():
        form.attempt(
            lambda: services.edit_pool(
                pool,
                version=form.version.data or 0,
                name=form.name.data,
                alert_below=form.alert_below.data or 0,
                remark=form.remark.data or "",
                by=signed_in_user(),
            )
        )
        if not form.refused:
            return go(back, _("Saved."))
    return _form(form, _("Change the pool “%(name)s”", name=pool.name), back)


def _form(form: PoolForm, title: str, back: str) -> Response:
    return page(
        "pools/act.html",
        form=form,
        title=title,
        submit=_("Save"),
        back=back,
        http_status=form.status,
    )


@blueprint.post("/<public_id>/delete")
@requires(Permission.Number.EDIT)
def delete(public_id: str) -> BaseResponse:
    pool = access.pool(public_id)
    name = pool.name
    services.delete_pool(pool, by=signed_in_user())
    return go(url_for("pools.index"), _("The pool “%(name)s” is deleted.", name=name))
