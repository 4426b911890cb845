"""The workspace's own articles and its contact card, for who writes them."""

from flask import request, url_for
from werkzeug.wrappers import Response as BaseResponse

from kit.i18n import gettext as _
from kit.security import requires
from kit.web import go, page
from kit.web.frame import MenuGroup, current_frame
from tenants.accounts.permissions import Permission
from tenants.accounts.realm import signed_in_user
from tenants.setup import access, queries, services
from tenants.setup.forms import ArticleForm, ContactForm
from tenants.setup.manual import render
from tenants.setup.views.blueprint import helping as blueprint

_DATA = ("title", "body", "pages", "is_question", "is_active")


@blueprint.get("/own/")
@requires(Permission.Help.EDIT)
def articles() -> BaseResponse:
    return page("setup/articles.html", articles=queries.own_articles(active=False))


@blueprint.route("/own/new", methods=["GET", "POST"])
@requires(Permission.Help.EDIT)
def new_article() -> BaseResponse:
    form = ArticleForm()
    form.pages.refill(_pages())
    preview = None
    if form.validate_on_submit():
        if "preview" in request.form:
            preview = render(form.body.data)
        else:
            added = form.attempt(
                lambda: services.add_article(**form.typed(*_DATA), by=signed_in_user())
            )
            if added is not None:
                return go(url_for("help.own", public_id=added.public_id), _("Added."))
    return page(
        "setup/article_form.html",
        form=form,
        article=None,
        preview=preview,
        http_status=form.status,
    )


@blueprint.route("/own/<public_id>/edit", methods=["GET", "POST"])
@requires(Permission.Help.EDIT)
def edit_article(public_id: str) -> BaseResponse:
    found = access.article(public_id)
    form = ArticleForm(obj=found)
    # A page of an earlier release stays chosen until somebody takes it off.
    known = _pages()
    codes = {code for code, _label in known}
    form.pages.refill([*known, *((one, one) for one in found.pages if one not in codes)])
    preview = None
    if form.validate_on_submit():
        if "preview" in request.form:
            preview = render(form.body.data)
        else:
            form.attempt(
                lambda: services.edit_article(
                    found,
                    version=form.version.data or 0,
                    **form.typed(*_DATA),
                    by=signed_in_user(),
                )
            )
            if not form.refused:
                return go(url_for("help.own", public_id=public_id), _("Saved."))
    return page(
        "setup/article_form.html",
        form=form,
        article=found,
        preview=preview,
        http_status=form.status,
    )


def _pages() -> list[tuple[str, str]]:
    """Return the pages beside which an article can stand: those of the menu."""
    found: dict[str, str] = {}
    for entry in current_frame().menu:
        if isinstance(entry, MenuGroup):
            for item in entry.items:
                found[item.endpoint] = f"{entry.label}: {item.label}"
        else:
            found[entry.endpoint] = str(entry.label)
    return list(found.items())


@blueprint.route("/contact", methods=["GET", "POST"])
@requires(Permission.Help.EDIT)
def contact() -> BaseResponse:
    card = queries.contact_card()
    form = ContactForm(obj=card)
    if form.validate_on_submit():
        upload = form.qr.data
        form.attempt(
            lambda: services.edit_contact(
                version=form.version.data or 0,
                **{
                    name: form[name].data or ""
                    for name in ("name", "phone", "hours", "chat", "remark")
                },
                is_public=bool(form.is_public.data),
                qr=upload.stream if upload else None,
                remove_qr=bool(form.remove_qr.data),
                by=signed_in_user(),
            )
        )
        if not form.refused:
            return go(url_for("help.contact"), _("Saved."))
    return page("setup/contact.html", form=form, contact=card, http_status=form.status)
