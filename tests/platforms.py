"""A server of this machine that answers as WeCom, DingTalk, Feishu and WeChat do.

It checks keys, signatures and tokens as they do; a test may have it fail, hang or lead away.
"""

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

KEY, SECRET, APP, OPENID, TEMPLATE = "robot-key-1", "sec-1", "wx1", "openid-1", "template-1"


class Platforms(ThreadingHTTPServer):
    """What all four do, and what it was told to do next instead."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answering)
        self.said: list[tuple[str, Any]] = []
        self.next: list[str] = []
        self.token = 0
        self.asked_for_tokens = 0
        self.released = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Answering(BaseHTTPRequestHandler):
    server: Platforms

    def log_message(self, *_: Any) -> None:
        pass

    def do_GET(self) -> None:
        self._answer(None)

    def do_POST(self) -> None:
        size = int(self.headers["Content-Length"])
        self._answer(json.loads(self.rfile.read(size)))

    def _answer(self, body: Any) -> None:
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        how = self.server.next.pop(0) if self.server.next else ""
        if how == "hang":
            self.server.released.wait(30)
            return
        if how == "away":
            self.send_response(302)
            self.send_header("Location", "http://127.0.0.1:1/")
            self.end_headers()
            return
        if how == "drip":
            self.send_response(200)
            self.end_headers()
            for _ in range(40):
                self.wfile.write(b" ")
                time.sleep(0.2)
            return
        if how.isdigit():
            self._say(b"busy", int(how))
        elif how == "nonsense":
            self._say(b"<html>")
        elif how == "endless":
            self._say(b" " * 200_000)
        elif how.startswith(("{", "[")):
            self._say(how.encode())
        else:
            self._say(json.dumps(self._as_they_do(parts.path, query, body)).encode())

    def _say(self, words: bytes, status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(words)))
        self.end_headers()
        self.wfile.write(words)

    def _as_they_do(self, path: str, query: dict[str, str], body: Any) -> dict[str, Any]:
        match path:
            case "/cgi-bin/webhook/send":
                if query.get("key") != KEY:
                    return {"errcode": 93000, "errmsg": "invalid webhook url"}
                return self._heard("wecom", body["text"]["content"])
            case "/robot/send":
                return self._dingtalk(query, body)
            case "/open-apis/bot/v2/hook/robot-key-1":
                return self._feishu(body)
            case "/cgi-bin/token":
                if (query.get("appid"), query.get("secret")) != (APP, SECRET):
                    return {"errcode": 40125, "errmsg": "invalid appsecret"}
                self.server.token += 1
                self.server.asked_for_tokens += 1
                return {"access_token": f"token-{self.server.token}", "expires_in": 7_200}
            case "/cgi-bin/message/template/send":
                return self._wechat(query, body)
        return {"code": 19001, "msg": "param invalid", "errcode": 404}

    def _heard(self, way: str, what: Any) -> dict[str, Any]:
        self.server.said.append((way, what))
        return {"errcode": 0, "errmsg": "ok"}

    def _dingtalk(self, query: dict[str, str], body: Any) -> dict[str, Any]:
        if query.get("access_token") != KEY:
            return {"errcode": 300005, "errmsg": "token is not exist"}
        at = query.get("timestamp", "0")
        made = hmac.new(SECRET.encode(), f"{at}\n{SECRET}".encode(), hashlib.sha256).digest()
        fresh = abs(time.time() * 1_000 - int(at)) < 3_600_000
        if not fresh or query.get("sign") != base64.b64encode(made).decode():
            return {"errcode": 310000, "errmsg": "sign not match"}
        return self._heard("dingtalk", body["text"]["content"])

    def _feishu(self, body: Any) -> dict[str, Any]:
        at = body.get("timestamp", "0")
        made = hmac.new(f"{at}\n{SECRET}".encode(), b"", hashlib.sha256).digest()
        if body.get("sign") != base64.b64encode(made).decode():
            return {"code": 19021, "msg": "sign match fail or timestamp is not within one hour"}
        self._heard("feishu", body["content"]["text"])
        return {"code": 0, "msg": "success", "StatusCode": 0}

    def _wechat(self, query: dict[str, str], body: Any) -> dict[str, Any]:
        if query.get("access_token") != f"token-{self.server.token}":
            return {"errcode": 40001, "errmsg": "invalid credential"}
        if body["touser"] != OPENID:
            return {"errcode": 40003, "errmsg": "invalid openid"}
        if body["template_id"] != TEMPLATE:
            return {"errcode": 40037, "errmsg": "invalid template_id"}
        return self._heard("wechat", body)


@contextmanager
def serving() -> Iterator[Platforms]:
    """Serve until the block ends."""
    server = Platforms()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server
    finally:
        server.released.set()
        server.shutdown()
        thread.join()
        server.server_close()
