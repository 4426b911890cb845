"""Pages of a kind of record that is shielded: its masked fields, and whom it is shared with.

`attach` gives them to a module's blueprint, under the module's own addresses and permissions.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from flask import Response, g, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from kit.errors import Missing
from kit.forms import Form, make_optional
from kit.i18n import gettext as _
from kit.security import RealmBlueprint, requires
from kit.web import go, page
from kit.web.answers import wants_drawer, wants_fragment
from tenants.accounts import access, queries, services
from tenants.accounts.forms import RevealForm, ShareForm
from tenants.accounts.kinds import FIELDS, PHONE, RecordKind
from tenants.accounts.labels import ACCESSES, PURPOSES, SCOPES
from tenants.accounts.models import Purpose, RevealTask, RevealWay, ShareAccess
from tenants.accounts.realm import current_session, reach, signed_in_user
from tenants.accounts.services.reveals import Given


@dataclass(frozen=True, slots=True)
class Masked:
    """A masked field as a page shows it: its text, and the ways to it that the person has.

    `by_tap` when the record is his and the reason for it has been given already.
    """

    label: object
    text: str
    reveal_url: str | None
    call_url: str | None
    by_tap: bool


def masked_fields(kind: RecordKind, row: Any, texts: dict[str, str | None]) -> dict[str, Masked]:
    """Return a record's masked fields for its page."""
    person = signed_in_user()
    may = kind.may(person, kind.shield.reveal, row)
    by_tap = may and _task(kind, row) is not None
    found = {}
    for field, text in texts.items():
        offers = may and bool(text)
        found[field] = Masked(
            FIELDS[field],
            text or "",
            _url(kind, "reveal", row, field=field) if offers else None,
            _url(kind, "call", row) if offers and field == PHONE else None,
            by_tap,
        )
    return found


def share_url(kind: RecordKind, row: Any) -> str | None:
    """Return the address of a record's shares; None for whoever may not share it."""
    share = kind.shield.share
    may = share is not None and kind.may(signed_in_user(), share, row)
    return _url(kind, "shares", row) if may else None


def _url(kind: RecordKind, view: str, row: Any, **values: Any) -> str:
    module = kind.endpoint.partition(".")[0]
    return url_for(f"{module}.{view}", public_id=row.public_id, **values)


def _task(kind: RecordKind, row: Any) -> RevealTask | None:
    """Return the reason that holds for a record of the person's own, or None."""
    if not kind.is_assigned(row, signed_in_user()):
        return None
    return queries.reveal_task(current_session())


def attach(blueprint: RealmBlueprint, kind: RecordKind, texts: Any) -> None:
    """Add the pages of masked fields and shares to a blueprint; `texts(row)` masks its fields."""
    _attach_reveals(blueprint, kind, texts)
    if kind.shield.share is not None:
        _attach_shares(blueprint, kind, kind.shield.share)


def hide_fields(
    form: Form, kind: RecordKind, row: Any, texts: Mapping[str, str | None]
) -> tuple[str, ...]:
    """Show a form's personal fields masked; return those that keep what is there while empty.

    Whoever needs them reveals them, and that is logged.
    """
    for name, attribute in kind.shield.fields.items():
        field = form[attribute]
        if not form.is_submitted():
            field.data = None
        field.render_kw = {**(field.render_kw or {}), "placeholder": texts[name] or ""}
        field.help = _("Leave it empty to keep what is there.")
        make_optional(field)
    return tuple(name for name, attribute in kind.shield.fields.items() if getattr(row, attribute))


def _attach_reveals(blueprint: RealmBlueprint, kind: RecordKind, texts: Any) -> None:
    @blueprint.route("/<public_id>/reveal/<field>", methods=["GET", "POST"])
    @requires(kind.shield.reveal)
    def reveal(public_id: str, field: str) -> BaseResponse:
        row = kind.fetch(public_id, reach())
        if field not in kind.shield.fields:
            raise Missing(field)
        return _ask(kind, row, field, RevealWay.SHOWN)

    @blueprint.route("/<public_id>/call", methods=["GET", "POST"])
    @requires(kind.shield.reveal)
    def call(public_id: str) -> BaseResponse:
        row = kind.fetch(public_id, reach())
        if PHONE not in kind.shield.fields:
            raise Missing(PHONE)
        return _ask(kind, row, PHONE, RevealWay.CALLED)

    @blueprint.get("/<public_id>/masked/<field>")
    @requires(kind.view)
    def masked(public_id: str, field: str) -> Response:
        """Take the place of a revealed value after 30 seconds."""
        row = kind.fetch(public_id, reach())
        if field not in kind.shield.fields:
            raise Missing(field)
        shown = masked_fields(kind, row, texts(row))
        return page("accounts/masked.html", one=shown[field], record=kind.called(row))


def _ask(kind: RecordKind, row: Any, field: str, way: RevealWay) -> BaseResponse:
    """Give a field out for the reason that was typed, or for the one that holds already."""
    context = {
        "record": kind.called(row),
        "label": FIELDS[field],
        "way": way,
        "back": kind.url(row.public_id),
        "crumb": kind.label,
        "is_own": kind.is_assigned(row, signed_in_user()),
    }
    form = RevealForm()
    task = _task(kind, row)
    if task is not None and request.method == "POST" and "purpose" not in request.form:
        why = Given(Purpose(task.purpose), task.reason)
        return _give(kind, row, field, why, context)
    if form.validate_on_submit():
        why = Given(Purpose(form.purpose.value), form.reason.data or "")
        given = form.attempt(lambda: _give(kind, row, field, why, context))
        if given is not None:
            if context["is_own"] and form.remember.data:
                services.begin_task(current_session(), why=why, by=signed_in_user())
            return _uncached(given)
    if not context["is_own"]:
        del form.remember
    if way == RevealWay.CALLED:
        # Without a script the form itself leads to the telephone.
        g.setdefault("kit_form_targets", []).append("tel:")
    return page("accounts/reveal.html", form=form, http_status=form.status, **context)


def _give(
    kind: RecordKind,
    row: Any,
    field: str,
    why: Given,
    context: dict[str, Any],
) -> BaseResponse:
    way = context["way"]
    value = services.reveal(kind, row, field, why=why, way=way, by=signed_in_user())
    if way == RevealWay.CALLED:
        return _uncached(_dial(value))
    is_inline = wants_fragment() and not wants_drawer()
    return _uncached(
        page(
            "accounts/value.html" if is_inline else "accounts/revealed.html",
            value=value,
            hide_url=_url(kind, "masked", row, field=field),
            **context,
        )
    )


def _dial(number: str) -> BaseResponse:
    """Lead the browser to its telephone; the number stands in no page."""
    target = "tel:" + "".join(one for one in number if one.isdigit() or one == "+")
    if wants_fragment():
        return Response(status=204, headers={"HX-Redirect": target})
    return redirect(target, 303)


def _uncached(response: BaseResponse) -> BaseResponse:
    response.headers["Cache-Control"] = "no-store"
    return response


def _attach_shares(blueprint: RealmBlueprint, kind: RecordKind, share: StrEnum) -> None:
    @blueprint.route("/<public_id>/shares", methods=["GET", "POST"])
    @requires(share)
    def shares(public_id: str) -> BaseResponse:
        row = kind.fetch(public_id, reach())
        form = ShareForm()
        form.person.refill(queries.active_user_options())
        form.unit.refill(queries.unit_options())
        if form.validate_on_submit():
            if bool(form.person.data) == bool(form.unit.data):
                form.person.errors = (_("Choose a person or a unit, one of them."),)
            else:
                shared = form.attempt(lambda: _share(kind, row, form))
                if shared is not None:
                    return go(
                        _url(kind, "shares", row),
                        _("Shared with %(name)s.", name=shared.with_name),
                    )
        return _shares_page(kind, row, form)

    @blueprint.post("/<public_id>/shares/<share_id>/revoke")
    @requires(share)
    def revoke_share(public_id: str, share_id: str) -> BaseResponse:
        row = kind.fetch(public_id, reach())
        services.revoke_share(kind, row, share_id, by=signed_in_user())
        return go(_url(kind, "shares", row), _("The share is taken back."))


def _share(kind: RecordKind, row: Any, form: ShareForm) -> Any:
    target = (
        access.user(form.person.data) if form.person.data else access.unit(form.unit.data or "")
    )
    return services.share_record(
        kind,
        row,
        target=target,
        access=ShareAccess(form.access.value),
        ends_on=form.ends_on.data,
        by=signed_in_user(),
    )


def _shares_page(kind: RecordKind, row: Any, form: ShareForm) -> Response:
    asked = request.args.get("person", "")
    person = queries.find_user(asked) if asked else None
    return page(
        "accounts/shares.html",
        form=form,
        record=kind.called(row),
        crumb=kind.label,
        back=kind.url(row.public_id),
        shares=queries.shares_of(kind, row),
        revoke_url=lambda share: _url(kind, "revoke_share", row, share_id=share.public_id),
        here=_url(kind, "shares", row),
        people=queries.active_user_options(),
        asked=person,
        why=queries.why(kind, row, person) if person is not None else None,
        accesses=ACCESSES,
        scopes=SCOPES,
        purposes=PURPOSES,
        http_status=form.status,
    )
