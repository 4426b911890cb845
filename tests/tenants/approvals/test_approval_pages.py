"""Pages of approvals, for those who take part, a colleague with fewer rights and a stranger."""

import pytest
from sqlalchemy import event as sql_event

from kit.db import session, workspace_scope
from tenants.approvals import queries, services
from tenants.approvals.models import ApprovalState, Mode
from tests.factories import accounts
from tests.factories.accounts import make_role, make_user, owner, signed_in
from tests.factories.approvals import (
    PAPER,
    agree,
    approver,
    asked,
    make_absence,
    make_document,
    make_flow,
    outcomes,
    people_step,
    refuse_outcomes,
    submitted,
)
from tests.page import says


def _page(approval, verb=""):
    return f"/approvals/{approval.public_id}{verb}"


def _now(approval):
    """The approval after a request, which ended the session it came from."""
    return queries.find_approval(approval.public_id)


def test_the_inbox_has_what_waits_what_was_decided_and_what_was_submitted(in_acme, client):
    boss, me = approver("老板"), approver("我")
    waiting = submitted(people_step(boss), by=me, title="采购单甲")
    decided = submitted(people_step(boss), by=me, title="采购单乙")
    agree(decided, boss)
    inbox = signed_in(client, boss)
    assert "采购单甲" in inbox.get("/approvals/").text
    assert "采购单乙" not in inbox.get("/approvals/").text
    assert "采购单乙" in inbox.get("/approvals/?status=decided").text
    assert "采购单甲" not in inbox.get("/approvals/?status=decided").text
    mine = signed_in(client, me).get("/approvals/?status=submitted").text
    assert "采购单甲" in mine
    assert "采购单乙" in mine
    everything = signed_in(client, owner()).get("/approvals/?status=all")
    assert waiting.title in everything.text
    # Who may not see those of others is not offered that tab, and its address shows the inbox.
    assert "采购单乙" not in signed_in(client, boss).get("/approvals/?status=all").text
    assert 'name="ids"' not in mine


def test_the_inbox_asks_few_statements(in_acme, client, app):
    boss, me = approver(), approver()
    make_flow(people_step(boss))
    for _ in range(5):
        services.submit(PAPER, make_document(), by=me)
    browser = signed_in(client, boss)
    browser.get("/approvals/")
    sent: list[str] = []

    def note(_connection, _cursor, statement, *_rest):
        sent.append(statement)

    engine = session().get_bind()
    sql_event.listen(engine, "before_cursor_execute", note)
    try:
        browser.get("/approvals/")
    finally:
        sql_event.remove(engine, "before_cursor_execute", note)
    selects = [one for one in sent if one.lstrip().upper().startswith("SELECT")]
    assert len(selects) <= 8, selects


def test_an_export_is_logged(in_acme, client):
    boss = approver()
    submitted(people_step(boss))
    with signed_in(client, boss).get("/approvals/?export=xlsx") as sheet:
        assert sheet.status_code == 200
    log = signed_in(client, owner()).get("/audit/?event=approvals:exported")
    assert "导出审批" in log.text


def test_an_approval_is_read_approved_and_its_tab_tells_it(in_acme, client):
    boss, second, me = approver("老板"), approver("二老板"), approver("我")
    approval = submitted(people_step(boss, second, mode=Mode.ALL), by=me, title="采购单")
    browser = signed_in(client, boss)
    page = browser.get(_page(approval))
    for words in ("采购单", "¥500.00", "东区", "/papers/", "二老板"):
        assert words in page.text
    assert browser.submit(_page(approval, "/approve"), {"opinion": "可以"}).location == (
        _page(approval)
    )
    assert asked(_now(approval)) == ["二老板"]
    page = browser.get(_page(approval))
    assert "可以" in page.text
    assert says(page, "After %(duration)s", duration="不到 1 分钟")
    assert f"{_page(approval)}/approve" not in page.text
    drawer = {"HX-Request": "true", "HX-Target": "div#drawer-body"}
    assert browser.get(_page(approval), headers=drawer).status_code == 200


def test_a_late_form_decides_nothing(in_acme, client):
    boss, other = approver("甲"), approver("乙")
    approval = submitted(people_step(boss, other), people_step(boss))
    browser = signed_in(client, boss)
    path = _page(approval, "/approve")
    typed = {"csrf_token": browser.token(path), "turn": approval.turn_id, "opinion": ""}
    agree(approval, other)
    assert browser.post(path, data=typed).status_code == 422
    assert asked(_now(approval)) == ["甲"]
    assert browser.post(path, data=typed | {"turn": ""}).status_code == 422
    assert _now(approval).state == ApprovalState.PENDING


@pytest.mark.parametrize(
    ("verb", "state"),
    [("/reject", ApprovalState.REJECTED), ("/return", ApprovalState.RETURNED)],
)
def test_a_no_needs_a_reason(in_acme, client, verb, state):
    boss = approver()
    approval = submitted(people_step(boss))
    browser = signed_in(client, boss)
    typed = {"to": "submitter"} if verb == "/return" else {}
    refused = browser.submit(_page(approval, verb), typed | {"opinion": " "})
    assert (refused.status_code, _now(approval).state) == (422, ApprovalState.PENDING)
    answer = browser.submit(_page(approval, verb), typed | {"opinion": "重做"})
    assert (answer.location, _now(approval).state) == (_page(approval), state)
    assert "重做" in browser.get(_page(approval)).text


def test_it_is_returned_to_an_earlier_step(in_acme, client):
    first, second = approver("甲"), approver("乙")
    approval = submitted(people_step(first), people_step(second))
    agree(approval, first)
    foreign = submitted(people_step(first), people_step(second)).steps[0].public_id
    browser, mine = signed_in(client, second), signed_in(client, first)
    typed = {"to": approval.steps[0].public_id, "opinion": "再看"}
    assert browser.submit(_page(approval, "/return"), typed).status_code == 303
    assert asked(_now(approval)) == ["甲"]
    typed = {"to": foreign, "opinion": "再看"}
    assert mine.submit(_page(approval, "/return"), typed).status_code == 422


def test_it_is_handed_over_and_a_signer_added(in_acme, client):
    first, second, third = approver("甲"), approver("乙"), approver("丙")
    approval = submitted(people_step(first))
    browser = signed_in(client, first)
    typed = {"signer": first.public_id, "to": second.public_id, "opinion": "请代看"}
    assert browser.submit(_page(approval, "/transfer"), typed).location == _page(approval)
    assert asked(_now(approval)) == ["乙"]
    browser = signed_in(client, second)
    typed = {"to": third.public_id, "place": "before", "opinion": ""}
    assert browser.submit(_page(approval, "/add-signer"), typed).location == _page(approval)
    assert asked(_now(approval)) == ["丙"]
    assert "加签：丙" in browser.get(_page(approval)).text
    typed["to"] = "0" * 26
    assert browser.submit(_page(approval, "/add-signer"), typed).status_code == 422


def test_who_submitted_it_reminds_and_recalls(in_acme, client):
    boss, me = approver(), approver()
    approval = submitted(people_step(boss), by=me)
    browser = signed_in(client, me)
    token = browser.token(_page(approval))
    for verb in ("/remind", "/remind", "/recall", "/recall"):
        answer = browser.post(_page(approval, verb), data={"csrf_token": token})
        assert answer.location == _page(approval)
        assert browser.get(_page(approval, verb)).status_code == 405
    assert _now(approval).state == ApprovalState.RECALLED


def test_selected_ones_are_approved_with_a_result_for_each(in_acme, client):
    """One refusal stops no other, and the same press again does nothing more."""
    boss, me = approver(), approver()
    strange = submitted(people_step(approver()), by=me, title="别人的单")
    make_flow(people_step(boss))
    fine, stubborn = (services.submit(PAPER, make_document(), by=me) for _ in range(2))
    refuse_outcomes(stubborn.document_id)
    browser = signed_in(client, boss)
    keys = [one.public_id for one in (fine, stubborn, strange)]
    pressed = [fine.turn_id, stubborn.turn_id, strange.turn_id, "nothing"]
    data = {"csrf_token": browser.token("/approvals/"), "ids": pressed}
    browser.inspect = False
    for _press in range(2):
        page = browser.post("/approvals/approve", data=data)
        assert says(page, "%(done)s done, %(rest)s not.", done=1, rest=3)
        for outcome in ("refused", "denied", "gone"):
            assert page.text.count(f'data-outcome="{outcome}"') == 1
        assert "别人的单" not in page.text
    now = [queries.find_approval(key) for key in keys]
    assert [len(outcomes(one)) for one in now] == [1, 0, 0]
    states = [one.state for one in now]
    assert states == [ApprovalState.APPROVED, ApprovalState.PENDING, ApprovalState.PENDING]
    nothing = browser.post("/approvals/approve", data={"csrf_token": data["csrf_token"]})
    assert nothing.status_code == 200
    assert browser.get("/approvals/approve").status_code == 404


def test_who_takes_no_part_sees_nothing(in_acme, rival, client):
    boss = approver()
    approval = submitted(people_step(boss))
    colleague = signed_in(client, approver())
    none = signed_in(client, make_user(roles=[make_role(permissions=["order:view"])]))
    for verb in ("", "/approve", "/reject", "/return", "/transfer", "/add-signer"):
        assert colleague.get(_page(approval, verb)).status_code == 403
        assert none.get(_page(approval, verb)).status_code == 403
    for path in ("/approvals/", "/approvals/absences/", "/settings/approvals/"):
        assert none.get(path).status_code == 403
        assert client.at(in_acme).get(path).location.startswith("/login")
    auditor = signed_in(client, make_user(roles=[accounts.role("auditor")]))
    assert auditor.get(_page(approval)).status_code == 200
    session().commit()
    with workspace_scope(rival):
        stranger = signed_in(client, owner())
        for verb in ("", "/approve", "/transfer"):
            assert stranger.get(_page(approval, verb)).status_code == 404
        data = {"csrf_token": stranger.token("/account/password"), "ids": [approval.turn_id]}
        assert approval.title not in stranger.post("/approvals/approve", data=data).text
    assert _now(approval).state == ApprovalState.PENDING


def test_all_of_others_means_within_ones_data_scope(in_acme, client):
    unit = accounts.make_unit("华东")
    rights = ["approval:view", "approval:all"]
    looking = make_user(roles=[make_role(permissions=rights, scope="unit")], unit=unit)
    inside = submitted(people_step(approver()), by=approver("同事", unit=unit), title="同机构单")
    outside = submitted(people_step(approver()), by=approver(), title="外机构单")
    inside, outside = _page(inside), _page(outside)
    browser = signed_in(client, looking)
    assert browser.get(inside).status_code == 200
    assert browser.get(outside).status_code == 403
    page = browser.get("/approvals/?status=all").text
    assert "同机构单" in page
    assert "外机构单" not in page


def test_an_absence_is_entered_and_ended(in_acme, client):
    me, stand_in = approver("我"), approver("代理")
    browser = signed_in(client, me)
    path = "/approvals/absences/"
    days = {"first_on": "2099-01-01", "last_on": "2099-01-05"}
    refused = browser.submit(path, days | {"substitute": me.public_id})
    assert refused.status_code == 422
    assert browser.submit(path, days | {"substitute": stand_in.public_id}).location == path
    (absence,) = queries.absences_of(me)
    assert "2099-01-05" in browser.get(path).text
    end = f"{path}{absence.public_id}/end"
    other = signed_in(client, stand_in)
    assert other.post(end, data={"csrf_token": other.token(path)}).status_code == 403
    assert browser.post(end, data={"csrf_token": browser.token(path)}).location == path
    assert says(browser.get(path), "Taken back")


def test_a_substitute_finds_it_in_his_inbox_and_on_the_home_page(in_acme, client):
    boss, stand_in = approver("老板"), approver("代理")
    approval = submitted(people_step(boss), title="采购单")
    make_absence(boss, stand_in)
    browser = signed_in(client, stand_in)
    assert "采购单" in browser.get("/approvals/").text
    page = browser.get(_page(approval))
    assert "代理人：代理" in page.text
    assert browser.submit(_page(approval, "/approve"), {"opinion": ""}).status_code == 303
    assert _now(approval).state == ApprovalState.APPROVED


def test_a_substitute_can_read_later_what_he_decided(in_acme, client):
    boss, stand_in = approver("老板"), approver("代理")
    approval = submitted(people_step(boss), title="采购单")
    absence = make_absence(boss, stand_in)
    agree(approval, stand_in)
    services.end_absence(absence, by=boss)
    path = _page(approval)
    browser = signed_in(client, stand_in)
    assert "采购单" in browser.get("/approvals/?status=decided").text
    assert browser.get(path).status_code == 200


def test_who_sets_up_flows_opens_what_is_stuck_and_hands_it_over(in_acme, client):
    first, second = approver("甲"), approver("乙")
    approval = submitted(people_step(first))
    rights = ["approval:view", "approval:edit"]
    typed = {"signer": first.public_id, "to": second.public_id, "opinion": ""}
    browser = signed_in(client, make_user(roles=[make_role(permissions=rights)]))
    assert f"{_page(approval)}/approve" not in browser.get(_page(approval)).text
    assert browser.submit(_page(approval, "/transfer"), typed).location == _page(approval)
    assert asked(_now(approval)) == ["乙"]


def test_the_home_page_counts_what_waits(in_acme, client):
    boss = approver()
    assert "待我审批" not in signed_in(client, boss).get("/home/").text
    submitted(people_step(boss))
    assert "待我审批" in signed_in(client, boss).get("/home/").text
