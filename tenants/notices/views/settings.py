"""What the workspace says about ways, and its own words."""

from flask import request, url_for
from werkzeug.wrappers import Response as BaseResponse

from kit.errors import Missing
from kit.i18n import LANGUAGES
from kit.i18n import gettext as _
from kit.security import requires
from kit.web import go, page
from tenants.accounts.permissions import Permission
from tenants.accounts.realm import signed_in_user
from tenants.notices import access, queries, services
from tenants.notices.forms import RulesForm
from tenants.notices.kinds import every_kind
from tenants.notices.labels import SETTINGS, WAYS
from tenants.notices.models import Setting, Way
from tenants.notices.queries.choices import default_setting
from tenants.notices.views.blueprint import settings_blueprint
from tenants.notices.views.words import words_page


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
    back = url_for("notice_settings.index")
    return words_page(found, language, template="notices/template.html", back=back)


@settings_blueprint.post("/<kind>/<language>/usual")
@requires(Permission.Notice.EDIT)
def usual(kind: str, language: str) -> BaseResponse:
    services.drop_template(access.kind(kind), language, by=signed_in_user())
    return go(url_for("notice_settings.index"), _("The usual words hold again."))
