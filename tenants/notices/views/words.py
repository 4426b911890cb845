"""The page on which a workspace puts words of its own in the place of the usual ones."""

from flask import request
from werkzeug.wrappers import Response as BaseResponse

from kit.i18n import LANGUAGES, speaking
from kit.i18n import gettext as _
from kit.web import go, page
from tenants.accounts.realm import signed_in_user
from tenants.notices import queries, services
from tenants.notices.forms import TemplateForm
from tenants.notices.kinds import Kind
from tenants.notices.wording import preview


def words_page(kind: Kind, language: str, *, template: str, back: str) -> BaseResponse:
    """Show, preview and save a kind's words in a language; `back` is where it leads once saved."""
    own = queries.find_template(kind, language)
    with speaking(language):
        title, body = str(kind.title), str(kind.body)
    form = TemplateForm(
        title=own.title if own else title,
        body=own.body if own else body,
        version=own.version if own else 0,
    )
    if form.validate_on_submit() and request.form.get("preview") != "yes":
        form.attempt(
            lambda: services.edit_template(
                kind,
                language,
                title=form.title.data,
                body=form.body.data or "",
                version=form.version.data or 0,
                by=signed_in_user(),
            )
        )
        if not form.refused:
            return go(back, _("Saved."))
    with speaking(language):
        shown = preview(kind, form.title.data or "", form.body.data or "")
        words = (str(shown.title), str(shown.body))
    return page(
        template,
        http_status=form.status,
        form=form,
        kind=kind,
        language=language,
        languages=LANGUAGES,
        is_own=own is not None,
        preview=words,
    )
