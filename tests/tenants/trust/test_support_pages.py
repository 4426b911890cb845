"""The workspace's side of support access: give it, see it, end it."""

import pytest
from sqlalchemy import func, select

from control.support import services as support
from control.support.models import SupportGrant
from kit import audit
from kit.audit import AuditEntry, ControlAuditEntry
from kit.db import control_session, session, workspace_scope
from tests.factories.accounts import PASSWORD, agent, owner, signed_in
from tests.factories.trust import inside, make_grant

NEW = "/settings/support/new"
TYPED = {"reason": "订单列表打不开", "hours": "4", "mode": "look", "password": PASSWORD}


@pytest.fixture
def boss(client, in_acme):
    return signed_in(client, owner())


@pytest.fixture
def colleague(client, in_acme):
    return signed_in(client, agent())


def grants() -> int:
    return control_session().scalar(select(func.count()).select_from(SupportGrant)) or 0


def test_it_works(boss, in_acme):
    assert boss.submit(NEW, TYPED).status_code == 303
    grant = control_session().scalars(select(SupportGrant)).one()
    assert (grant.hours, grant.may_write, grant.giver_name) == (4, False, owner().name)
    row = session().scalars(select(AuditEntry).where(AuditEntry.event == "support:granted")).one()
    assert row.details == {"reason": "订单列表打不开", "hours": 4, "may_write": False}
    told = control_session().scalars(
        select(ControlAuditEntry).where(ControlAuditEntry.event == "support:granted")
    )
    assert told.one().actor_name == owner().name
    page = boss.get("/settings/support/")
    assert "订单列表打不开" in page.text


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"hours": "0"}, "hours"),
        ({"hours": "73"}, "hours"),
        ({"hours": "x"}, "hours"),
        ({"reason": " "}, "reason"),
        ({"password": "wrong"}, "password"),
        ({"mode": "all"}, "mode"),
    ],
)
def test_it_refuses_bad_input(boss, wrong, field):
    answer = boss.submit(NEW, {**TYPED, **wrong})
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    if field != "reason":
        assert "订单列表打不开" in answer.text
    assert grants() == 0


def test_only_one_is_open_at_a_time(boss, acme):
    make_grant(acme)
    assert boss.submit(NEW, TYPED).status_code == 422
    assert grants() == 1


@pytest.mark.parametrize("path", ["/settings/support/", NEW])
def test_it_needs_the_permission(colleague, path):
    assert colleague.get(path).status_code == 403


def test_a_colleague_cannot_end_it(colleague, acme):
    grant = make_grant(acme)
    token = colleague.token("/customers/")
    for path in (f"/settings/support/{grant.public_id}/end", "/settings/support/end"):
        assert colleague.post(path, data={"csrf_token": token}).status_code == 403
    assert control_session().get(SupportGrant, grant.id, populate_existing=True).is_open


def test_strangers_get_404(boss, client, rival):
    grant = make_grant(rival)
    path = f"/settings/support/{grant.public_id}"
    assert boss.get(path).status_code == 404
    token = boss.token("/settings/support/")
    assert boss.post(f"{path}/end", data={"csrf_token": token}).status_code == 404
    assert "订单列表打不开" not in boss.get("/settings/support/").text
    assert control_session().get(SupportGrant, grant.id, populate_existing=True).is_open


@pytest.mark.parametrize("way", ["one", "banner"])
def test_ending_it_throws_out_who_is_inside(client, boss, acme, in_acme, way):
    grant = make_grant(acme)
    visitor = inside(client, acme, grant)
    assert visitor.get("/orders/").status_code == 200
    path = f"/settings/support/{grant.public_id}/end" if way == "one" else "/settings/support/end"
    assert boss.post(path, data={"csrf_token": boss.token("/settings/support/")}).status_code == 303
    assert visitor.get("/orders/").status_code == 302
    assert session().scalars(select(AuditEntry).where(AuditEntry.event == "support:revoked")).one()


def test_ending_twice_is_refused_and_writes_nothing(boss, acme, in_acme):
    grant = make_grant(acme)
    support.revoke_access(grant, by=audit.SYSTEM)
    token = boss.token("/settings/support/")
    boss.post(f"/settings/support/{grant.public_id}/end", data={"csrf_token": token})
    found = select(func.count()).where(AuditEntry.event == "support:revoked")
    assert session().scalar(found) == 0


def test_a_past_grant_shows_every_step(client, boss, acme):
    grant = make_grant(acme)
    visitor = inside(client, acme, grant)
    visitor.get("/orders/")
    with workspace_scope(acme):
        page = boss.get(f"/settings/support/{grant.public_id}")
    assert "/orders/" in page.text
    assert "平台小李" in page.text


def test_the_list_filters_and_leaves_as_a_file(boss, acme, in_acme):
    first = make_grant(acme, reason="第一次")
    support.revoke_access(first, by=audit.SYSTEM)
    make_grant(acme, reason="第二次")
    page = boss.get("/settings/support/?state=open")
    assert "第二次" in page.text
    assert "第一次" not in page.text
    sheet = boss.get("/settings/support/?export=xlsx")
    assert sheet.mimetype.endswith("sheet")
    row = session().scalars(select(AuditEntry).where(AuditEntry.event == "support:exported")).one()
    assert row.details["count"] == 2


@pytest.mark.parametrize("path", ["/settings/support/", NEW])
def test_it_speaks_english(boss, path):
    boss.set_cookie("language", "en", domain="acme.simtree.test")
    assert boss.get(path).status_code == 200
