"""Run the server: `python -m infra.stripe_server --port 12111 --folder var/stripe`.

With `--endpoint` the account of STRIPE_KEY sends its events there, signed with
STRIPE_WEBHOOK_SECRET: both stay out of the list of processes.
"""

import argparse
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

from werkzeug.serving import WSGIRequestHandler, make_server

from infra.stripe_server import webhook_endpoints
from infra.stripe_server.server import StripeServer, account_of

TICK = 1.0


class _Quiet(WSGIRequestHandler):
    """Says nothing of every request."""

    protocol_version = "HTTP/1.1"
    # An answer leaves at once and whole: its body does not wait until its head is acknowledged.
    disable_nagle_algorithm = True
    wbufsize = -1

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


@contextmanager
def running(
    port: int = 0, folder: Path | None = None, clock_file: Path | None = None
) -> Iterator[StripeServer]:
    """Run the server on a port of 127.0.0.1 inside the block; its address is `base_url`."""
    server = StripeServer(folder, clock_file=clock_file)
    web = make_server("127.0.0.1", port, server.app, threaded=True, request_handler=_Quiet)
    server.base_url = f"http://127.0.0.1:{web.server_port}"
    stop = Event()
    server.postman.start()
    threads = [
        Thread(target=web.serve_forever, name="stripe-web", daemon=True),
        Thread(target=_tick, args=(server, stop), name="stripe-time", daemon=True),
    ]
    for thread in threads:
        thread.start()
    try:
        yield server
    finally:
        stop.set()
        web.shutdown()
        web.server_close()
        server.postman.stop()
        for thread in threads:
            thread.join(5)
        server.store.close()


def point(server: StripeServer, url: str) -> None:
    """Send an account's events, and those of the accounts connected to it, to one address."""
    platform = account_of(os.environ["STRIPE_KEY"])
    secret = os.environ["STRIPE_WEBHOOK_SECRET"]
    server.act(
        platform,
        lambda world: [
            webhook_endpoints.place(world, url, secret, connect=each) for each in (False, True)
        ],
    )


def _tick(server: StripeServer, stop: Event) -> None:
    while not stop.wait(TICK):
        try:
            server.tick()
        except Exception:
            # A fault of the server's own must not stop its time.
            server.app.logger.exception("time stands still for an account")


def main(arguments: list[str]) -> int:
    """Run until the process is told to stop."""
    parser = argparse.ArgumentParser(prog="stripe_server", description=__doc__)
    parser.add_argument("--port", type=int, default=12111)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--until-eof", action="store_true", help="end with whoever holds stdin")
    parser.add_argument("--endpoint", help="where the events of STRIPE_KEY's account go")
    parser.add_argument("--clock", type=Path, help="file that is told how far time is ahead")
    chosen = parser.parse_args(arguments)
    with running(chosen.port, chosen.folder, chosen.clock) as server:
        if os.environ.get("STRIPE_KEY"):
            server.tell_time(account_of(os.environ["STRIPE_KEY"]))
        if chosen.endpoint:
            point(server, chosen.endpoint)
        print(f"The Stripe-compatible server answers at {server.base_url}.", flush=True)
        try:
            if chosen.until_eof:
                sys.stdin.read()
            else:
                threading.Event().wait()
        except KeyboardInterrupt:
            return 0
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
