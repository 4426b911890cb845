"""How the workspace is known to WeChat, WeCom, DingTalk and Feishu."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import select

from kit import audit, ids, push
from kit.db import refuse_stale, session, transaction
from kit.errors import Misconfigured, Refused
from kit.i18n import gettext as _
from kit.push import Credentials
from tenants.accounts.models import Profile, User
from tenants.notices import events
from tenants.notices.models import NoticeGateway, Way
from tenants.notices.queries import addresses_of

WITH_GATEWAY = (Way.WECHAT, Way.WECOM, Way.DINGTALK, Way.FEISHU)
ROBOTS = (Way.WECOM, Way.DINGTALK, Way.FEISHU)
SIGNED = (Way.DINGTALK, Way.FEISHU)
_WORD = re.compile(r"[A-Za-z0-9_-]{1,200}")
_FIELD = re.compile(r"[a-z][a-z0-9_]{0,30}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What a person says of a gateway; a key or secret that is left empty stays as it is."""

    is_on: bool
    key: str = field(default="", repr=False)
    secret: str = field(default="", repr=False)
    app_id: str = ""
    template_id: str = ""
    title_field: str = "first"
    text_field: str = "remark"


def gateways() -> dict[Way, NoticeGateway]:
    """Return how the workspace is known to each platform, where that was said."""
    return {Way(one.way): one for one in session().scalars(select(NoticeGateway))}


def credentials_of(gateway: NoticeGateway | None) -> Credentials:
    """Return what a provider is told of the workspace; nothing where it is off."""
    if gateway is None or not gateway.is_on:
        return push.NOBODY
    return Credentials(
        secret=gateway.secret,
        app_id=gateway.app_id,
        template_id=gateway.template_id,
        title_field=gateway.title_field or "first",
        text_field=gateway.text_field or "remark",
    )


def edit_gateway(way: Way, setup: Setup, *, version: int, by: User) -> NoticeGateway:
    """Keep how the workspace is known to a platform; refuses what cannot be a key of it."""
    with transaction() as work:
        # One at a time, so that two do not both insert the first.
        work.scalars(select(Profile.id).with_for_update()).one()
        found = gateways().get(way)
        if found is None:
            found = NoticeGateway(way=way, version=0)
            work.add(found)
        refuse_stale(found, version)
        _write(found, way, setup)
        found.version += 1
        work.flush()
        audit.record(
            events.GATEWAY_EDITED,
            found,
            by=by,
            way=way.value,
            is_on=setup.is_on,
            app_id=found.app_id,
            template_id=found.template_id,
            new_secrets=bool(setup.key or setup.secret),
        )
        return found


def test_gateway(way: Way, *, by: User) -> None:
    """Send a message by a platform now; Refused tells what the platform said.

    Nothing is open while it is asked. The audit row stands before, whatever comes of it.
    """
    found = gateways().get(way)
    if found is None or not found.is_on:
        raise Refused(_("Save it and switch it on first."))
    credentials, recipient = credentials_of(found), found.key
    if way == Way.WECHAT:
        own = addresses_of([by]).get((by.id, way))
        recipient = own.address if own else ""
        if not recipient:
            raise Refused(_("Enter your own OpenID under “What I hear of” first."))
    words = str(_("This is a test from %(name)s.", name=by.name))
    title = str(_("A test"))
    with transaction():
        audit.record(events.GATEWAY_TESTED, found, by=by, way=way.value)
    # The transaction is over before anything leaves.
    session().rollback()
    try:
        push.send(way.value, recipient, title, words, message_id=ids.new(), credentials=credentials)
    except push.Rejected as error:
        raise Refused(
            _("The platform refused it, with the code %(code)s.", code=error.code)
        ) from None
    except push.Unanswered as error:
        raise Refused(_("The platform did not answer (%(what)s). Try again.", what=error)) from None
    except Misconfigured:
        raise Refused(_("The operator has connected no platform here.")) from None


def _write(gateway: NoticeGateway, way: Way, setup: Setup) -> None:
    typed: Mapping[str, str] = {
        "key": setup.key.strip(),
        "secret": setup.secret.strip(),
        "app_id": setup.app_id.strip(),
        "template_id": setup.template_id.strip(),
    }
    for name, text in typed.items():
        if text and not _WORD.fullmatch(text):
            raise Refused(_("Only the key itself: letters, digits, - and _."), field=name)
    for name, text in (("title_field", setup.title_field), ("text_field", setup.text_field)):
        if way == Way.WECHAT and not _FIELD.fullmatch(text):
            raise Refused(_("This is not the name of a field of a template."), field=name)
    if typed["key"]:
        gateway.key = typed["key"]
    if typed["secret"]:
        gateway.secret = typed["secret"]
    gateway.app_id, gateway.template_id = typed["app_id"], typed["template_id"]
    gateway.title_field, gateway.text_field = setup.title_field, setup.text_field
    gateway.is_on = setup.is_on
    if setup.is_on:
        _refuse_incomplete(gateway, way)


def _refuse_incomplete(gateway: NoticeGateway, way: Way) -> None:
    if way in ROBOTS and gateway.key_cipher is None:
        raise Refused(_("A robot needs its key."), field="key")
    if way == Way.WECHAT:
        for name in ("app_id", "template_id"):
            if not getattr(gateway, name):
                raise Refused(_("An official account needs this."), field=name)
        if gateway.secret_cipher is None:
            raise Refused(_("An official account needs this."), field="secret")
