"""The robots of WeCom, DingTalk and Feishu: a webhook, signed where the platform has that."""

import base64
import hmac
from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import SplitResult, quote

from kit import clock
from kit.push.calling import Rejected, Unanswered, call
from kit.push.words import Credentials, short

_LONGEST = 2_000
"""Bytes of a text that all three take."""


def _code(answer: dict[str, object], *names: str) -> str:
    """Return the platform's code; Unanswered where there is none."""
    for name in names:
        code = answer.get(name)
        if isinstance(code, int) and not isinstance(code, bool):
            return str(code)
    raise Unanswered("no code")


def _check(code: str, *, wait: frozenset[str]) -> None:
    if code == "0":
        return
    if code in wait:
        raise Unanswered(code)
    raise Rejected(code)


@dataclass(frozen=True, slots=True)
class WeCom:
    """A robot of a WeCom group: its key is all there is; it signs nothing."""

    base: SplitResult

    HOST: ClassVar[str] = "qyapi.weixin.qq.com"

    def send(
        self, recipient: str, title: str, text: str, *, message_id: str, credentials: Credentials
    ) -> None:
        """Have the robot with this key say a text in its group."""
        del title, message_id, credentials
        body = {"msgtype": "text", "text": {"content": short(text, _LONGEST)}}
        answer = call(self.base, "/cgi-bin/webhook/send", {"key": recipient}, body)
        # -1: busy; 45009: twenty a minute.
        _check(_code(answer, "errcode"), wait=frozenset({"-1", "45009"}))


@dataclass(frozen=True, slots=True)
class DingTalk:
    """A robot of a DingTalk group; one with a secret signs the instant in its address."""

    base: SplitResult

    HOST: ClassVar[str] = "oapi.dingtalk.com"

    def send(
        self, recipient: str, title: str, text: str, *, message_id: str, credentials: Credentials
    ) -> None:
        """Have the robot with this access token say a text in its group."""
        del title, message_id
        query = {"access_token": recipient}
        if credentials.secret:
            at = str(round(clock.now().timestamp() * 1_000))
            sign = hmac.digest(credentials.secret.encode(), f"{at}\n{credentials.secret}".encode(),
                               "sha256")  # fmt: skip
            query |= {"timestamp": at, "sign": base64.b64encode(sign).decode()}
        body = {"msgtype": "text", "text": {"content": short(text, _LONGEST)}}
        answer = call(self.base, "/robot/send", query, body)
        # 130101 and 660026: too many a minute.
        _check(_code(answer, "errcode"), wait=frozenset({"-1", "130101", "660026"}))


@dataclass(frozen=True, slots=True)
class Feishu:
    """A robot of a Feishu group; one with a secret signs the instant in the message."""

    base: SplitResult

    HOST: ClassVar[str] = "open.feishu.cn"

    def send(
        self, recipient: str, title: str, text: str, *, message_id: str, credentials: Credentials
    ) -> None:
        """Have the robot with this key say a text in its group."""
        del title, message_id
        body: dict[str, object] = {
            "msg_type": "text",
            "content": {"text": short(text, _LONGEST)},
        }
        if credentials.secret:
            at = str(int(clock.now().timestamp()))
            # The platform wants it so: what is signed is the key, and the text is empty.
            sign = hmac.digest(f"{at}\n{credentials.secret}".encode(), b"", "sha256")
            body |= {"timestamp": at, "sign": base64.b64encode(sign).decode()}
        answer = call(self.base, f"/open-apis/bot/v2/hook/{quote(recipient, safe='')}", body=body)
        # 11232: too many a minute.
        _check(_code(answer, "code", "StatusCode"), wait=frozenset({"11232"}))
