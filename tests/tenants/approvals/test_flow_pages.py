"""Setting up flows: verbs and their pages."""

import pytest

from kit import audit
from kit.db import session
from kit.errors import Refused
from tenants.accounts import services as people
from tenants.approvals import queries, services
from tenants.approvals.models import Comparison, Who
from tenants.approvals.services import Rule
from tests.factories import accounts
from tests.factories.accounts import make_role, make_user, owner, signed_in
from tests.factories.approvals import PAPER, approver, make_flow, people_step, role_step


def _names(flow):
    session().refresh(flow, ["steps"])
    return [step.name for step in flow.steps]


def _three():
    return make_flow(*(people_step(approver(), name=name) for name in "甲乙丙"))


def test_steps_are_moved_and_removed(in_acme):
    flow = _three()
    first, _second, third = flow.steps
    services.move_step(third, up=True, version=flow.version, by=owner())
    assert _names(flow) == ["甲", "丙", "乙"]
    services.move_step(first, up=False, version=flow.version, by=owner())
    assert _names(flow) == ["丙", "甲", "乙"]
    services.move_step(third, up=True, version=flow.version, by=owner())
    assert _names(flow) == ["丙", "甲", "乙"]
    services.remove_step(first, version=flow.version, by=owner())
    assert _names(flow) == ["丙", "乙"]
    services.add_step(flow, people_step(approver(), name="丁"), version=flow.version, by=owner())
    assert _names(flow) == ["丙", "乙", "丁"]
    assert "approval_flow:step_moved" in accounts.log_names(flow)


def test_a_stale_press_changes_nothing(in_acme):
    flow = _three()
    old = flow.version - 1
    step = flow.steps[1]
    rule = people_step(approver())
    for verb in (
        lambda: services.move_step(step, up=True, version=old, by=owner()),
        lambda: services.remove_step(step, version=old, by=owner()),
        lambda: services.edit_step(step, rule, version=old, by=owner()),
        lambda: services.add_step(flow, rule, version=old, by=owner()),
        lambda: services.edit_flow(
            flow, version=old, is_active=False, allows_self=True, by=owner()
        ),
    ):
        with pytest.raises(Refused, match="Somebody else"):
            verb()
    session().refresh(flow)
    assert (_names(flow), flow.is_active) == (["甲", "乙", "丙"], True)


def test_a_flow_that_is_on_has_a_step(in_acme):
    flow = services.add_flow(PAPER, by=audit.SYSTEM)
    assert services.add_flow(PAPER, by=audit.SYSTEM) is flow
    with pytest.raises(Refused, match="Add a step"):
        services.edit_flow(
            flow, version=flow.version, is_active=True, allows_self=False, by=owner()
        )
    flow = make_flow(people_step(approver()))
    with pytest.raises(Refused, match="Switch the flow off"):
        services.remove_step(flow.steps[0], version=flow.version, by=owner())


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"name": " "}, "name"),
        ({"people": []}, "people"),
        ({"who": Who.ROLE}, "role"),
        ({"amount_from": 100, "amount_below": 100}, "amount_below"),
        ({"fact": "colour", "comparison": Comparison.IS, "wanted": "red"}, "condition"),
        ({"fact": "region", "comparison": Comparison.IS, "wanted": "north"}, "condition"),
        ({"fact": "region", "wanted": "east"}, "condition"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(in_acme, changed, field):
    flow = make_flow(people_step(approver()))
    with pytest.raises(Refused) as refused:
        services.add_step(
            flow, people_step(approver(), **changed), version=flow.version, by=owner()
        )
    assert refused.value.field == field


def test_a_role_that_a_flow_names_is_not_deleted(in_acme):
    role = make_role(permissions=["approval:view"], name="审批角色")
    make_flow(role_step(role))
    with pytest.raises(Refused, match="approval flow"):
        people.delete_role(role, by=owner())


def test_the_log_reads_as_words(in_acme, client):
    condition = {"fact": "region", "comparison": Comparison.IS, "wanted": "east"}
    flow = make_flow(people_step(approver("老板"), amount_from=10_000, **condition))
    page = signed_in(client, owner()).get(f"/settings/approvals/{flow.public_id}")
    assert "由谁审批 指定人员" in page.text
    assert "审批人 老板、金额不低于 ¥100.00、条件 区域、比较 是、取值 东区" in page.text


def test_a_flow_is_set_up_on_its_pages(in_acme, client):
    browser = signed_in(client, owner())
    boss = approver("老板").public_id
    role = make_role(permissions=["approval:view"], name="财务审批").public_id
    index = "/settings/approvals/"
    token = browser.token(index)
    path = browser.post(index, data={"csrf_token": token, "kind": PAPER.code}).location
    assert browser.post(index, data={"csrf_token": token, "kind": "x"}).status_code == 404
    assert browser.get(path).status_code == 200
    assert browser.submit(path, {"is_active": "y"}).status_code == 422
    step = {
        "name": "老板",
        "who": "people",
        "people": [boss],
        "mode": "any",
        "amount_from": "100",
        "amount_below": "",
        "condition": "region:is:east",
    }
    new = f"{path}/steps/new"
    assert browser.submit(new, step | {"amount_below": "50"}).status_code == 422
    assert browser.submit(new, step | {"condition": "region:is:north"}).status_code == 422
    assert browser.submit(new, step).location == path
    by_role = {"name": "财务", "who": "role", "role": role, "mode": "all"}
    assert browser.submit(new, by_role).location == path
    page = browser.get(path).text
    for words in ("老板", "不低于 ¥100.00", "区域 是 东区", "角色：财务审批"):
        assert words in page
    assert browser.submit(path, {"is_active": "y"}).location == path
    flow = queries.active_flow(PAPER.code)
    first, second = flow.steps
    assert (first.amount_from, first.wanted, second.role.name) == (10_000, "east", "财务审批")
    first, second, flow = first.public_id, second.public_id, flow.public_id

    edit = f"{index}steps/{first}/edit"
    assert 'value="100.00"' in browser.get(edit).text
    assert browser.submit(edit, step | {"name": "总经理", "condition": ""}).location == path
    version = queries.find_flow(flow).version
    data = {"csrf_token": browser.token(path), "version": str(version), "to": "up"}
    move = f"{index}steps/{second}/move"
    assert browser.post(move, data=data).location == path
    # The same press again comes with a version that is over.
    browser.post(move, data=data)
    assert _names(queries.find_flow(flow)) == ["财务", "总经理"]
    remove = f"{index}steps/{second}/remove"
    data["version"] = str(queries.find_flow(flow).version)
    assert browser.post(remove, data=data).location == path
    assert _names(queries.find_flow(flow)) == ["总经理"]
    assert PAPER.label in browser.get(index).text


def test_a_colleague_without_the_right_gets_403(in_acme, client):
    flow = _three()
    browser = signed_in(client, make_user(roles=[accounts.role("auditor")]))
    step = flow.steps[0].public_id
    for path in ("", flow.public_id, f"{flow.public_id}/steps/new", f"steps/{step}/edit"):
        assert browser.get(f"/settings/approvals/{path}").status_code == 403


def test_rules_need_not_repeat_what_they_do_not_use(in_acme):
    """A step that was by role and is now by people forgets the role."""
    flow = make_flow(role_step(make_role(permissions=["approval:view"])))
    rule = Rule(name="人", who=Who.PEOPLE, people=[approver()], role=flow.steps[0].role)
    services.edit_step(flow.steps[0], rule, version=flow.version, by=owner())
    assert flow.steps[0].role_id is None
