"""How the workspace is known to WeChat, WeCom, DingTalk and Feishu."""

from flask import Response, url_for
from werkzeug.wrappers import Response as BaseResponse

from kit.errors import Missing, Refused
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from kit.security import requires
from kit.web import Tag, go, page
from tenants.accounts.permissions import Permission
from tenants.accounts.realm import signed_in_user
from tenants.notices import services
from tenants.notices.forms import GatewayForm
from tenants.notices.labels import WAYS
from tenants.notices.models import NoticeGateway, Way
from tenants.notices.services.gateways import ROBOTS, SIGNED, WITH_GATEWAY, Setup, gateways
from tenants.notices.views.blueprint import settings_blueprint

_KEPT = _l("There is one; it stays where this is left empty.")


@settings_blueprint.get("/platforms")
@requires(Permission.Notice.EDIT)
def platforms() -> Response:
    known = gateways()
    return page(
        "notices/platforms.html",
        rows=[(way, WAYS[way], _state(known.get(way)), _is_on(known.get(way)))
              for way in WITH_GATEWAY],
    )  # fmt: skip


@settings_blueprint.route("/platforms/<way>", methods=["GET", "POST"])
@requires(Permission.Notice.EDIT)
def platform(way: str) -> BaseResponse:
    known = _way(way)
    found = gateways().get(known)
    form = _form(known, found)
    if form.validate_on_submit():
        form.attempt(
            lambda: services.edit_gateway(
                known, _setup(form), version=form.version.data or 0, by=signed_in_user()
            )
        )
        if not form.refused:
            return go(url_for("notice_settings.platforms"), _("Saved."))
    return page(
        "notices/platform.html",
        http_status=form.status,
        form=form,
        way=known,
        label=WAYS[known],
        is_robot=known in ROBOTS,
        is_signed=known in SIGNED,
    )


@settings_blueprint.post("/platforms/<way>/test")
@requires(Permission.Notice.EDIT)
def test_platform(way: str) -> BaseResponse:
    known = _way(way)
    try:
        services.test_gateway(known, by=signed_in_user())
    except Refused as refusal:
        return go(url_for("notice_settings.platforms"), str(refusal), level="danger")
    return go(url_for("notice_settings.platforms"), _("The platform took the message. Look there."))


def _is_on(found: NoticeGateway | None) -> bool:
    return found is not None and found.is_on


def _state(found: NoticeGateway | None) -> Tag:
    if found is None:
        return Tag(_l("Not set up"), "gray")
    return Tag(_l("Switched on"), "green") if found.is_on else Tag(_l("Switched off"), "gray")


def _form(way: Way, found: NoticeGateway | None) -> GatewayForm:
    form = GatewayForm(
        is_on=found.is_on if found else False,
        app_id=found.app_id if found else "",
        template_id=found.template_id if found else "",
        title_field=(found.title_field if found else "") or "first",
        text_field=(found.text_field if found else "") or "remark",
        version=found.version if found else 0,
    )
    # What is secret is never shown again.
    if found is not None and found.key_cipher is not None:
        form.key.help = _KEPT
    if found is not None and found.secret_cipher is not None:
        form.secret.help = _KEPT
    if way != Way.WECHAT:
        del form.app_id, form.template_id, form.title_field, form.text_field
    else:
        del form.key
    if way not in SIGNED and way != Way.WECHAT:
        del form.secret
    return form


def _setup(form: GatewayForm) -> Setup:
    names = ("key", "secret", "app_id", "template_id", "title_field", "text_field")
    typed: dict[str, str] = {name: form[name].data or "" for name in names if name in form}
    return Setup(is_on=bool(form.is_on.data), **typed)


def _way(way: str) -> Way:
    found = next((one for one in WITH_GATEWAY if one.value == way), None)
    if found is None:
        raise Missing(way)
    return found
