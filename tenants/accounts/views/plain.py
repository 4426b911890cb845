"""The pages of plain records: list, page, form and deletion, on a blueprint of their module."""

from collections.abc import Callable
from dataclasses import replace
from enum import StrEnum
from typing import Any

from flask import Response, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as BaseResponse

from kit import audit
from kit.db import session
from kit.forms import Form
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from kit.security import RealmBlueprint, requires
from kit.web import Listing, RowAction, go, page
from tenants.accounts.exports import offer_export
from tenants.accounts.kinds import RecordKind
from tenants.accounts.plain import Plain
from tenants.accounts.queries import log_of
from tenants.accounts.realm import signed_in_user
from tenants.accounts.timeline import as_events, describe_export


class PlainPages:
    """Pages of a kind of plain record; the record's page is a template of the module's own.

    Rows of the list open, can be changed, and leave as a file.
    """

    def __init__(
        self,
        blueprint: RealmBlueprint,
        plain: Plain[Any],
        kind: RecordKind,
        *,
        form: type[Form],
        listing: Listing,
    ) -> None:
        self.name, self.plain, self.kind, self.form = blueprint.name, plain, kind, form
        view, edit = kind.view, kind.edit
        change = RowAction(
            _l("Change"),
            lambda row: self.url("edit", row),
            drawer=True,
            visible=lambda _row: bool(current_user.can(edit)),
        )
        self.listing = replace(
            listing,
            row_url=lambda row: self.url("show", row),
            actions=(change, *listing.actions),
        )
        self._offer_export(view)
        both = ["GET", "POST"]
        for rule, endpoint, answer, permission, methods in (
            ("/", "index", self._index, view, ["GET"]),
            ("/<public_id>", "show", self._show, view, ["GET"]),
            ("/new", "new", self._new, edit, both),
            ("/<public_id>/edit", "edit", self._edit, edit, both),
            ("/<public_id>/delete", "delete", self._delete, edit, ["POST"]),
        ):
            guarded = requires(permission)(_apart(answer))
            blueprint.add_url_rule(rule, endpoint, guarded, methods=methods)

    def url(self, endpoint: str, row: Any) -> str:
        """Return the address of a record's page."""
        return url_for(f"{self.name}.{endpoint}", public_id=row.public_id)

    def _offer_export(self, view: StrEnum) -> None:
        event = audit.Event.named(f"{self.name}:exported", "count", "filters")
        describe_export(event, _l("Exported: %(what)s", what=self.kind.label), self.listing)
        offer_export(
            self.listing,
            self.kind.label,
            event=event,
            permission=view,
            statement=lambda _person, _args: self.plain.all(),
        )

    def _index(self) -> BaseResponse:
        return self.listing.respond(
            self.plain.all(), session(), "accounts/plain_list.html", pages=self
        )

    def _show(self, public_id: str) -> BaseResponse:
        row = self.plain.fetch(public_id)
        events = as_events(log_of(public_id))
        return page(f"{self.name}/show.html", one=row, events=events, pages=self)

    def _new(self) -> BaseResponse:
        form, me = self.form(), signed_in_user()
        if form.validate_on_submit():
            added = form.attempt(lambda: self.plain.add([form.typed()], by=me))
            if added:
                return go(self.url("show", added[0]), _("Saved."))
        title = _("New: %(what)s", what=self.plain.label)
        return self._form(form, title, url_for(f"{self.name}.index"))

    def _edit(self, public_id: str) -> BaseResponse:
        row, me = self.plain.fetch(public_id), signed_in_user()
        form, back = self.form(obj=row), self.url("show", row)
        if form.validate_on_submit():
            version = form.version.data or 0
            form.attempt(lambda: self.plain.edit(row, form.typed(), version=version, by=me))
            if not form.refused:
                return go(back, _("Saved."))
        return self._form(form, _("Change “%(name)s”", name=self.plain.name_of(row)), back)

    def _form(self, form: Form, title: str, back: str) -> Response:
        return page(
            "accounts/plain_form.html",
            form=form,
            title=title,
            back=back,
            pages=self,
            http_status=form.status,
        )

    def _delete(self, public_id: str) -> BaseResponse:
        row = self.plain.fetch(public_id)
        name = self.plain.name_of(row)
        self.plain.delete(row, by=signed_in_user())
        return go(url_for(f"{self.name}.index"), _("“%(name)s” is deleted.", name=name))


def _apart(answer: Callable[..., BaseResponse]) -> Callable[..., BaseResponse]:
    """Return a function of its own: a permission is noted on it, and methods are shared."""

    def view(**arguments: Any) -> BaseResponse:
        return answer(**arguments)

    return view
