"""Carries events to webhook endpoints, signed by the library's own function."""

import http.client
import json
import logging
import time
from dataclasses import dataclass, field
from itertools import count
from threading import Condition, Thread
from typing import Any
from urllib.parse import urlsplit

from stripe import WebhookSignature

from infra.stripe_server.faults import Body
from infra.stripe_server.knobs import Deliveries, Knobs
from infra.stripe_server.store import Store

THREADS = 4
_log = logging.getLogger("stripe_server")
_order = count()


@dataclass(order=True)
class Letter:
    """One event on its way to one endpoint."""

    due: float
    order: int = field(default_factory=lambda: next(_order))
    account: str = field(default="", compare=False)
    platform: str = field(default="", compare=False)
    event: str = field(default="", compare=False)
    endpoint: str = field(default="", compare=False)
    attempt: int = field(default=0, compare=False)
    copy: bool = field(default=False, compare=False)


class Postman:
    """Sends letters in the order in which they are due, one at a time for each account."""

    def __init__(self, store: Store, knobs: Knobs) -> None:
        """Promise nothing yet; `start` begins the rounds."""
        self.store = store
        self.knobs = knobs
        self._waiting: list[Letter] = []
        self._held: dict[str, list[Letter]] = {}
        self._changed = Condition()
        self._busy: set[str] = set()
        self._threads: list[Thread] = []
        self._stopped = False

    def start(self) -> None:
        """Begin to carry letters."""
        self._threads = [
            Thread(target=self._rounds, name=f"stripe-webhooks-{number}", daemon=True)
            for number in range(THREADS)
        ]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End the rounds; what waits is lost, as in an outage."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join(5)

    def take(self, account: str, platform: str, event: str) -> None:
        """Accept an event for every endpoint that wants it."""
        manners = self.knobs.deliveries(platform)
        body = self.store.kind(account, "event")[event]
        due = time.monotonic() + manners.delay
        letters = [
            Letter(due, account=account, platform=platform, event=event, endpoint=endpoint["id"])
            for endpoint in self.store.kind(platform, "webhook_endpoint").values()
            if endpoint["status"] == "enabled" and _wants(endpoint, body, account, platform)
        ]
        for letter in letters:
            self._mark(letter, "pending")
            self._post(letter, manners)

    def send_again(self, account: str, platform: str, event: str) -> None:
        """Carry an event once more to every enabled endpoint, as a button in the dashboard does."""
        for endpoint in self.store.kind(platform, "webhook_endpoint").values():
            if endpoint["status"] == "enabled":
                self._push(Letter(time.monotonic(), account=account, platform=platform,
                                  event=event, endpoint=endpoint["id"], copy=True))  # fmt: skip

    def release(self, platform: str) -> None:
        """Send what is held back to be reordered, backwards."""
        for letter in reversed(self._held.pop(platform, [])):
            letter.due, letter.order = time.monotonic(), next(_order)
            self._push(letter)
        with self._changed:
            self._changed.notify_all()

    def settle(self, platform: str, seconds: float = 10.0) -> bool:
        """Wait until nothing of an account that is due waits; say whether that came about."""
        end = time.monotonic() + seconds
        with self._changed:
            while platform in self._busy or self._is_due(platform):
                if time.monotonic() >= end:
                    return False
                self._changed.wait(0.02)
        return True

    def _is_due(self, platform: str) -> bool:
        if self.knobs.deliveries(platform).paused:
            return False
        soon = time.monotonic() + 0.05
        return any(each.due <= soon and each.platform == platform for each in self._waiting)

    def waiting(self, platform: str) -> int:
        """Return how many letters of an account are under way or held."""
        with self._changed:
            queued = sum(each.platform == platform for each in self._waiting)
        return queued + len(self._held.get(platform, []))

    def _post(self, letter: Letter, manners: Deliveries) -> None:
        if manners.drop > 0:
            manners.drop -= 1
            self._mark(letter, "failed")
            return
        copies = [Letter(letter.due, account=letter.account, platform=letter.platform,
                         event=letter.event, endpoint=letter.endpoint, copy=True)
                  for _ in range(manners.duplicate)]  # fmt: skip
        for each in [letter, *copies]:
            if manners.reorder > 0:
                held = self._held.setdefault(letter.platform, [])
                held.append(each)
                if len(held) >= manners.reorder:
                    self.release(letter.platform)
            else:
                self._push(each)

    def _push(self, letter: Letter) -> None:
        with self._changed:
            self._waiting.append(letter)
            self._changed.notify_all()

    def _rounds(self) -> None:
        while True:
            with self._changed:
                letter = self._next()
                while letter is None and not self._stopped:
                    # Whoever has something to send rings; what waits may become due by itself.
                    self._changed.wait(0.05 if self._waiting else None)
                    letter = self._next()
                if self._stopped or letter is None:
                    return
                self._busy.add(letter.platform)
            try:
                self._carry(letter)
            finally:
                with self._changed:
                    self._busy.discard(letter.platform)
                    self._changed.notify_all()

    def _next(self) -> Letter | None:
        now = time.monotonic()
        ready = [
            each
            for each in self._waiting
            if each.due <= now
            and each.platform not in self._busy
            and not self.knobs.deliveries(each.platform).paused
        ]
        if not ready:
            return None
        first = min(ready)
        self._waiting.remove(first)
        return first

    def _carry(self, letter: Letter) -> None:
        manners = self.knobs.deliveries(letter.platform)
        with self.store.lock:
            event = self.store.kind(letter.account, "event").get(letter.event)
            endpoint = self.store.kind(letter.platform, "webhook_endpoint").get(letter.endpoint)
            if event is None or endpoint is None:
                return
            payload = json.dumps(_leaving(event), indent=2)
            url, secret = str(endpoint["url"]), str(endpoint["_secret"])
        status = send(url, payload, secret, hang=manners.hang, timeout=manners.timeout)
        good = 200 <= status < 300
        if manners.fail_first and letter.attempt == 0 and not letter.copy:
            good = False
        if good:
            self._mark(letter, "delivered")
        elif not letter.copy:
            self._mark(letter, "failed")
            _log.warning("%s: %s answered %s", event["type"], url, status or "nothing")
            if letter.attempt < len(manners.retries):
                pause = manners.retries[letter.attempt]
                letter.attempt += 1
                letter.due = time.monotonic() + pause
                self._push(letter)

    def _mark(self, letter: Letter, state: str) -> None:
        """Note how a delivery stands; one that arrived once has arrived."""
        with self.store.lock:
            known = self.store.kind(letter.account, "event").get(letter.event)
            if known is None or known["_deliveries"].get(letter.endpoint) == "delivered":
                return
            states = known["_deliveries"] | {letter.endpoint: state}
            pending = sum(each != "delivered" for each in states.values())
            changed = known | {"_deliveries": states, "pending_webhooks": pending}
            self.store.apply(letter.account, {("event", letter.event): changed}, set())


def _wants(endpoint: Body, event: Body, account: str, platform: str) -> bool:
    if bool(endpoint.get("_connect")) != (account != platform):
        return False
    wanted = endpoint["enabled_events"]
    return "*" in wanted or event["type"] in wanted


def _leaving(event: Body) -> Body:
    return {name: value for name, value in event.items() if not name.startswith("_")}


def send(url: str, payload: str, secret: str, *, hang: float = 0.0, timeout: float = 10.0) -> int:
    """Post a signed payload and return the status of the answer; 0 where none came."""
    body = payload.encode()
    parts = urlsplit(url)
    kind: Any = (
        http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    )
    line = kind(parts.hostname or "", parts.port, timeout=timeout)
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        line.putrequest("POST", target)
        line.putheader("Content-Type", "application/json; charset=utf-8")
        line.putheader("Content-Length", str(len(body)))
        line.putheader("User-Agent", "Stripe/1.0 (+https://stripe.com/docs/webhooks)")
        line.putheader(
            "Stripe-Signature", WebhookSignature.generate_signature_header(payload, secret)
        )
        line.endheaders(body[: len(body) // 2])
        if hang:
            time.sleep(hang)
        line.send(body[len(body) // 2 :])
        answer = line.getresponse()
        answer.read()
        return int(answer.status)
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        line.close()
