"""The tab of a record's page that shows its approvals."""

from collections.abc import Iterable

from flask import Response, url_for

from kit.db import TenantModel
from kit.errors import Forbidden, Missing
from kit.i18n import gettext as _
from kit.security import signed_in
from kit.web import page
from tenants.accounts.kinds import RecordKind, find_kind
from tenants.accounts.panes import Pane, offer_panes
from tenants.accounts.realm import signed_in_user
from tenants.accounts.scopes import reach_of
from tenants.approvals import queries
from tenants.approvals.kinds import kinds_of
from tenants.approvals.timeline import tracks_of
from tenants.approvals.views.blueprint import blueprint


@offer_panes(30)
def _pane(kind: RecordKind, row: TenantModel) -> Iterable[Pane]:
    documents = [one.code for one in kinds_of(kind.code)]
    if documents:
        yield Pane(
            key="approvals",
            label=_("Approvals"),
            count=queries.count_approvals(documents, row.public_id) or None,
            url=url_for("approvals.of", record_kind=kind.code, public_id=row.public_id),
        )


@blueprint.get("/of/<record_kind>/<public_id>")
@signed_in
def of(record_kind: str, public_id: str) -> Response:
    """Show who agreed to a record, when and to what, to whoever may see the record."""
    kind, me = find_kind(record_kind), signed_in_user()
    if kind is None:
        raise Missing(record_kind)
    if not me.can(kind.view):
        raise Forbidden(public_id)
    row = kind.fetch(public_id, reach_of(me, kind.view))
    return page(
        "approvals/of_record.html",
        name=kind.called(row),
        tracks=tracks_of(kinds_of(record_kind), public_id),
        back=kind.url(public_id),
    )
