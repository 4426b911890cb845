"""Template messages of a WeChat official account.

The platform gives an access token for two hours and takes the one before away when it gives
another: all processes share one, in Redis, under a key of the workspace.
"""

from dataclasses import dataclass
from typing import Any, ClassVar
from urllib.parse import SplitResult

import redis

from kit import crypto, tenancy
from kit.jobs.bell import connection
from kit.push.calling import Rejected, Unanswered, call
from kit.push.words import Credentials, short

LABEL = "wechat.access_token"
_MARGIN = 300
_SHORTEST = 60
_OVER = frozenset({40001, 40014, 42001})
"""The token is not, or no longer, good."""
_WAIT = frozenset({-1, 45009, 45011})
_LONGEST = 600


@dataclass(frozen=True, slots=True)
class WeChat:
    """An official account that writes to those who follow it, by a template of its own."""

    base: SplitResult

    HOST: ClassVar[str] = "api.weixin.qq.com"

    def send(
        self, recipient: str, title: str, text: str, *, message_id: str, credentials: Credentials
    ) -> None:
        """Write to the follower with this OpenID; a token that has run out is renewed once."""
        if not (credentials.app_id and credentials.secret and credentials.template_id):
            raise Rejected("unconfigured")
        body = {
            "touser": recipient,
            "template_id": credentials.template_id,
            # The same id within ten minutes is sent once.
            "client_msg_id": message_id,
            "data": {
                credentials.title_field: {"value": short(title, _LONGEST)},
                credentials.text_field: {"value": short(text, _LONGEST)},
            },
        }
        token = _kept(credentials) or self._renew(credentials)
        code = self._write(token, body)
        if code in _OVER:
            code = self._write(self._renew(credentials), body)
        if code in _WAIT or code in _OVER:
            raise Unanswered(str(code))
        if code != 0:
            raise Rejected(str(code))

    def _write(self, token: str, body: dict[str, Any]) -> int:
        answer = call(
            self.base, "/cgi-bin/message/template/send", {"access_token": token}, body
        )  # fmt: skip
        code = answer.get("errcode")
        if not isinstance(code, int):
            raise Unanswered("no code")
        return code

    def _renew(self, credentials: Credentials) -> str:
        asked = {
            "grant_type": "client_credential",
            "appid": credentials.app_id,
            "secret": credentials.secret,
        }
        answer = call(self.base, "/cgi-bin/token", asked)
        token, seconds = answer.get("access_token"), answer.get("expires_in")
        if isinstance(token, str) and token and isinstance(seconds, int):
            _keep(credentials, token, max(_SHORTEST, seconds - _MARGIN))
            return token
        code = answer.get("errcode")
        if code in _WAIT or not isinstance(code, int):
            raise Unanswered(str(code))
        raise Rejected(str(code))


def _place(credentials: Credentials) -> str:
    return tenancy.current().key("wechat", crypto.digest(credentials.app_id)[:32])


def _kept(credentials: Credentials) -> str:
    try:
        sealed = connection().get(_place(credentials))
        if not isinstance(sealed, bytes):
            return ""
        return crypto.decrypt(sealed, label=LABEL, public_id=credentials.app_id)
    except (redis.RedisError, crypto.Undecipherable):
        return ""


def _keep(credentials: Credentials, token: str, seconds: int) -> None:
    sealed = crypto.encrypt(token, label=LABEL, public_id=credentials.app_id)
    try:
        connection().set(_place(credentials), sealed, ex=seconds)
    except redis.RedisError:
        # Each message asks for its own then; the platform allows some two thousand a day.
        return
