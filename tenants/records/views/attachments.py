"""The attachments of a record: its tab, uploads, downloads, names, the bin."""

from collections.abc import Iterable
from typing import BinaryIO, cast

from flask import Response, jsonify, request, url_for
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response as BaseResponse

from kit.errors import Refused
from kit.file_kinds import type_of
from kit.i18n import gettext as _
from kit.security import signed_in
from kit.web import go, page, toast, wants_fragment
from kit.web.answers import wants_json
from tenants.accounts.realm import signed_in_user
from tenants.records import access, queries, services
from tenants.records.forms import LinkForm, RenameForm
from tenants.records.labels import SCAN_STATES
from tenants.records.views import sending
from tenants.records.views.blueprint import records


@records.get("/<record_kind>/<public_id>/attachments")
@signed_in
def attachments(record_kind: str, public_id: str) -> BaseResponse:
    access.record(record_kind, public_id, signed_in_user())
    return _box(record_kind, public_id)


def _box(code: str, public_id: str, status: int = 200) -> Response:
    kind = access.kind(code)
    found = queries.attachments_of(code, public_id)
    return page(
        "records/attachments.html",
        http_status=status,
        code=code,
        public_id=public_id,
        back=kind.url(public_id),
        files=found,
        may_edit=access.may_edit(code, public_id, signed_in_user()),
        most=services.MOST,
        type_of=type_of,
        has_thumbnail=sending.has_thumbnail,
        scan_states=SCAN_STATES,
    )


@records.post("/<record_kind>/<public_id>/attachments")
@signed_in
def attach(record_kind: str, public_id: str) -> BaseResponse:
    me = signed_in_user()
    record = access.editable(record_kind, public_id, me)

    def keep(file: FileStorage) -> None:
        with services.take_in(file.filename or "", cast("BinaryIO", file.stream)) as taken:
            services.attach(record_kind, record, taken, by=me)

    return answer_upload(
        request.files.getlist("files"), keep, back=access.kind(record_kind).url(public_id)
    )


def answer_upload(
    brought: Iterable[FileStorage], keep: "sending.Keep", *, back: str
) -> BaseResponse:
    """Keep each file that was brought; say which were, and why the others were not.

    One that is refused does not hold up the others.
    """
    done, refusals = sending.keep_each(brought, keep)
    if wants_json() and not wants_fragment():
        answer = jsonify(done=done, refusals=refusals)
        answer.status_code = 422 if refusals else 200
        return answer
    if not done and not refusals:
        raise Refused(_("Choose a file first."), field="files")
    for sentence in refusals:
        toast(sentence, "danger")
    return go(back, _("%(count)s files have been added.", count=done) if done else "")


@records.get("/attachments/<public_id>/file")
@signed_in
def download(public_id: str) -> Response:
    return sending.send(access.attachment(public_id, signed_in_user()))


@records.get("/attachments/<public_id>/preview")
@signed_in
def preview(public_id: str) -> Response:
    return sending.send(access.attachment(public_id, signed_in_user()), inline=True)


@records.get("/attachments/<public_id>/thumbnail")
@signed_in
def thumbnail(public_id: str) -> Response:
    return sending.send_thumbnail(access.attachment(public_id, signed_in_user()))


@records.route("/attachments/<public_id>/rename", methods=["GET", "POST"])
@signed_in
def rename(public_id: str) -> BaseResponse:
    me = signed_in_user()
    row = access.attachment(public_id, me, to_edit=True)
    back = access.kind(row.record_kind).url(row.record_id)
    form = RenameForm(obj=row)
    if form.validate_on_submit():
        form.attempt(
            lambda: services.rename_attachment(
                row, name=form.name.data, version=form.version.data or 0, by=me
            )
        )
        if not form.refused:
            return go(back, _("Saved."))
    return page(
        "records/form.html",
        http_status=form.status,
        form=form,
        title=_("Rename %(name)s", name=row.name),
        back=back,
    )


@records.post("/attachments/<public_id>/delete")
@signed_in
def delete(public_id: str) -> BaseResponse:
    me = signed_in_user()
    row = access.attachment(public_id, me, to_edit=True)
    services.delete_attachment(row, by=me)
    if wants_fragment():
        toast(_("%(name)s is in the recycle bin.", name=row.name), "success")
        return _box(row.record_kind, row.record_id)
    return go(
        access.kind(row.record_kind).url(row.record_id),
        _("%(name)s is in the recycle bin.", name=row.name),
    )


@records.route("/attachments/<public_id>/link", methods=["GET", "POST"])
@signed_in
def link(public_id: str) -> BaseResponse:
    me = signed_in_user()
    row = access.attachment(public_id, me, to_edit=True)
    back = access.kind(row.record_kind).url(row.record_id)
    return sending.share(row, LinkForm(), back=back, me=me)


@records.post("/links/<public_id>/end")
@signed_in
def end_link(public_id: str) -> BaseResponse:
    me = signed_in_user()
    found = access.file_link(public_id, me)
    services.end_link(found, by=me)
    endpoint = "records.link" if found.file_kind == "attachment" else "documents.link"
    return go(url_for(endpoint, public_id=found.file_id), _("The link has ended."))
