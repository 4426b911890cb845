"""What any page composes: the tabs and tags of a record, and the filter of a list by tag.

In a template: `{{ record_tags("customer", customer.public_id) }}` from `records/_tags.html`.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from flask import g, url_for
from sqlalchemy import Select

from kit.db import TenantModel
from kit.file_kinds import accepted
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from kit.web import BulkAction, Filter
from tenants.accounts.kinds import RecordKind
from tenants.accounts.panes import Pane, offer_panes
from tenants.accounts.realm import signed_in_user
from tenants.records import access, queries
from tenants.records.kinds import DOCUMENT
from tenants.records.models import RecordTag
from tenants.records.services import LARGEST
from tenants.records.views.blueprint import records


@offer_panes(50)
def _panes(kind: RecordKind, row: TenantModel) -> Iterable[Pane]:
    if not kind.carries:
        return
    place: dict[str, Any] = {"record_kind": kind.code, "public_id": row.public_id}
    counts = queries.counts_of(kind.code, row.public_id)
    # A document is a file itself.
    if kind is not DOCUMENT:
        yield Pane(
            key="attachments",
            label=_("Attachments"),
            count=counts.attachments or None,
            url=url_for("records.attachments", **place),
        )
    yield Pane(
        key="comments",
        label=_("Comments"),
        count=counts.comments or None,
        url=url_for("records.comments", **place),
    )


@records.app_template_global()
def tags_on(public_id: str) -> Sequence[RecordTag]:
    """Return the tags on a record."""
    return queries.tags_of(public_id)


@records.app_template_global()
def may_edit_record(code: str) -> bool:
    """Tell whether the person of this request may tag and attach to records of a kind at all."""
    return signed_in_user().can(access.kind(code).edit)


@records.app_template_global()
def file_limits() -> dict[str, Any]:
    """Return what the upload box says to the browser of the files that are taken."""
    return {"accept": accepted(), "megabytes": LARGEST >> 20}


def tag_filter(code: str, column: Any, **more: Any) -> Filter:
    """Return a list's filter by the tags of a kind; `column` holds the records' public ids."""

    def narrow(statement: Select[Any], chosen: list[str]) -> Select[Any]:
        return statement.where(queries.tagged_with(column, code, chosen))

    def options() -> list[tuple[str, str]]:
        # Asked when the filter is read and again when the form is drawn.
        known: dict[str, list[tuple[str, str]]] = g.setdefault("tag_options", {})
        if code not in known:
            known[code] = queries.tag_options(code)
        return known[code]

    return Filter.choice("tag", _l("Tag"), options, multiple=True, apply=narrow, **more)


def tag_actions(code: str) -> list[BulkAction]:
    """Return the bulk action of a list that puts tags on what is selected, for who may."""
    if not may_edit_record(code):
        return []
    return [
        BulkAction(
            _l("Tags"), lambda: url_for("records.tag_selected", record_kind=code), icon="tags"
        )
    ]
