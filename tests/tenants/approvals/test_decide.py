"""Deciding: all of them, one of them, no, and back."""

from datetime import UTC, datetime, timedelta

import pytest

from kit import clock
from kit.db import session
from kit.errors import Refused
from tenants.approvals import queries, services
from tenants.approvals.labels import duration
from tenants.approvals.models import ApprovalState, Mode
from tests.factories import accounts
from tests.factories.approvals import (
    PAPER,
    agree,
    approver,
    asked,
    change_document,
    lose_document,
    outcomes,
    people_step,
    refuse_outcomes,
    submitted,
)

NO = {"opinion": "价格不对"}


def _actions(approval):
    return [event.action for event in queries.events_of([approval])[approval.id]][::-1]


def test_step_after_step_and_the_last_one_tells_the_module(in_acme):
    first, second, me = approver("甲"), approver("乙"), approver()
    approval = submitted(people_step(first), people_step(second), by=me)
    agree(approval, first, "可以")
    assert (approval.state, asked(approval)) == (ApprovalState.PENDING, ["乙"])
    assert outcomes(approval) == []
    agree(approval, second, "同意")
    (outcome,) = outcomes(approval)
    assert (outcome.state, outcome.opinion, outcome.by) == (ApprovalState.APPROVED, "同意", second)
    assert (outcome.submitter, outcome.document.title) == (me, approval.title)
    assert approval.ended_at is not None
    assert _actions(approval) == ["submitted", "approved", "approved"]
    assert accounts.log_names(approval)[0] == "approval:approved"
    assert queries.count_waiting(first) == queries.count_waiting(second) == 0


def test_one_of_them_is_enough(in_acme):
    first, second = approver("甲"), approver("乙")
    approval = submitted(people_step(first, second, mode=Mode.ANY))
    agree(approval, second)
    assert approval.state == ApprovalState.APPROVED
    with pytest.raises(Refused, match="meanwhile"):
        agree(approval, first)
    assert len(outcomes(approval)) == 1


def test_all_of_them_have_to_agree(in_acme):
    first, second = approver("甲"), approver("乙")
    approval = submitted(people_step(first, second, mode=Mode.ALL))
    agree(approval, second)
    assert (approval.state, asked(approval)) == (ApprovalState.PENDING, ["甲"])
    agree(approval, first)
    assert approval.state == ApprovalState.APPROVED


def test_the_same_press_again_agrees_to_nothing_more(in_acme):
    """Neither for the others of the step nor to the next step, where the same person is asked."""
    first, second = approver("甲"), approver("乙")
    approval = submitted(people_step(first, second, mode=Mode.ALL), people_step(first))
    turn = approval.turn_id
    services.approve(approval, turn=turn, by=first)
    services.approve(approval, turn=turn, by=first)
    assert asked(approval) == ["乙"]
    services.approve(approval, turn=turn, by=second)
    services.approve(approval, turn=turn, by=first)
    assert (approval.state, asked(approval)) == (ApprovalState.PENDING, ["甲"])
    assert _actions(approval) == ["submitted", "approved", "approved"]
    agree(approval, first)
    assert approval.state == ApprovalState.APPROVED


@pytest.mark.parametrize("verb", [services.reject, services.return_to_submitter])
def test_one_no_ends_it_whatever_the_others_think(in_acme, verb):
    first, second = approver("甲"), approver("乙")
    approval = submitted(people_step(first, second, mode=Mode.ALL), people_step(second))
    turn = approval.turn_id
    with pytest.raises(Refused, match="Say why"):
        verb(approval, turn=turn, opinion="  ", by=first)
    assert approval.state == ApprovalState.PENDING
    verb(approval, turn=turn, **NO, by=first)
    verb(approval, turn=turn, **NO, by=first)
    wanted = ApprovalState.REJECTED if verb is services.reject else ApprovalState.RETURNED
    (outcome,) = outcomes(approval)
    assert approval.state == outcome.state == wanted
    assert outcome.opinion == NO["opinion"]
    with pytest.raises(Refused, match="meanwhile"):
        agree(approval, second)
    again = services.submit(PAPER, approval.document_id, by=approval.submitted_by)
    assert again is not approval
    assert again.state == ApprovalState.PENDING


def test_an_earlier_step_decides_once_more_and_all_after_it(in_acme):
    first, second, third = approver("甲"), approver("乙"), approver("丙")
    approval = submitted(people_step(first), people_step(second), people_step(third))
    agree(approval, first)
    agree(approval, second)
    turn, back = approval.turn_id, approval.steps[0]
    with pytest.raises(Refused, match="before"):
        services.send_back(approval, turn=turn, to=approval.steps[2], **NO, by=third)
    services.send_back(approval, turn=turn, to=back, **NO, by=third)
    services.send_back(approval, turn=turn, to=back, **NO, by=third)
    assert asked(approval) == ["甲"]
    for person in (first, second, third):
        agree(approval, person)
    assert approval.state == ApprovalState.APPROVED
    assert _actions(approval).count("sent_back") == 1
    assert _actions(approval).count("approved") == 5


def test_who_is_not_asked_decides_nothing(in_acme):
    first, second = approver("甲"), approver("乙")
    approval = submitted(people_step(first), people_step(second))
    turn = approval.turn_id
    for person in (second, accounts.owner(), approval.submitted_by):
        with pytest.raises(Refused, match="does not wait for you"):
            services.approve(approval, turn=turn, by=person)
        with pytest.raises(Refused):
            services.reject(approval, turn=turn, **NO, by=person)
        with pytest.raises(Refused):
            services.return_to_submitter(approval, turn=turn, **NO, by=person)
    assert _actions(approval) == ["submitted"]


def test_ones_own_is_approved_only_where_the_flow_allows_it(in_acme):
    me, other = approver("我"), approver("他")
    approval = submitted(people_step(me, other), by=me)
    assert asked(approval) == ["他"]
    with pytest.raises(Refused):
        agree(approval, me)
    assert queries.count_waiting(me) == 0
    allowed = submitted(people_step(me, other), by=me, allows_self=True)
    assert queries.count_waiting(me) == 1
    assert agree(allowed, me).state == ApprovalState.APPROVED


def test_what_has_changed_since_is_not_approved(in_acme):
    boss = approver()
    approval = submitted(people_step(boss), amount=50_000)
    for amount, region in ((60_000, "east"), (50_000, "west"), (None, "east")):
        change_document(approval.document_id, amount, region=region)
        with pytest.raises(Refused, match="has changed"):
            agree(approval, boss)
    lose_document(approval.document_id)
    with pytest.raises(Refused, match="no longer there"):
        agree(approval, boss)
    services.reject(approval, turn=approval.turn_id, **NO, by=boss)
    assert approval.state == ApprovalState.REJECTED


def test_what_the_module_refuses_nobody_has_decided(in_acme):
    boss = approver()
    approval = submitted(people_step(boss))
    refuse_outcomes(approval.document_id)
    session().commit()
    with pytest.raises(Refused, match="does not want"):
        agree(approval, boss)
    assert (approval.state, asked(approval)) == (ApprovalState.PENDING, [boss.name])
    assert _actions(approval) == ["submitted"]


def test_who_submitted_it_recalls_it_until_it_is_decided(in_acme):
    first, me = approver(), approver()
    approval = submitted(people_step(first), by=me)
    with pytest.raises(Refused, match="Only who submitted"):
        services.recall(approval, by=first)
    services.recall(approval, by=me)
    services.recall(approval, by=me)
    assert [one.state for one in outcomes(approval)] == [ApprovalState.RECALLED]
    assert _actions(approval) == ["submitted", "recalled"]
    with pytest.raises(Refused, match="meanwhile"):
        agree(approval, first)
    decided = submitted(people_step(first), by=me)
    agree(decided, first)
    with pytest.raises(Refused, match="meanwhile"):
        services.recall(decided, by=me)


def test_the_history_tells_how_long_it_took(in_acme):
    boss = approver()
    with clock.moved(datetime(2026, 8, 3, 1, 0, tzinfo=UTC)):
        approval = submitted(people_step(boss))
        clock.advance(timedelta(hours=3))
        agree(approval, boss)
    event = queries.events_of([approval])[approval.id][0]
    assert (event.action, event.seconds) == ("approved", 3 * 3600)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (59, "less than a minute"),
        (60, "1 min"),
        (3 * 3600 + 61, "3 h 1 min"),
        (26 * 3600, "1 d 2 h"),
    ],
)
def test_durations_read_in_their_two_largest_units(in_acme, seconds, words):
    assert duration(seconds) == words
