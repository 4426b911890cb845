"""The export centre: the dialog behind every list's button, the log, and the files."""

from typing import Any
from urllib.parse import urlencode

from flask import Response, request, url_for
from sqlalchemy import Select, select
from sqlalchemy.orm import selectinload
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as BaseResponse

from kit import jobs
from kit.db import session
from kit.errors import Forbidden, Missing, Refused
from kit.forms import CheckField, ChoiceField, Form, TextField
from kit.i18n import lazy_gettext as _l
from kit.jobs.tables import JobState
from kit.security import RealmBlueprint, signed_in
from kit.web import Column, Filter, Listing, Source, StatusTabs, Tag, go, page
from kit.web.listing.export import find_source, sources, use_centre
from kit.web.stored import send_stored
from tenants.accounts.exports import offer_export
from tenants.accounts.models import User
from tenants.accounts.permissions import Permission
from tenants.accounts.queries import log_of
from tenants.accounts.realm import OFFICE, ask_as, signed_in_user
from tenants.accounts.timeline import as_events, describe_export
from tenants.bulk import events
from tenants.bulk.exporting import asking, writing
from tenants.bulk.exporting.rows import (
    Args,
    categories,
    default_fields,
    is_formula,
    kept_args,
    refuse_stranger,
)
from tenants.bulk.labels import EXPORT_STATES, FORMATS
from tenants.bulk.models import Export, ExportState, FileFormat
from tenants.bulk.views.runs import seconds_left

blueprint = RealmBlueprint(
    "exports", __name__, realm=OFFICE, url_prefix="/exports", template_folder="../templates"
)
_COLOURS = {
    ExportState.WAITING: "gray",
    ExportState.WORKING: "azure",
    ExportState.READY: "green",
    ExportState.FAILED: "red",
    ExportState.EXPIRED: "gray",
}
_MIMES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv",
    "pdf": "application/pdf",
    "zip": "application/zip",
}


def _state(state: str) -> Tag:
    known = ExportState(state)
    return Tag(EXPORT_STATES[known], _COLOURS[known])


def _list(name: str) -> Tag:
    found = find_source(name)
    return Tag(found.label if found else name, "indigo")


LISTING = Listing(
    "exports",
    [
        Column("source", _l("List"), kind="tag", tags=_list),
        Column("state", _l("State"), kind="tag", tags=_state),
        Column("row_count", _l("Rows"), kind="number"),
        Column("file_name", _l("File")),
        Column("is_revealed", _l("Personal data in full"), kind="bool"),
        Column("reason", _l("Reason"), wrap=True),
        Column("user", _l("By"), value="user.name"),
        Column("created_at", _l("Exported at"), kind="datetime"),
        Column("expires_at", _l("Kept until"), kind="datetime"),
    ],
    filters=[
        Filter.choice(
            "source",
            _l("List"),
            lambda: [(name, one.label) for name, one in sources().items()],
            column=Export.source,
        ),
        Filter.date_range("made", _l("Exported at"), column=Export.created_at),
    ],
    tabs=StatusTabs(
        [(one.value, label) for one, label in EXPORT_STATES.items()],
        column=Export.state,
        name="state",
    ),
    row_url=lambda made: url_for("exports.show", public_id=made.public_id),
    empty_title=_l("No exports yet"),
    empty_hint=_l("The button “Export” above every list leads here."),
    empty_icon="file-export",
)


def _listed(person: User, _args: Args) -> Select[Export]:
    """Return the statement of the exports that a person may see: his own, or all."""
    statement = select(Export).options(selectinload(Export.user))
    if person.can(Permission.Export.ALL):
        return statement
    return statement.where(Export.user_id == person.id)


describe_export(events.EXPORTS_EXPORTED, _l("Log of exports exported"), LISTING)
SOURCE = offer_export(
    LISTING,
    _l("Exports"),
    event=events.EXPORTS_EXPORTED,
    permission=None,
    statement=_listed,
)


@blueprint.get("/")
@signed_in
def index() -> BaseResponse:
    statement = _listed(signed_in_user(), request.args)
    return LISTING.respond(statement, session(), "bulk/exports.html")


def _own(public_id: str) -> Export:
    """Return an export of this person, or one that he may see; Missing or Forbidden otherwise."""
    found = asking.find_export(public_id)
    if found is None:
        raise Missing(public_id)
    person = signed_in_user()
    if found.user_id != person.id and not person.can(Permission.Export.ALL):
        raise Forbidden(public_id)
    return found


def _source(name: str) -> Source:
    found = find_source(name)
    if found is None:
        raise Missing(name)
    refuse_stranger(found, signed_in_user(), revealed=False)
    ask_as(found.permission)
    return found


class _ExportForm(Form):
    file_format = ChoiceField(_l("Format"), FORMATS.items(), radio=True, default="xlsx")


def _form(source: Source, chosen: list[str]) -> Any:
    fields: dict[str, Any] = {
        "encoding": ChoiceField(
            _l("Encoding of CSV"),
            [("utf-8", "UTF-8"), ("gb18030", "GB18030")],
            required=False,
            default="utf-8",
        ),
        "category": ChoiceField(
            _l("A sheet for each"),
            [(one.name, one.label) for one in categories(source)],
            required=False,
            empty=_l("One sheet for all"),
            help=_l("Only in Excel files."),
        ),
    }
    if source.reveal is not None and source.full and signed_in_user().can(source.reveal):
        fields["revealed"] = CheckField(
            _l("Personal data in full"), help=_l("It is logged with your name and reason.")
        )
        fields["reason"] = TextField(_l("Reason"), length=200, required=False)
    for place, column in enumerate(source.columns, start=1):
        at = chosen.index(column.name) + 1 if column.name in chosen else len(chosen) + place
        fields[f"{column.name}_in"] = CheckField(column.label, default=column.name in chosen)
        fields[f"{column.name}_at"] = TextField(
            _l("Position"), length=3, required=False, default=str(at)
        )
    made: type[_ExportForm] = type("ExportForm", (_ExportForm,), fields)
    return made(data={"file_format": signed_in_user().file_format})


def _last_fields(source: Source) -> list[str]:
    """Return the fields that this person took of a list last time, else those it shows."""
    last = session().scalar(
        select(Export.fields)
        .where(Export.user_id == signed_in_user().id, Export.source == source.name)
        .order_by(Export.id.desc())
        .limit(1)
    )
    known = {column.name for column in source.columns}
    return [name for name in last or () if name in known] or default_fields(source)


def _chosen(source: Source, form: Any) -> list[str]:
    """Return the ticked fields in the order of their positions."""
    found = []
    for place, column in enumerate(source.columns):
        if form[f"{column.name}_in"].data:
            at = form[f"{column.name}_at"].data or ""
            number = int(at) if at.isascii() and at.isdigit() else 999
            found.append((number, place, column.name))
    return [name for _number, _place, name in sorted(found)]


@blueprint.route("/new/<name>", methods=["GET", "POST"])
@signed_in
def new(name: str) -> BaseResponse:
    source = _source(name)
    form = _form(source, _last_fields(source))
    if form.validate_on_submit():
        made = form.attempt(lambda: _ask(source, form))
        if made is not None:
            return go(url_for("exports.show", public_id=made.public_id))
    return page(
        "bulk/export.html",
        source=source,
        form=form,
        asked=source.listing.asked(request.args),
        columns=[
            (one, form[f"{one.name}_in"], form[f"{one.name}_at"], is_formula(one))
            for one in source.columns
        ],
        here=request.full_path.rstrip("?"),
        http_status=form.status,
    )


def _ask(source: Source, form: Any) -> Export:
    made = asking.ask_for(
        source,
        request.args,
        fields=_chosen(source, form),
        file_format=FileFormat(form.file_format.value),
        category=form["category"].data or "",
        encoding=form["encoding"].data or "utf-8",
        revealed=bool("revealed" in form and form["revealed"].data),
        reason=(form["reason"].data or "") if "reason" in form else "",
        by=signed_in_user(),
    )
    return made if made.job_id else writing.write_file(made)


@blueprint.get("/<public_id>")
@signed_in
def show(public_id: str) -> Response:
    return page("bulk/exported.html", **_context(_own(public_id)))


@blueprint.get("/<public_id>/progress")
@signed_in
def progress(public_id: str) -> Response:
    """Answer the page that asks every two seconds how far the file is."""
    return page("bulk/exporting.html", **_context(_own(public_id)))


def _context(made: Export) -> dict[str, Any]:
    source = find_source(made.source)
    if source is not None:
        ask_as(source.permission)
    status = jobs.find_job(made.job_id) if made.job_id else None
    is_at_work = made.state in {ExportState.WAITING, ExportState.WORKING}
    has_died = is_at_work and (status is None or status.has_ended)
    done, total = (status.done, status.total) if status else (0, 0)
    names = {column.name: column.label for column in source.columns} if source else {}
    person = signed_in_user()
    is_ready = made.state == ExportState.READY and made.user_id == person.id
    return {
        "made": made,
        "label": source.label if source else made.source,
        "state": _state(made.state),
        "format": FORMATS[FileFormat(made.file_format)],
        "asked": source.listing.asked(asking.args_of(made)) if source else "",
        "fields": [names.get(name, name) for name in made.fields],
        "is_at_work": is_at_work and not has_died,
        "has_died": has_died,
        "was_stopped": status is not None and status.state == JobState.CANCELLED,
        "done": done,
        "total": total,
        "percent": min(100, 100 * done // total) if total else 0,
        "seconds_left": seconds_left(made.begun_at, done, total),
        "link": url_for("exports.file", public_id=made.public_id, key=asking.link_key(made))
        if is_ready
        else None,
        "events": as_events(log_of(made.public_id)),
    }


@blueprint.get("/<public_id>/file")
@signed_in
def file(public_id: str) -> BaseResponse:
    """Send a file to whom its link names, while it is kept."""
    made = asking.find_export(public_id)
    if made is None:
        raise Missing(public_id)
    person = signed_in_user()
    if "key" not in request.args:
        return go(url_for("exports.show", public_id=public_id))
    try:
        asking.refuse_link(made, request.args.get("key", ""), person=person)
    except Refused as refusal:
        return page(
            "bulk/exported.html", http_status=410, **_context(made) | {"problem": str(refusal)}
        )
    return _send(made)


def _send(made: Export) -> Response:
    asking.note_fetch(made, by=signed_in_user())
    response = send_stored(
        made.file_key or "",
        mimetype=_MIMES[made.file_name.rpartition(".")[2]],
        as_attachment=True,
        download_name=made.file_name,
        max_age=0,
    )
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _send_at_once(source: Source, args: Args) -> BaseResponse:
    """Export what a list shows with the usual choices: the file, or the page where it will be."""
    made = asking.ask_for(
        source,
        MultiDict(args),
        fields=default_fields(source),
        file_format=FileFormat.XLSX,
        by=signed_in_user(),
    )
    if made.job_id:
        return go(url_for("exports.show", public_id=made.public_id))
    return _send(writing.write_file(made))


def _dialog(source: Source, args: Args) -> str:
    query = urlencode(kept_args(args), doseq=True)
    address = url_for("exports.new", name=source.name)
    return f"{address}?{query}" if query else address


def _note(source: Source, args: Args, count: int) -> None:
    source.log(count, args, signed_in_user())


use_centre(send=_send_at_once, dialog=_dialog, note=_note)
