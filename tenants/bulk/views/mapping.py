"""The first two steps of an import: the file, and what its columns are."""

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

from flask import request, url_for
from werkzeug.wrappers import Response

from kit import files
from kit.db import session
from kit.errors import Missing, Refused
from kit.i18n import gettext as _
from kit.security import signed_in
from kit.web import go, page
from tenants.accounts.realm import signed_in_user
from tenants.bulk import access, headers, layouts, reading, services
from tenants.bulk.forms import mapping_form, upload_form
from tenants.bulk.models import Import
from tenants.bulk.options import TEMPLATE
from tenants.bulk.registry import ImportKind, Mode
from tenants.bulk.views.blueprint import blueprint

_SAMPLES = 3
_PREFIX = "col_"


@blueprint.route("/new/<kind>", methods=["GET", "POST"])
@signed_in
def upload(kind: str) -> Response:
    found = access.kind(kind, signed_in_user())
    templates = layouts.templates_of(found)
    form, options = upload_form(found, templates)
    if form.validate_on_submit():
        chosen = form.typed(*options) if options else {}
        if templates and form["template"].data:
            template = layouts.find_template(found, form["template"].data)
            chosen[TEMPLATE] = template.fields
        started = form.attempt(
            lambda: services.receive_import(
                form.file.data.stream,
                kind=found,
                file_name=form.file.data.filename,
                options=chosen,
                by=signed_in_user(),
            )
        )
        if started is not None:
            return go(url_for("imports.mapping", public_id=started.public_id))
    return page(
        "bulk/upload.html", form=form, kind=found, templates=templates, http_status=form.status
    )


@blueprint.route("/<public_id>/mapping", methods=["GET", "POST"])
@signed_in
def mapping(public_id: str) -> Response:
    brought, found = access.own(public_id, signed_in_user())
    if not services.waits_for_mapping(brought):
        return go(url_for("imports.show", public_id=public_id))
    kind = layouts.shaped(found, brought.options)
    wanted = request.values.get("sheet", "")
    try:
        names, samples, sheets = _beginning(brought, wanted)
    except Refused as refusal:
        return page("bulk/unreadable.html", brought=brought, kind=kind, problem=str(refusal))
    guessed = headers.guess(
        kind, names, brought.options, services.remembered_words(kind, signed_in_user())
    )
    form = mapping_form(kind, names, guessed)
    form.file_sheet.data = wanted
    if form.validate_on_submit():
        form.attempt(lambda: _check(brought, kind, form, names))
        if not form.refused:
            return go(url_for("imports.show", public_id=public_id))
    return page(
        "bulk/mapping.html",
        brought=brought,
        kind=kind,
        form=form,
        columns=[
            (name, [row[place] for row in samples], form[f"{_PREFIX}{place}"])
            for place, name in enumerate(names)
        ],
        sheets=sheets,
        sheet=wanted,
        http_status=form.status,
    )


def _check(brought: Import, kind: ImportKind, form: Any, names: Sequence[str]) -> Import:
    """Hand over what was chosen; Refused names a column that was chosen twice."""
    chosen: dict[str, int] = {}
    for place in range(len(names)):
        key = form[f"{_PREFIX}{place}"].data
        if key and key in chosen:
            label = kind.column(key).label
            raise Refused(
                _("Two columns of the file are taken for “%(name)s”.", name=label),
                field=f"{_PREFIX}{place}",
            )
        if key:
            chosen[key] = place
    return services.check_import(
        brought,
        kind=kind,
        mapping=chosen,
        words=_words(names, chosen),
        mode=Mode(form["mode"].data) if "mode" in form else Mode.CREATE,
        key=(form["key"].data or "") if "key" in form else "",
        sheet=form.file_sheet.data or "",
        by=signed_in_user(),
    )


def _words(names: Sequence[str], chosen: Mapping[str, int]) -> dict[str, str]:
    """Return what is remembered: which header was which column, "" for none."""
    by_place = {place: key for key, place in chosen.items()}
    return {
        headers.plain(name): by_place.get(place, "") for place, name in enumerate(names) if name
    }


def _beginning(brought: Import, sheet: str) -> tuple[list[str], list[list[str]], list[str]]:
    """Return a file's headers, the first rows below them, and the names of its sheets."""
    key = brought.file_key
    # The transaction ends before the file is fetched from wherever it lies.
    session().rollback()
    try:
        with files.local(key) as path:
            opened = reading.open_sheet(path, sheet)
            names = list(opened.header)
            samples = [
                [cell.text for cell in row][: len(names)] + [""] * (len(names) - len(row))
                for _line, row in islice(opened.rows, _SAMPLES)
            ]
            return names, samples, reading.sheet_names(path)
    except Missing:
        raise Refused(_("The file is not there any more; upload it again.")) from None
