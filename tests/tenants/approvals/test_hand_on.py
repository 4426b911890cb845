"""Transfer, add signer, remind, substitutes."""

from datetime import timedelta

import pytest

from kit import clock, mail
from kit.db import session
from kit.errors import Forbidden, Refused
from tenants.accounts import services as people
from tenants.accounts.models import User
from tenants.approvals import queries, services
from tenants.approvals.models import Approval, ApprovalState, Mode
from tenants.approvals.services import Place
from tests.factories import accounts
from tests.factories.accounts import make_role, make_user, run_jobs
from tests.factories.approvals import (
    agree,
    approver,
    asked,
    make_absence,
    outcomes,
    people_step,
    submitted,
)


def _transfer(approval, signer, to, by=None):
    return services.transfer(approval, turn=approval.turn_id, signer=signer, to=to, by=by or signer)


def _add(approval, who, by, place=Place.BEFORE):
    return services.add_signer(approval, turn=approval.turn_id, who=who, place=place, by=by)


def _mails(recipient):
    return [one for one in mail.kept(500) if one.recipient == recipient]


def test_a_transfer_asks_somebody_else_instead_once(in_acme):
    first, second = approver("甲"), approver("乙")
    approval = submitted(people_step(first))
    _transfer(approval, first, second)
    _transfer(approval, first, second)
    assert asked(approval) == ["乙"]
    assert accounts.log_names(approval).count("approval:transferred") == 1
    with pytest.raises(Refused):
        agree(approval, first)
    # And back again to whom it came from.
    _transfer(approval, second, first)
    assert agree(approval, first).state == ApprovalState.APPROVED


def test_a_transfer_is_refused_where_it_makes_no_sense(in_acme):
    first, second, third, me = (approver(name) for name in ("甲", "乙", "丙", "我"))
    approval = submitted(people_step(first, second, mode=Mode.ALL), by=me)
    blind = make_user(name="瞎", roles=[make_role(permissions=["order:view"])])
    for signer, to, by in (
        (first, third, second),
        (first, second, first),
        (first, blind, first),
        (first, me, first),
        (third, me, third),
    ):
        with pytest.raises(Refused):
            _transfer(approval, signer, to, by)
    assert asked(approval) == ["甲", "乙"]


def test_who_sets_up_flows_hands_over_what_is_stuck(in_acme):
    first, second = approver("甲"), approver("乙")
    approval = submitted(people_step(first))
    people.disable_user(first, by=accounts.owner())
    _transfer(approval, first, second, accounts.owner())
    assert agree(approval, second).state == ApprovalState.APPROVED


def test_an_added_signer_decides_before_the_step_goes_on(in_acme):
    first, second, third = approver("甲"), approver("乙"), approver("丙")
    approval = submitted(people_step(first), people_step(third))
    turn = approval.turn_id
    for _ in range(2):
        services.add_signer(approval, turn=turn, who=second, place=Place.BEFORE, by=first)
    assert asked(approval) == ["乙"]
    with pytest.raises(Refused):
        agree(approval, first)
    for person in (second, first, third):
        agree(approval, person)
    assert approval.state == ApprovalState.APPROVED
    assert len(approval.steps) == 3


def test_an_added_signer_decides_after_the_step(in_acme):
    first, second, third = approver("甲"), approver("乙"), approver("丙")
    approval = submitted(people_step(first), people_step(third))
    for _ in range(2):
        _add(approval, second, first, Place.AFTER)
    assert asked(approval) == ["甲"]
    for person in (first, second, third):
        agree(approval, person)
    assert approval.state == ApprovalState.APPROVED
    assert [one.position for one in approval.steps] == [1, 2, 3]


def test_a_signer_is_added_only_by_who_is_asked_and_only_who_could_decide(in_acme):
    first, second, me = approver("甲"), approver("乙"), approver("我")
    approval = submitted(people_step(first), by=me)
    for who, by in ((second, me), (second, second), (me, first), (first, first)):
        with pytest.raises(Refused):
            _add(approval, who, by)
    assert len(approval.steps) == 1


def test_people_are_reminded_once_an_hour(in_acme):
    first, second, me = approver("甲"), approver("乙"), approver("我")
    with clock.moved(clock.now()):
        approval = submitted(people_step(first), people_step(second), by=me)
        with pytest.raises(Refused, match="Only who"):
            services.remind(approval, by=second)
        assert services.remind(approval, by=me)
        assert not services.remind(approval, by=me)
        clock.advance(timedelta(hours=1))
        assert services.remind(approval, by=accounts.owner())
        assert accounts.log_names(approval).count("approval:reminded") == 2
    agree(approval, first)
    # The next ones have not been reminded yet.
    assert services.remind(approval, by=me)
    agree(approval, second)
    with pytest.raises(Refused, match="meanwhile"):
        services.remind(approval, by=me)


def test_mail_goes_to_those_whose_turn_it_is_and_tells_the_end(in_acme):
    boss, stand_in, me = approver("老板"), approver("代理"), approver("我")
    make_absence(boss, stand_in)
    approval = submitted(people_step(boss), by=me)
    services.remind(approval, by=me)
    title, readers = approval.title, [one.email for one in (boss, stand_in, me)]
    link, turn, ids = f"/approvals/{approval.public_id}", approval.turn_id, (approval.id, boss.id)
    run_jobs()
    for reader in readers[:2]:
        subjects = sorted(one.subject for one in _mails(reader))
        assert subjects == [
            f"A reminder: 测试单据 “{title}” waits for your approval.",
            f"测试单据 “{title}” waits for your approval.",
        ]
        assert all(link in one.body for one in _mails(reader))
    assert _mails(readers[2]) == []
    approval, boss = session().get_one(Approval, ids[0]), session().get_one(User, ids[1])
    services.reject(approval, turn=turn, opinion="不行", by=boss)
    run_jobs()
    assert [one.subject for one in _mails(readers[2])] == [f"测试单据 “{title}” has been rejected."]


def test_mail_about_a_turn_that_is_over_does_not_leave(in_acme):
    first, second = approver("甲"), approver("乙")
    approval = submitted(people_step(first), people_step(second))
    readers = [one.email for one in (first, second)]
    agree(approval, first)
    run_jobs()
    assert [len(_mails(one)) for one in readers] == [0, 1]


def test_a_substitute_decides_for_who_is_away_and_the_history_says_so(in_acme):
    boss, stand_in = approver("老板"), approver("代理")
    approval = submitted(people_step(boss))
    with pytest.raises(Refused):
        agree(approval, stand_in)
    make_absence(boss, stand_in)
    assert queries.count_waiting(stand_in) == queries.count_waiting(boss) == 1
    agree(approval, stand_in)
    event = queries.events_of([approval])[approval.id][0]
    assert (event.actor_name, event.for_name) == ("代理", "老板")
    assert outcomes(approval)[0].by is stand_in


def test_who_is_away_may_still_decide(in_acme):
    boss, stand_in = approver("老板"), approver("代理")
    make_absence(boss, stand_in)
    assert agree(submitted(people_step(boss)), boss).state == ApprovalState.APPROVED


def test_one_press_answers_for_oneself_and_for_those_one_substitutes(in_acme):
    boss, stand_in, third = approver("老板"), approver("代理"), approver("丙")
    make_absence(boss, stand_in)
    approval = submitted(people_step(boss, stand_in, third, mode=Mode.ALL))
    agree(approval, stand_in)
    assert asked(approval) == ["丙"]


def test_a_substitute_does_not_approve_what_he_submitted(in_acme):
    boss, me = approver("老板"), approver("我")
    make_absence(boss, me)
    approval = submitted(people_step(boss), by=me)
    assert queries.count_waiting(me) == 0
    with pytest.raises(Refused, match="yourself"):
        agree(approval, me)
    allowed = submitted(people_step(boss), by=me, allows_self=True)
    assert agree(allowed, me).state == ApprovalState.APPROVED


def test_an_absence_ends_by_the_day_or_by_a_press(in_acme):
    boss, stand_in = approver("老板"), approver("代理")
    with clock.moved(clock.now()):
        absence = make_absence(boss, stand_in)
        clock.advance(timedelta(days=2))
        assert queries.represented_ids(stand_in) == []
        again = make_absence(boss, stand_in)
        assert queries.represented_ids(stand_in) == [boss.id]
        services.end_absence(again, by=boss)
        services.end_absence(again, by=boss)
        assert queries.represented_ids(stand_in) == []
        assert accounts.log_names(again) == ["absence:ended", "absence:added"]
        with pytest.raises(Forbidden):
            services.end_absence(absence, by=stand_in)


def test_absences_do_not_overlap_and_substitutes_are_there(in_acme):
    boss, stand_in, third = approver("老板"), approver("代理"), approver("丙")
    absence = make_absence(boss, stand_in)
    assert make_absence(boss, stand_in) is absence
    today = clock.today()
    blind = make_user(name="瞎", roles=[make_role(permissions=["order:view"])])
    for person, substitute, first_on, last_on in (
        (boss, third, today, today),
        (stand_in, third, today, today),
        (third, boss, today, today),
        (third, third, today, today),
        (third, blind, today, today),
        (third, approver(), today, today - timedelta(days=1)),
        (third, approver(), today - timedelta(days=5), today - timedelta(days=3)),
    ):
        with pytest.raises(Refused):
            services.add_absence(
                person, substitute=substitute, first_on=first_on, last_on=last_on, by=person
            )
    assert len(queries.absences_of(third)) == 0
