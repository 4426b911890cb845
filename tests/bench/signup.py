"""From the click on the mail's link to the first page of the new workspace, and the claim in it."""

import statistics
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter

from flask import Flask, current_app

from control.provisioning import pool
from control.provisioning.process import migrator_engines
from kit import crypto, ids
from kit.db import control_transaction
from tests.bench.frame import Limit
from tests.factories.control import make_signup
from wsgi import tenant_plane

VISITS = 40
CLAIMS = 200


def measure() -> list[Limit]:
    """Return the 95th percentile of the first page and the 99th of a claim."""
    engine = migrator_engines()["main"]
    plane = tenant_plane()
    clicks = [_click(number) for number in range(VISITS) if _ready(plane, engine)]
    claims = _claims(engine)
    engine.dispose()
    return [
        Limit(
            "From the click to the first page, 95th percentile",
            statistics.quantiles(clicks, n=20)[-1],
            "ms",
            500,
            f"median {statistics.median(clicks):.0f} ms of {len(clicks)}; pool filled",
        ),
        Limit(
            "A claim from the pool, 99th percentile",
            statistics.quantiles(claims, n=100)[-1],
            "ms",
            5,
            f"median {statistics.median(claims):.2f} ms of {len(claims)}",
        ),
    ]


def _ready(plane, engine) -> bool:
    if pool.ready(engine) == 0:
        pool.refill(plane, engine)
    return True


def _click(number: int) -> float:
    signup = make_signup(address=f"click-{number}", email=f"li@click-{number}.com")
    token = ids.secret()
    with control_transaction():
        signup.token_digest = crypto.digest(token)
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    # A thread of its own has no open application context: each request gets a fresh one.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(_visit, app, f"click-{number}", token).result()


def _visit(app: Flask, address: str, token: str) -> float:
    browser = app.test_client()
    site = {"base_url": "http://simtree.test"}
    page = browser.get(f"/signup/verify/{token}", **site).text
    csrf = page.partition('name="csrf_token"')[2].partition('value="')[2].partition('"')[0]
    begun = perf_counter()
    pressed = browser.post(f"/signup/verify/{token}", data={"csrf_token": csrf}, **site)
    first = app.test_client().get("/login", base_url=f"http://{address}.simtree.test")
    spent = (perf_counter() - begun) * 1_000
    if pressed.location != f"http://{address}.simtree.test/login" or first.status_code != 200:
        raise RuntimeError(f"the workspace did not open: {pressed.status}, {first.status}")
    return spent


def _claims(engine) -> list[float]:
    """Time claims among rows that only look like members: the schemas behind cost no claim."""
    from kit.db.migrating import head

    with engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO cell.workspaces (workspace, revision, state) "
            f"SELECT 't_like_' || n, '{head('tenants')}', 'pool' "
            f"FROM generate_series(1, {CLAIMS}) n"
        )
    spent = []
    for number in range(CLAIMS):
        begun = perf_counter()
        place = pool.claim(f"claim {number}", cells=["main"])
        spent.append((perf_counter() - begun) * 1_000)
        assert place is not None
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "DELETE FROM cell.workspaces WHERE starts_with(workspace, 't_like_')"
        )
    return spent
