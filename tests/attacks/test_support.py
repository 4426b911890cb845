"""Support access under attack: ways in that must not open, and writing where one may only look.

On a database where commits are real, because what is refused is refused by the server itself.
"""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import InternalError

from control.support import services as support
from control.support.models import SupportGrant, SupportVisit
from control.support.queries import open_grant
from control.workspaces.directory import directory
from kit import audit, clock, tenancy
from kit.audit import AuditEntry
from kit.db import (
    apart,
    control_session,
    control_transaction,
    database,
    session,
    transaction,
    workspace_scope,
)
from kit.errors import Refused
from tenants.accounts.kinds import find_kind
from tenants.accounts.models import Reveal
from tenants.accounts.support import OPEN_PAGES
from tests.attacks.catalogue import attempt
from tests.factories.customers import make_customer
from tests.factories.trust import handed_over, inside, make_grant
from tests.factories.world import address, make_world, rules

SUPPORT = "support access"


@pytest.fixture
def acme(module_app):
    directory.forget()
    return directory.by_address("acme")


@pytest.fixture
def rival(module_app):
    directory.forget()
    return directory.by_address("rival")


@pytest.fixture
def client(module_app):
    return module_app.test_client()


@pytest.fixture
def given(acme):
    """A grant that only lets look; what an earlier test left open is ended first."""
    return _given(acme)


def _given(tenant, **options) -> SupportGrant:
    old = open_grant(tenant.id)
    if old is not None:
        support.revoke_access(old, by=audit.SYSTEM)
    return make_grant(tenant, **options)


def _enter(client, tenant, token):
    browser = client.at(tenant)
    page = browser.get(f"/support/enter?pass={token}")
    csrf = browser.token("/login")
    answer = browser.post("/support/enter", data={"pass": token, "csrf_token": csrf})
    return page.status_code, answer.status_code, browser


SHUT = (403, 403)


@attempt("replayed", SUPPORT, "a hand-over used twice", stopped_by="one UPDATE: the first one wins")
def test_a_hand_over_opens_once(client, acme, given):
    _operator, token = handed_over(given)
    assert _enter(client, acme, token)[:2] == (200, 303)
    page, answer, browser = _enter(client, acme, token)
    assert (page, answer) == SHUT
    assert browser.get("/orders/").status_code == 302


def _at_once(app, tenant, verb):
    """What each of two threads got that did the same at once; its Refused where it was refused."""
    control_session().rollback()
    start = threading.Barrier(2)

    def run(_number):
        with app.app_context(), tenancy.enter(tenant):
            start.wait(timeout=20)
            try:
                return verb()
            except Refused as refusal:
                return refusal

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(run, range(2)))


@attempt("raced", SUPPORT, "a hand-over used by two at once", stopped_by="one UPDATE")
def test_of_two_at_once_one_gets_in(module_app, acme, given):
    _operator, token = handed_over(given)

    def use():
        return support.enter(token, acme, ip_address=None, user_agent=None)

    answers = _at_once(module_app, acme, use)
    assert sorted(isinstance(one, Refused) for one in answers) == [False, True]


@attempt("stale", SUPPORT, "a hand-over after its minute", stopped_by="its own time")
def test_a_hand_over_is_good_for_a_minute(client, acme, given, monkeypatch):
    _operator, token = handed_over(given)
    later = clock.now() + support.HANDOVER_FOR + timedelta(seconds=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert _enter(client, acme, token)[:2] == SHUT


@attempt("foreign", SUPPORT, "a hand-over of another workspace", stopped_by="the grant's workspace")
def test_a_hand_over_opens_no_other_workspace(client, acme, rival, given):
    _operator, token = handed_over(given)
    assert _enter(client, rival, token)[:2] == SHUT
    # And it is not used up by the try.
    assert _enter(client, acme, token)[:2] == (200, 303)


@attempt("carried", SUPPORT, "a visit's cookie at another workspace", stopped_by="the workspace")
def test_a_visits_cookie_opens_no_other_workspace(client, acme, rival, given):
    visitor = inside(client, acme, given)
    cookie = visitor.get_cookie("support", domain="acme.simtree.test")
    _given(rival)
    browser = client.at(rival)
    browser.set_cookie("support", cookie.value, domain="rival.simtree.test")
    assert browser.get("/orders/").status_code == 302
    assert visitor.get("/orders/").status_code == 200


@attempt("revoked", SUPPORT, "a hand-over after the doors were shut", stopped_by="the grant")
def test_a_revoked_grant_opens_nothing(client, acme, given):
    _operator, token = handed_over(given)
    support.revoke_access(given, by=audit.SYSTEM)
    assert _enter(client, acme, token)[:2] == SHUT


@attempt("expired", SUPPORT, "a visit past its end", stopped_by="the grant, asked each time")
def test_an_expired_grant_opens_nothing_though_nobody_noted_it(client, acme, given):
    visitor = inside(client, acme, given)
    with control_transaction() as control:
        control.execute(
            update(SupportGrant)
            .where(SupportGrant.id == given.id)
            .values(ends_at=clock.now() - timedelta(seconds=1))
        )
    assert visitor.get("/orders/").status_code == 302
    support.note_lapses()
    assert open_grant(acme.id) is None


@attempt("uninvited", SUPPORT, "an operator without a grant", stopped_by="no grant, no hand-over")
@pytest.mark.parametrize("token", ["", "x", "0" * 43])
def test_nobody_enters_without_a_grant(client, acme, token):
    assert _enter(client, acme, token)[:2] == SHUT
    browser = client.at(acme)
    browser.set_cookie("support", token or "-", domain="acme.simtree.test")
    assert browser.get("/orders/").status_code == 302


@attempt("guessed", SUPPORT, "a console session as a visit", stopped_by="tokens of their own")
def test_neither_log_in_nor_hand_over_is_a_visit(client, acme, given):
    _operator, token = handed_over(given)
    browser = client.at(acme)
    for cookie in ("support", "office", "console"):
        browser.set_cookie(cookie, token, domain="acme.simtree.test")
    assert browser.get("/orders/").status_code == 302


def test_of_two_who_open_the_doors_at_once_one_does(module_app, acme):
    if (old := open_grant(acme.id)) is not None:
        support.revoke_access(old, by=audit.SYSTEM)
    answers = _at_once(module_app, acme, lambda: make_grant(acme).public_id)
    assert sorted(isinstance(one, str) for one in answers) == [False, True]


# Writing through a way that only looks.


def _state(tenant) -> dict[str, int]:
    """How many rows each table of a workspace has, but for the log of what was looked at."""
    with workspace_scope(tenant):
        tables = [
            name
            for (name,) in session().execute(
                text("SELECT tablename FROM pg_tables WHERE schemaname = :schema ORDER BY 1"),
                {"schema": tenant.schema},
            )
        ]
        counted = {
            name: session().scalar(text(f'SELECT count(*) FROM "{name}"')) for name in tables
        }
        seen = session().scalar(
            select(func.count())
            .select_from(AuditEntry)
            .where(AuditEntry.event.in_(["support:viewed", "support:entered"]))
        )
        counted["audit_entries"] -= seen or 0
    with apart(tenant.cell) as own:
        counted["outbox"] = own.scalar(
            text("SELECT count(*) FROM outbox WHERE workspace = :schema"),
            {"schema": tenant.schema},
        )
    return counted


@attempt("posts", SUPPORT, "every form of the back office", stopped_by="the gate, and READ ONLY")
def test_no_post_writes_anything(module_app, client, acme):
    """Page, fragment, JSON, bulk, import and export alike: every POST there is."""
    if (old := open_grant(acme.id)) is not None:
        support.revoke_access(old, by=audit.SYSTEM)
    with workspace_scope(acme):
        things = make_world()
        session().commit()
    support.revoke_access(open_grant(acme.id), by=audit.SYSTEM)
    visitor = inside(client, acme, make_grant(acme))
    visitor.inspect = False
    token = visitor.token("/search/")
    before = _state(acme)
    tried = 0
    for rule in rules(module_app, "office"):
        path = address(rule, things) if rule.arguments else rule.rule
        if path is None or "POST" not in (rule.methods or ()):
            continue
        if rule.endpoint == "support.leave" or rule.endpoint.startswith("accounts.login"):
            continue
        for headers in ({}, {"HX-Request": "true"}, {"Accept": "application/json"}):
            data = {"csrf_token": token, "selected": things["order"], "reason": "x"}
            answer = visitor.post(path, data=data, headers=headers)
            open_to_all = answer.status_code in {200, 204, 302, 303, 404, 422}
            assert answer.status_code in {400, 403, 405} or open_to_all, rule.endpoint
            if answer.status_code == 200:
                assert rule.endpoint in OPEN_PAGES or "accounts." in rule.endpoint, rule.endpoint
            tried += 1
    assert tried > 300
    after = _state(acme)
    changed = {name: (before[name], after[name]) for name in before if before[name] != after[name]}
    assert not changed


@pytest.fixture
def looking(acme):
    """The scope in which a read-only visit's pages run."""
    from dataclasses import replace

    with workspace_scope(replace(acme, is_looked_at=True)) as tenant:
        yield tenant
    database.control.rollback()


@attempt("verbs", SUPPORT, "a verb that a read-only workspace may do", stopped_by="READ ONLY")
@pytest.mark.parametrize("even", [False, True])
def test_no_verb_lifts_the_seal(looking, even):
    with pytest.raises(InternalError, match="read-only"), transaction(even_read_only=even) as work:
        work.execute(text("UPDATE users SET name = 'x'"))


@attempt("planes", SUPPORT, "writing in the control plane or the cell", stopped_by="READ ONLY")
def test_no_plane_is_written(looking):
    with pytest.raises(InternalError, match="read-only"), control_transaction() as control:
        control.execute(update(SupportGrant).values(hours=72))
    with pytest.raises(InternalError, match="read-only"), apart(None) as control:
        control.execute(update(SupportVisit).values(left_at=None))
    for role in ("simtree_jobs", "simtree_control"):
        with (
            pytest.raises(InternalError, match="read-only"),
            apart(looking.cell, role=role) as own,
        ):
            own.execute(text("UPDATE workspaces SET limits = '{}'" if role != "simtree_jobs"
                             else "DELETE FROM outbox"))  # fmt: skip


@attempt("reveal", SUPPORT, "personal data, under a grant to write", stopped_by="the permissions")
def test_nothing_is_revealed_under_any_grant(client, acme):
    with workspace_scope(acme):
        customer = make_customer()
        pages = [
            f"/customers/{customer.public_id}/reveal/phone",
            f"/customers/{customer.public_id}/call",
            f"/customers/{customer.public_id}/disclose",
        ]
        assert find_kind("customer") is not None
        session().commit()
    visitor = inside(client, acme, _given(acme, may_write=True))
    visitor.inspect = False
    token = visitor.token("/search/")
    for path in pages:
        assert visitor.get(path).status_code == 403
        data = {"csrf_token": token, "purpose": "contact", "reason": "x"}
        assert visitor.post(path, data=data).status_code == 403
    with workspace_scope(acme):
        assert session().scalar(select(func.count()).select_from(Reveal)) == 0


@attempt(
    "money", SUPPORT, "money and rights, under a grant to write", stopped_by="the list of rights"
)
def test_a_grant_to_write_moves_no_money_and_gives_no_rights(client, acme):
    visitor = inside(client, acme, _given(acme, may_write=True))
    visitor.inspect = False
    token = visitor.token("/search/")
    for path in (
        "/settlement/settle",
        "/users/new",
        "/roles/new",
        "/settings/security",
        "/settings/workspace/close",
        "/settings/workspace/exports/new",
        "/settings/support/new",
        "/settings/verification/hand-in",
        "/account/password",
        "/exports/new/orders",
        "/imports/new/customers",
        "/carriers/new",
    ):
        answer = visitor.post(path, data={"csrf_token": token})
        assert answer.status_code == 403, path


def test_a_grant_to_write_changes_what_it_names(client, acme):
    """So that the refusals above are not all there is; the log names the operator."""
    with workspace_scope(acme):
        public_id = make_customer(name="旧名").public_id
        session().commit()
    visitor = inside(client, acme, _given(acme, may_write=True))
    answer = visitor.submit(
        f"/customers/{public_id}/edit", {"name": "新名", "kind": "person", "category": ""}
    )
    assert answer.status_code in {303, 422}, answer.text[:500]
    if answer.status_code == 303:
        with workspace_scope(acme):
            entry = (
                session()
                .scalars(
                    select(AuditEntry)
                    .where(AuditEntry.subject_id == public_id)
                    .order_by(AuditEntry.id.desc())
                )
                .first()
            )
            assert (entry.actor_kind, entry.event) == ("operator", "customer:edited")
