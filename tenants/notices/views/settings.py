"""What the workspace says about ways, and its own words."""

from flask import request, url_for
from werkzeug.wrappers import Response as BaseResponse

from kit.errors import Missing
from kit.i18n import LANGUAGES, speaking
from kit.i18n import gettext as _
from kit.security import requires
from kit.web import go, page
from tenants.accounts.permissions import Permission
from tenants.accounts.realm import signed_in_user
from tenants.notices import access, queries, services
from tenants.notices.forms import RulesForm, TemplateForm
from tenants.notices.kinds import Kind, every_kind
from tenants.notices.labels import SETTINGS, WAYS
from tenants.notices.models import Setting, Way
from tenants.notices.queries.choices import default_setting
from tenants.notices.views.blueprint import settings_blueprint
from tenants.notices.wording import preview


@settings_blueprint.route("/", methods=["GET", "POST"])
@requires(Permission.Notice.EDIT)
def index() -> BaseResponse:
    form = RulesForm()
    if form.validate_on_submit():
        form.attempt(lambda: services.edit_rules(_wanted(), by=signed_in_user()))
        if not form.refused:
            return go(url_for("notice_settings.index"), _("Saved."))
    said = queries.rules()
    own = queries.templates()
    return page(
        "notices/rules.html",
        http_status=form.status,
        form=form,
        rows=[(kind, queries.settings_of(kind, said)) for kind in every_kind()],
        changed={code for code, _language in own},
        ways=WAYS,
        settings=SETTINGS,
        forced=lambda kind, way: default_setting(kind, way) == Setting.FORCED,
        languages=LANGUAGES,
    )


def _wanted() -> dict[tuple[str, str], Setting]:
    """Return what was chosen; what was not offered counts as not sent."""
    wanted = {}
    known = {one.value for one in Setting}
    for kind in every_kind():
        for way in Way:
            sent = request.form.get(f"{kind.code}|{way.value}", "")
            if sent in known:
                wanted[kind.code, way.value] = Setting(sent)
    return wanted


@settings_blueprint.route("/<kind>/<language>", methods=["GET", "POST"])
@requires(Permission.Notice.EDIT)
def template(kind: str, language: str) -> BaseResponse:
    found = access.kind(kind)
    if language not in LANGUAGES:
        raise Missing(language)
    own = queries.find_template(found, language)
    title, body = _usual(found, language)
    form = TemplateForm(
        title=own.title if own else title,
        body=own.body if own else body,
        version=own.version if own else 0,
    )
    is_preview = request.form.get("preview") == "yes"
    if form.validate_on_submit() and not is_preview:
        form.attempt(
            lambda: services.edit_template(
                found,
                language,
                title=form.title.data,
                body=form.body.data or "",
                version=form.version.data or 0,
                by=signed_in_user(),
            )
        )
        if not form.refused:
            return go(url_for("notice_settings.index"), _("Saved."))
    with speaking(language):
        shown = preview(found, form.title.data or "", form.body.data or "")
        words = (str(shown.title), str(shown.body))
    return page(
        "notices/template.html",
        http_status=form.status,
        form=form,
        kind=found,
        language=language,
        languages=LANGUAGES,
        is_own=own is not None,
        preview=words,
    )


@settings_blueprint.post("/<kind>/<language>/usual")
@requires(Permission.Notice.EDIT)
def usual(kind: str, language: str) -> BaseResponse:
    services.drop_template(access.kind(kind), language, by=signed_in_user())
    return go(url_for("notice_settings.index"), _("The usual words hold again."))


def _usual(kind: Kind, language: str) -> tuple[str, str]:
    with speaking(language):
        return str(kind.title), str(kind.body)
