"""The Stripe-compatible server as tests use it: one process, and an account for each test.

STRIPE_SERVER_URL names one that runs already. An account belongs to its key, so a fresh key is a
fresh account, and tests do not meet.
"""

import http.client
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
import requests
import stripe

from infra.local.places import ROOT


@dataclass
class Account:
    """An account at the server: its key, the library's client for it, and its knobs."""

    url: str
    key: str = field(default_factory=lambda: f"sk_test_{uuid4().hex}")

    @cached_property
    def client(self) -> stripe.StripeClient:
        """The official library, led to the server; it tries nothing again by itself."""
        # One line for all calls, and nobody looks for a proxy to this machine.
        session = requests.Session()
        session.trust_env = False
        return stripe.StripeClient(
            self.key,
            base_addresses={"api": self.url},
            max_network_retries=0,
            http_client=stripe.RequestsClient(session=session),
        )

    def knob(self, path: str, /, *, account: str = "", **given: Any) -> Any:
        """Turn a knob: `faults`, `webhooks`, `clock/advance`, `checkout/<id>/complete`, …"""
        parts = urlsplit(self.url)
        line = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        if account:
            headers["Stripe-Account"] = account
        line.request("POST", f"/_admin/{path}", json.dumps(given), headers)
        answer = line.getresponse()
        body = json.loads(answer.read())
        line.close()
        if answer.status >= 400:
            raise KnobRefused(body["error"])
        return body


class KnobRefused(Exception):
    """What the server answered to a knob, as Stripe would have answered the page behind it."""

    def __init__(self, error: dict[str, Any]) -> None:
        super().__init__(error["message"])
        self.error = error


@pytest.fixture(scope="session")
def stripe_url() -> Iterator[str]:
    """The address of the running server."""
    if given := os.environ.get("STRIPE_SERVER_URL"):
        yield given
        return
    process = subprocess.Popen(
        [sys.executable, "-m", "infra.stripe_server", "--port", "0", "--until-eof"],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    said = process.stdout.readline()
    assert "answers at" in said, said
    yield said.split()[-1].rstrip(".")
    process.terminate()
    process.wait()
    process.stdin.close()
    process.stdout.close()


@pytest.fixture
def stripe_account(stripe_url: str) -> Account:
    """A fresh account."""
    return Account(stripe_url)
