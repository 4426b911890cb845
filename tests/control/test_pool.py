"""The warm pool: filled by batches, claimed once, given back, and never lost to a crash."""

import threading
from datetime import timedelta

import pytest
from flask import current_app
from sqlalchemy import select, text

from control.provisioning import pool
from control.provisioning import services as provisioning
from control.provisioning.models import Build, BuildState
from control.provisioning.process import fill_pools, migrator_engines, provision_one
from control.provisioning.script import role_script
from control.signup.services import Visitor, open_workspace_of, verify_signup
from control.workspaces.models import Workspace, WorkspaceState
from kit import clock, crypto, ids
from kit.db import apart, control_session, control_transaction
from kit.db.migrating import revisions, run_script
from kit.settings import get_settings
from tests.crash import done_apart, killed_at
from tests.factories.control import PASSWORD, make_signup
from wsgi import tenant_plane

pytestmark = pytest.mark.real_commits
TARGET = 4


@pytest.fixture(scope="module", autouse=True)
def small_pool(module_app):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("POOL_TARGET", str(TARGET))
        patch.setenv("POOL_BATCH", "3")
        get_settings.cache_clear()
        yield
    get_settings.cache_clear()


@pytest.fixture(scope="module")
def engine(module_app):
    engines = migrator_engines()
    yield engines["main"]
    for made in engines.values():
        made.dispose()


@pytest.fixture
def empty(engine):
    """The pool without members: what earlier tests left is taken out of it."""
    with engine.begin() as connection:
        connection.execute(text("UPDATE cell.workspaces SET state = 'leaving' WHERE state='pool'"))
    return engine


@pytest.fixture
def filled(empty):
    assert pool.refill(tenant_plane(), empty) == 3
    return empty


def claim(name: str):
    return pool.claim(name, cells=["main"])


def in_cell(statement: str, **values):
    with apart("main", role="simtree_control") as cell:
        return cell.execute(text(statement), values).all()


def members() -> int:
    return len(in_cell("SELECT 1 FROM workspaces WHERE state = 'pool'"))


def entered(address: str):
    """A sign-up, and the token that its mail carries."""
    signup = make_signup(address=address, email=f"li@{address}-tx.com")
    token = f"token-of-{address}"
    with control_transaction():
        signup.token_digest = crypto.digest(token)
    return signup, token


def verified(token: str):
    return verify_signup(entered(token)[1], by=Visitor())


def build_of(signup) -> Build:
    control_session().expire_all()
    return (
        control_session()
        .scalars(select(Build).where(Build.workspace_id == signup.workspace_id))
        .one()
    )


def test_it_is_filled_by_whole_batches_up_to_its_size(filled):
    assert members() == pool.ready(filled) == 3
    # One more fits, a batch does not.
    assert pool.refill(tenant_plane(), filled) == 0
    assert claim("a") is not None
    assert claim("b") is not None
    assert fill_pools(tenant_plane(), {"main": filled})
    assert pool.ready(filled) == TARGET


def test_a_claimant_gets_one_schema_and_the_same_again(filled):
    first = claim("sign-up 1")
    assert claim("sign-up 1") == first
    assert claim("sign-up 2") != first
    assert members() == 1


def test_an_empty_pool_gives_nothing(empty):
    assert claim("too late") is None
    assert members() == 0


def test_twenty_claim_at_once_and_none_gets_anothers(filled):
    got: list[object] = []
    app = current_app._get_current_object()  # type: ignore[attr-defined]

    def take(number: int) -> None:
        with app.app_context():
            got.append(claim(f"racer {number}"))

    threads = [threading.Thread(target=take, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    schemas = [place.schema for place in got if place is not None]
    assert len(schemas) == len(set(schemas)) == 3


def test_a_member_behind_this_release_is_migrated_before_it_is_claimed(empty):
    *older, _ = revisions("tenants")
    schema = f"t_{ids.new()}"
    with empty.begin() as connection:
        run_script(connection, role_script(schema) + "".join(one.sql for one in older))
        run_script(connection, f"GRANT USAGE ON SCHEMA {schema} TO {schema}")
        connection.execute(
            text("INSERT INTO cell.workspaces (workspace, revision, state) VALUES (:s, :r, :w)"),
            {"s": schema, "r": older[-1].id, "w": "pool"},
        )
    assert claim("in a hurry") is None
    assert pool.ready(empty) == 0
    assert fill_pools(tenant_plane(), {"main": empty})
    assert in_cell("SELECT error FROM workspaces WHERE error IS NOT NULL") == []
    got = {claim(f"in a hurry {number}").schema for number in range(members())}
    assert schema in got


def test_with_a_pool_the_first_page_follows_the_link(module_app, filled):
    signup, token = entered("shanhai")
    site = module_app.test_client().at("")
    pressed = site.submit(f"/signup/verify/{token}", {})
    assert pressed.location == "http://shanhai.simtree.test/login"
    visitor = module_app.test_client().at("shanhai")
    inside = visitor.submit("/login", {"login": signup.username, "password": PASSWORD})
    assert inside.status_code == 303
    assert visitor.get(inside.location).status_code == 200
    control_session().expire_all()
    workspace = control_session().get(Workspace, signup.workspace_id)
    assert workspace.state == WorkspaceState.TRIAL
    assert workspace.schema == f"t_{workspace.public_id}"
    assert build_of(signup).state == BuildState.DONE
    assert not provision_one(tenant_plane(), {"main": filled})


def test_without_a_member_the_build_is_queued(empty):
    signup = verified("later")
    open_workspace_of(signup, plane=tenant_plane())
    assert build_of(signup).state == BuildState.QUEUED


def test_a_forgotten_claim_goes_back(filled):
    lost = claim("somebody who never came back")
    signup = verified("came-back")
    assert pool.give_back_forgotten("main") == 0
    assert pool.give_back_forgotten("main", age=timedelta()) >= 1
    claimed = {row.workspace for row in in_cell("SELECT * FROM workspaces WHERE state = 'live'")}
    assert lost.schema not in claimed
    assert control_session().get(Workspace, signup.workspace_id).schema in claimed


def test_a_refill_killed_half_way_leaves_nothing(empty):
    def refill() -> None:
        pool.refill(tenant_plane(), migrator_engines()["main"])

    schemas = in_cell("SELECT nspname FROM pg_namespace ORDER BY 1")
    killed_at("pool.building", refill)
    assert in_cell("SELECT nspname FROM pg_namespace ORDER BY 1") == schemas
    assert members() == 0
    done_apart(refill)
    assert members() == 3


@pytest.mark.parametrize("point", ["pool.claimed", "pool.seeded"])
def test_a_sign_up_killed_half_way_ends_with_one_open_workspace(filled, point):
    while provision_one(tenant_plane(), {"main": filled}):
        pass
    signup, token = entered(point.replace(".", "-"))
    live = in_cell("SELECT count(*) AS n FROM workspaces WHERE state = 'live'")[0].n

    def press() -> None:
        open_workspace_of(verify_signup(token, by=Visitor()), plane=tenant_plane())

    killed_at(point, press)
    # Pressed again; or, if the person went away, the provisioner goes on when the lease is over.
    if point == "pool.claimed":
        done_apart(press)
    else:
        with clock.moved(clock.now() + provisioning.LEASE + timedelta(seconds=1)):
            while provision_one(tenant_plane(), {"main": filled}):
                pass
    control_session().expire_all()
    workspace = control_session().get(Workspace, signup.workspace_id)
    assert workspace.state == WorkspaceState.TRIAL
    assert build_of(signup).state == BuildState.DONE
    assert members() == 2
    assert in_cell("SELECT count(*) AS n FROM workspaces WHERE state = 'live'")[0].n == live + 1
