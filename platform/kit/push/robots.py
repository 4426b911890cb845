"""The robots of WeCom, DingTalk and Feishu: a webhook, signed where the platform has that."""

import base64
import hmac
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import SplitResult, quote

from kit import clock
from kit.push.calling import Rejected, Unanswered, call
from kit.push.words import Credentials, short

_LONGEST = 2_000
"""Bytes of a text that all three take."""


Asked = tuple[str, Mapping[str, str], Mapping[str, object]]
"""What a platform is asked: a path, a query and a body."""


@dataclass(frozen=True, slots=True)
class Robot(ABC):
    """A robot of a group: whoever has its key has it say a text there.

    `CODES` are the names under which the platform answers with a code, `WAIT` the codes that mean
    later: busy, or too many a minute.
    """

    base: SplitResult

    HOST: ClassVar[str]
    CODES: ClassVar[tuple[str, ...]] = ("errcode",)
    WAIT: ClassVar[frozenset[str]]

    @abstractmethod
    def asked(self, key: str, text: str, secret: str) -> Asked:
        """Return what to ask the platform, signed where the robot has a secret."""

    def send(
        self, recipient: str, title: str, text: str, *, message_id: str, credentials: Credentials
    ) -> None:
        """Have the robot with this key say a text in its group."""
        del title, message_id
        asked = self.asked(recipient, short(text, _LONGEST), credentials.secret)
        code = self._code(call(self.base, *asked))
        if code in self.WAIT:
            raise Unanswered(code)
        if code != "0":
            raise Rejected(code)

    def _code(self, answer: Mapping[str, object]) -> str:
        for name in self.CODES:
            code = answer.get(name)
            if isinstance(code, int) and not isinstance(code, bool):
                return str(code)
        raise Unanswered("no code")


@dataclass(frozen=True, slots=True)
class WeCom(Robot):
    """A robot of a WeCom group: its key is all there is; it signs nothing."""

    HOST: ClassVar[str] = "qyapi.weixin.qq.com"
    WAIT: ClassVar[frozenset[str]] = frozenset({"-1", "45009"})

    def asked(self, key: str, text: str, secret: str) -> Asked:
        del secret
        return ("/cgi-bin/webhook/send", {"key": key}, _text(text))


@dataclass(frozen=True, slots=True)
class DingTalk(Robot):
    """A robot of a DingTalk group; one with a secret signs the instant in its address."""

    HOST: ClassVar[str] = "oapi.dingtalk.com"
    WAIT: ClassVar[frozenset[str]] = frozenset({"-1", "130101", "660026"})

    def asked(self, key: str, text: str, secret: str) -> Asked:
        query = {"access_token": key}
        if secret:
            at = str(round(clock.now().timestamp() * 1_000))
            sign = hmac.digest(secret.encode(), f"{at}\n{secret}".encode(), "sha256")
            query |= {"timestamp": at, "sign": base64.b64encode(sign).decode()}
        return ("/robot/send", query, _text(text))


@dataclass(frozen=True, slots=True)
class Feishu(Robot):
    """A robot of a Feishu group; one with a secret signs the instant in the message."""

    HOST: ClassVar[str] = "open.feishu.cn"
    CODES: ClassVar[tuple[str, ...]] = ("code", "StatusCode")
    WAIT: ClassVar[frozenset[str]] = frozenset({"11232"})

    def asked(self, key: str, text: str, secret: str) -> Asked:
        body: dict[str, object] = {"msg_type": "text", "content": {"text": text}}
        if secret:
            at = str(int(clock.now().timestamp()))
            # The platform wants it so: what is signed is the key, and the text is empty.
            sign = hmac.digest(f"{at}\n{secret}".encode(), b"", "sha256")
            body |= {"timestamp": at, "sign": base64.b64encode(sign).decode()}
        return (f"/open-apis/bot/v2/hook/{quote(key, safe='')}", {}, body)


def _text(text: str) -> dict[str, object]:
    return {"msgtype": "text", "text": {"content": text}}
