"""Submitting: which steps a document takes and who is asked."""

import pytest
from sqlalchemy import select

from kit.db import session
from kit.errors import Refused
from tenants.accounts import services as people
from tenants.approvals import queries, services
from tenants.approvals.models import Approval, ApprovalState, Comparison, Mode, Who
from tenants.approvals.services import Rule
from tests.factories import accounts
from tests.factories.accounts import headquarters, make_role, make_unit, make_user
from tests.factories.approvals import (
    PAPER,
    agree,
    approver,
    asked,
    make_document,
    make_flow,
    outcomes,
    people_step,
    role_step,
    submitted,
)


def _names(approval):
    return [step.name for step in approval.steps]


def test_nobody_has_to_approve_what_has_no_flow_or_one_switched_off(in_acme):
    me = approver()
    assert services.submit(PAPER, make_document(), by=me) is None
    make_flow(people_step(approver()), is_active=False)
    assert services.submit(PAPER, make_document(), by=me) is None
    assert session().scalars(select(Approval)).all() == []


def test_the_first_step_is_asked_and_history_and_log_begin(in_acme):
    first, second, me = approver("甲"), approver("乙"), approver("提交人")
    approval = submitted(people_step(first), people_step(second), by=me, title="  采购\n单 ")
    assert (approval.state, approval.title) == (ApprovalState.PENDING, "采购 单")
    assert asked(approval) == ["甲"]
    (event,) = queries.events_of([approval])[approval.id]
    assert (event.action, event.actor_name) == ("submitted", "提交人")
    assert accounts.log_names(approval) == ["approval:submitted"]
    assert queries.count_waiting(first) == 1
    assert queries.count_waiting(second) == queries.count_waiting(me) == 0
    assert outcomes(approval) == []


def test_only_what_is_saved_can_be_submitted(in_acme):
    make_flow(people_step(approver()))
    with pytest.raises(Refused, match="Save this first"):
        services.submit(PAPER, "0" * 26, by=approver())


def test_the_same_press_again_makes_no_second_approval(in_acme):
    make_flow(people_step(approver()))
    me, document = approver(), make_document()
    first = services.submit(PAPER, document, by=me, key="press-1")
    assert services.submit(PAPER, document, by=me, key="press-1") is first
    assert services.submit(PAPER, document, by=me, key="press-2") is first
    with pytest.raises(Refused, match="already"):
        services.submit(PAPER, document, by=approver())
    with pytest.raises(Refused, match="something else"):
        services.submit(PAPER, make_document(), by=me, key="press-1")
    services.recall(first, by=me)
    # Even after its end the press that made it makes no other.
    assert services.submit(PAPER, document, by=me, key="press-1") is first
    assert services.submit(PAPER, document, by=me, key="press-3") is not first
    assert len(queries.approvals_of([PAPER.code], document)) == 2


@pytest.mark.parametrize(
    ("amount", "names"),
    [
        (9_999, ["总是"]),
        (10_000, ["总是", "中额"]),
        (99_999, ["总是", "中额"]),
        (100_000, ["总是", "大额"]),
        (None, ["总是", "中额", "大额"]),
    ],
)
def test_steps_are_taken_by_the_band_of_the_amount(in_acme, amount, names):
    boss = approver()
    approval = submitted(
        people_step(boss, name="总是"),
        people_step(boss, name="中额", amount_from=10_000, amount_below=100_000),
        people_step(boss, name="大额", amount_from=100_000),
        amount=amount,
    )
    assert _names(approval) == names


@pytest.mark.parametrize(
    ("region", "names"), [("east", ["总是", "是东区"]), ("west", ["总是", "不是东区"])]
)
def test_steps_are_taken_by_a_condition(in_acme, region, names):
    boss = approver()
    on_region = {"fact": "region", "wanted": "east"}
    approval = submitted(
        people_step(boss, name="总是"),
        people_step(boss, name="是东区", comparison=Comparison.IS, **on_region),
        people_step(boss, name="不是东区", comparison=Comparison.IS_NOT, **on_region),
        region=region,
    )
    assert _names(approval) == names


def test_a_document_that_takes_no_step_needs_no_approval(in_acme):
    make_flow(people_step(approver(), amount_from=10_000))
    assert services.submit(PAPER, make_document(9_999), by=approver()) is None


def test_a_step_by_role_asks_all_its_active_holders_but_the_submitter(in_acme):
    role = make_role(permissions=["approval:view"])
    me, other = approver("我", roles=[role]), approver("他", roles=[role])
    gone = approver("走了", roles=[role])
    people.disable_user(gone, by=accounts.owner())
    assert asked(submitted(role_step(role), by=me)) == ["他"]
    assert asked(submitted(role_step(role), by=other, allows_self=True)) == ["我", "他"]


def test_who_may_not_open_approvals_is_not_asked(in_acme):
    blind = make_user(name="瞎", roles=[make_role(permissions=["order:view"])])
    make_flow(people_step(blind))
    with pytest.raises(Refused, match="Nobody could decide"):
        services.submit(PAPER, make_document(), by=approver())
    assert session().scalars(select(Approval)).all() == []


def test_nobody_but_the_submitter_is_nobody(in_acme):
    me = approver()
    make_flow(people_step(me))
    with pytest.raises(Refused, match="Nobody could decide"):
        services.submit(PAPER, make_document(), by=me)


def test_the_head_of_the_nearest_unit_is_asked(in_acme):
    branch = make_unit("华东")
    outlet = make_unit("一号网点", parent=branch)
    top = approver("总部负责人", unit=headquarters())
    head = approver("华东负责人", unit=branch)
    approver("华西负责人", unit=make_unit("华西")).is_head = True
    clerk = approver("店员", unit=outlet)
    top.is_head = head.is_head = True
    session().commit()
    rule = Rule(name="负责人", who=Who.UNIT_HEAD)
    assert asked(submitted(rule, by=clerk)) == ["华东负责人"]
    # His own is not for himself to decide: it goes further up.
    assert asked(submitted(rule, by=head)) == ["总部负责人"]
    assert asked(submitted(rule, by=head, allows_self=True)) == ["华东负责人"]
    make_flow(rule)
    with pytest.raises(Refused, match="Nobody could decide"):
        services.submit(PAPER, make_document(), by=top)


def test_what_is_under_way_keeps_its_steps_when_the_flow_changes(in_acme):
    old = approver("旧")
    approval = submitted(people_step(old))
    make_flow(people_step(approver("新")), people_step(approver("更新")))
    assert asked(approval) == ["旧"]
    assert agree(approval, old).state == ApprovalState.APPROVED


def test_a_document_under_way_can_be_guarded_by_its_module(in_acme):
    me = approver()
    approval = submitted(people_step(approver(), mode=Mode.ALL), by=me)
    with pytest.raises(Refused, match="recall it"):
        services.refuse_pending(PAPER, approval.document_id)
    services.recall(approval, by=me)
    services.refuse_pending(PAPER, approval.document_id)
