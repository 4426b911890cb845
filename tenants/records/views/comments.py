"""The comments on a record: its box, writing, correcting, and who can be mentioned."""

from flask import Response, jsonify, redirect, request
from werkzeug.wrappers import Response as BaseResponse

from kit.i18n import gettext as _
from kit.security import signed_in
from kit.web import go, page, wants_fragment
from kit.web.answers import wants_drawer
from tenants.accounts.realm import signed_in_user
from tenants.records import access, mentions, queries, services
from tenants.records.forms import CommentForm
from tenants.records.models import Comment
from tenants.records.views.blueprint import records
from tenants.records.views.wording import as_html


@records.route("/<record_kind>/<public_id>/comments", methods=["GET", "POST"])
@signed_in
def comments(record_kind: str, public_id: str) -> BaseResponse:
    me = signed_in_user()
    record = access.record(record_kind, public_id, me)
    form = CommentForm()
    if form.validate_on_submit():
        form.attempt(lambda: services.add_comment(record_kind, record, body=form.body.data, by=me))
        if not form.refused:
            if not wants_fragment():
                return go(access.kind(record_kind).url(public_id), _("Your comment is there."))
            form = CommentForm(formdata=None)
    return _box(record_kind, public_id, form)


def _box(code: str, public_id: str, form: CommentForm) -> Response:
    me = signed_in_user()
    found = queries.comments_of(code, public_id)
    mentioned = queries.people_by_ids({key for one in found for key in one.mentions})
    return page(
        "records/comments.html",
        http_status=form.status,
        code=code,
        public_id=public_id,
        back=access.kind(code).url(public_id),
        form=form,
        comments=[
            (
                one,
                as_html(one.body, [mentioned[key] for key in one.mentions if key in mentioned]),
                services.may_change(one, me),
            )
            for one in found
        ],
    )


@records.get("/<record_kind>/<public_id>/colleagues")
@signed_in
def colleagues(record_kind: str, public_id: str) -> Response:
    """Offer the colleagues that an @ and some letters may mean."""
    me = signed_in_user()
    access.record(record_kind, public_id, me)
    text = request.args.get("q", "")
    found = mentions.colleagues(record_kind, public_id, text, besides=me)
    names = [one.name for one in found]
    return jsonify(
        [
            {
                "name": one.name,
                "username": one.username,
                "write": f"@{one.name}({one.username})" if _is_shared(one.name, names)
                else f"@{one.name}",
            }
            for one in found
        ]
    )  # fmt: skip


@records.get("/comments/<public_id>")
@signed_in
def show_comment(public_id: str) -> BaseResponse:
    """Lead from a notice to the record that the comment stands on."""
    found = access.read_comment(public_id, signed_in_user())
    return redirect(access.kind(found.record_kind).url(found.record_id), 303)


def _is_shared(name: str, names: list[str]) -> bool:
    # A name with a space would end at it.
    return names.count(name) > 1 or mentions.MENTION.fullmatch(f"@{name}") is None


@records.route("/comments/<public_id>/edit", methods=["GET", "POST"])
@signed_in
def edit_comment(public_id: str) -> BaseResponse:
    me = signed_in_user()
    comment = access.comment(public_id, me)
    back = access.kind(comment.record_kind).url(comment.record_id)
    form = CommentForm(obj=comment)
    if form.validate_on_submit():
        form.attempt(lambda: services.edit_comment(comment, body=form.body.data, by=me))
        if not form.refused:
            return go(back, _("Saved."))
    return page(
        "records/form.html",
        http_status=form.status,
        form=form,
        title=_("Change a comment"),
        back=back,
    )


@records.post("/comments/<public_id>/delete")
@signed_in
def delete_comment(public_id: str) -> BaseResponse:
    me = signed_in_user()
    comment: Comment = access.comment(public_id, me)
    services.delete_comment(comment, by=me)
    if wants_fragment() and not wants_drawer():
        return _box(comment.record_kind, comment.record_id, CommentForm(formdata=None))
    return go(access.kind(comment.record_kind).url(comment.record_id), _("Your comment is gone."))
