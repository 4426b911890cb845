"""Looking for viruses: a real listener that speaks clamd's protocol, and what follows from it."""

import io
import os
import socketserver
import struct
import threading

import pytest

from kit.db import session
from kit.errors import Misconfigured
from kit.jobs.tables import JobState
from kit.scanning import Clamd, ScannerAway, scanner
from kit.settings import get_settings
from tenants.accounts.queries import log_of
from tenants.records import queries
from tenants.records.models import ScanState
from tests.factories.accounts import run_jobs
from tests.factories.customers import make_customer
from tests.factories.records import make_attachment, make_document, png

BAD = b"EICAR-LIKE"


class Listener(socketserver.BaseRequestHandler):
    """As much of clamd as an INSTREAM needs."""

    def handle(self):
        assert self._take(10) == b"zINSTREAM\0"
        body = b""
        while size := struct.unpack(">L", self._take(4))[0]:
            body += self._take(size)
        answer = b"stream: Test-Signature FOUND\0" if BAD in body else b"stream: OK\0"
        self.request.sendall(answer)

    def _take(self, size):
        got = b""
        while len(got) < size:
            got += self.request.recv(size - len(got))
        return got


@pytest.fixture
def clamd():
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Listener) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


@pytest.fixture
def configured(monkeypatch):
    def use(url):
        monkeypatch.setitem(os.environ, "SCANNER_URL", url)
        get_settings.cache_clear()

    yield use
    monkeypatch.undo()
    get_settings.cache_clear()


def test_nobody_looks_unless_the_settings_say_so(configured):
    assert scanner() is None
    configured("pigeon://coop")
    with pytest.raises(Misconfigured, match="SCANNER_URL"):
        scanner()


def test_a_file_waits_for_the_scanner_and_is_let_pass(in_acme, configured, clamd):
    configured(f"clamd://127.0.0.1:{clamd}")
    row = make_attachment(make_customer())
    key = row.public_id
    assert (row.scan_state, row.is_readable) == (ScanState.WAITING, False)
    assert JobState.DONE in run_jobs()
    row = queries.find_attachment(key)
    assert (row.scan_state, row.is_readable) == (ScanState.CLEAN, True)


def test_what_it_finds_stays_locked(in_acme, configured, clamd):
    configured(f"clamd://127.0.0.1:{clamd}")
    key = make_document(body=png() + BAD).public_id
    run_jobs()
    row = queries.find_document(key)
    assert (row.scan_state, row.is_readable) == (ScanState.INFECTED, False)
    assert log_of(row.public_id)[0].details["result"] == "Test-Signature"


def test_a_scanner_that_is_away_lets_nothing_pass(in_acme, configured):
    configured("clamd://127.0.0.1:1")
    key = make_attachment(make_customer()).public_id
    session().commit()
    assert JobState.DONE not in run_jobs()
    assert queries.find_attachment(key).scan_state == ScanState.WAITING
    with pytest.raises(ScannerAway):
        Clamd("127.0.0.1", 1).scan(io.BytesIO(b"x"))
