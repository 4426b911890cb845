"""A workspace's own templates: which fields of a kind, in which order, by which rules (C026)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from kit import audit
from kit.db import session, transaction
from kit.errors import Missing, Refused
from kit.i18n import gettext as _
from tenants.bulk import events
from tenants.bulk.cells import BadCell, RowReader, plain_width, shape_pattern
from tenants.bulk.models import ImportTemplate
from tenants.bulk.options import TEMPLATE
from tenants.bulk.reading import Cell
from tenants.bulk.registry import CellKind, ImportColumn, ImportKind, Options

SHAPE_LENGTH = 40
Field = Mapping[str, Any]


def templates_of(kind: ImportKind) -> Sequence[ImportTemplate]:
    """Return the workspace's own templates of a kind by name."""
    statement = select(ImportTemplate).where(ImportTemplate.kind == kind.name)
    return session().scalars(statement.order_by(ImportTemplate.name)).all()


def find_template(kind: ImportKind, public_id: str) -> ImportTemplate:
    """Return a template of a kind; Missing when it is not there."""
    found = session().scalars(
        select(ImportTemplate).where(
            ImportTemplate.public_id == public_id, ImportTemplate.kind == kind.name
        )
    )
    template = found.one_or_none()
    if template is None:
        raise Missing(public_id)
    return template


def shaped(kind: ImportKind, options: Options) -> ImportKind:
    """Return a kind as the template that was chosen for an import wants it, or as it is."""
    chosen = options.get(TEMPLATE)
    return by_fields(kind, chosen) if chosen else kind


def by_fields(kind: ImportKind, fields: Sequence[Field]) -> ImportKind:
    """Return a kind with the fields of a template; those it does not know any more are left out."""
    known = {column.key: column for column in kind.columns}
    columns = [_ruled(known[field["key"]], field) for field in fields if field["key"] in known]
    return replace(kind, columns=columns)


def _ruled(column: ImportColumn, field: Field) -> ImportColumn:
    return replace(
        column,
        label=field["label"] or column.label,
        aliases=(*column.aliases, str(column.label)),
        required=column.required or bool(field["required"]),
        default=field["default"],
        shape=field["shape"],
    )


def save_template(
    template: ImportTemplate | None,
    *,
    kind: ImportKind,
    name: str,
    fields: Sequence[Field],
    version: int,
    by: audit.Actor,
) -> ImportTemplate:
    """Add a template, or change one; Refused names the rule that cannot hold."""
    clean = [_clean(kind, field) for field in fields]
    _refuse_gaps(kind, clean)
    with transaction() as work:
        if template is None:
            template = ImportTemplate(kind=kind.name, name=name, fields=clean)
            work.add(template)
        else:
            template = work.get_one(
                ImportTemplate, template.id, with_for_update=True, populate_existing=True
            )
            if template.version != version:
                raise Refused(
                    _("Somebody else has changed this meanwhile. Open it again and repeat it.")
                )
            template.name, template.fields = name, clean
            template.version += 1
        try:
            work.flush()
        except IntegrityError:
            raise Refused(_("There is a template of this name."), field="name") from None
        audit.record(events.TEMPLATE_SAVED, template, by=by, kind=kind.name, name=name)
        return template


def delete_template(template: ImportTemplate, *, by: audit.Actor) -> None:
    """Delete a template; imports that used it keep its rules."""
    with transaction() as work:
        found = work.get(ImportTemplate, template.id, with_for_update=True)
        if found is None:
            return
        audit.record(events.TEMPLATE_DELETED, found, by=by, kind=found.kind, name=found.name)
        work.delete(found)


def _clean(kind: ImportKind, field: Field) -> dict[str, Any]:
    column = next((one for one in kind.columns if one.key == field["key"]), None)
    if column is None:
        raise Refused(_("This choice does not exist any more."))
    clean: dict[str, Any] = {
        "key": column.key,
        "label": str(field.get("label") or "").strip()[:60],
        "required": bool(field.get("required")),
        "default": str(field.get("default") or "").strip()[:200],
        "shape": plain_width(str(field.get("shape") or "").strip()),
    }
    if len(clean["shape"]) > SHAPE_LENGTH or clean["shape"].count("*") > 1:
        raise Refused(
            _(
                "%(column)s: a format has at most %(count)s characters and one star.",
                column=column.label,
                count=SHAPE_LENGTH,
            )
        )
    if clean["default"]:
        _refuse_default(kind, column, clean)
    return clean


def _refuse_default(kind: ImportKind, column: ImportColumn, field: Field) -> None:
    ruled = _ruled(column, field)
    alone = replace(kind, columns=[replace(ruled, required=False, default="")])
    try:
        problems = RowReader(alone).read({column.key: Cell(field["default"])}).problems
    except BadCell:
        problems = {column.key: ""}
    fits = not ruled.shape or shape_pattern(ruled.shape).fullmatch(field["default"])
    if problems or not fits:
        raise Refused(
            problems.get(column.key) or _("%(column)s is not right.", column=column.label)
        )
    if column.unique and column.kind == CellKind.DIGITS:
        raise Refused(_("%(column)s differs in every row; it has no default.", column=column.label))


def _refuse_gaps(kind: ImportKind, fields: Sequence[Field]) -> None:
    """Refuse a template in which no row could be right, or two fields bear one name."""
    chosen = {field["key"] for field in fields}
    missing = [
        str(column.label) for column in kind.columns if column.required and column.key not in chosen
    ]
    if missing:
        raise Refused(
            _("The template must have these fields: %(names)s.", names=_("; ").join(missing))
        )
    labels = [
        str(field["label"] or next(c.label for c in kind.columns if c.key == field["key"]))
        for field in fields
    ]
    twice = next((label for label in labels if labels.count(label) > 1), None)
    if twice:
        raise Refused(_("Two fields are called “%(name)s”.", name=twice))
