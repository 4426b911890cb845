"""An application that takes webhooks, as slow, as wrong or as deaf as a test wants."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import stripe


class Receiver(ThreadingHTTPServer):
    """Keeps what it was sent, and answers with the next status it was told, or 200."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answering)
        self.got: list[tuple[bytes, str]] = []
        self.answers: list[int] = []
        self.arrived = threading.Condition()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/webhooks/stripe"

    def events(self, secret: str) -> list[Any]:
        """Return the events, each checked with the library's own function."""
        return [stripe.Webhook.construct_event(body, sign, secret) for body, sign in self.got]

    def wait(self, count: int, *, seconds: float = 5) -> None:
        """Wait until so many have come."""
        end = time.monotonic() + seconds
        with self.arrived:
            while len(self.got) < count:
                assert self.arrived.wait(end - time.monotonic()), f"{len(self.got)} of {count}"


class _Answering(BaseHTTPRequestHandler):
    server: Receiver

    def log_message(self, *_: Any) -> None:
        pass

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with self.server.arrived:
            self.server.got.append((body, self.headers["Stripe-Signature"]))
            status = self.server.answers.pop(0) if self.server.answers else 200
            self.server.arrived.notify_all()
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()


@contextmanager
def receiving() -> Iterator[Receiver]:
    with Receiver() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join(5)
