"""Saved views: whatever several tabs save at once, a name stands for one view."""

import pytest
from sqlalchemy import select

from kit.audit import AuditEntry
from kit.db import session
from kit.errors import Refused
from tenants.accounts.models import User
from tenants.desk import queries, services
from tenants.desk.models import SavedView
from tenants.desk.services import ViewDraft
from tests.factories.accounts import make_user
from tests.factories.desk import make_view
from tests.racing import done

pytestmark = pytest.mark.real_commits


def test_two_tabs_that_save_the_same_name_make_one_view(at_once):
    number = make_user().id

    def save(query):
        me = session().get_one(User, number)
        draft = ViewDraft(name="我的订单", query=query, is_default=True)
        return services.save_view(me, listing="orders", draft=draft).id

    asked = [f"status=s{place}" for place in range(6)]
    answers = at_once([lambda query=query: save(query) for query in asked])
    (made,) = done(answers)
    assert {one.field for one in answers if isinstance(one, Refused)} == {"name"}
    me = session().get_one(User, number)
    views, setting = queries.desk_of(me, "orders")
    assert [one.id for one in views] == [made]
    assert views[0].query in asked
    assert setting.view_id == made
    rows = select(AuditEntry).where(AuditEntry.subject_id == views[0].public_id)
    assert [one.event for one in session().scalars(rows)] == ["view:saved"]


def test_two_tabs_that_rename_to_the_same_name_leave_one_of_it(at_once):
    me = make_user()
    number, ids = me.id, [make_view(me, name=name).id for name in ("甲", "乙")]
    session().commit()

    def rename(view_id):
        view, draft = session().get_one(SavedView, view_id), ViewDraft(name="丙", query="q=1")
        services.edit_view(view, draft, version=1, by=session().get_one(User, number))
        return view_id

    answers = at_once([lambda one=one: rename(one) for one in ids])
    (renamed,) = done(answers)
    names = {
        one.id: one.name for one in queries.desk_of(session().get_one(User, number), "orders")[0]
    }
    assert names.pop(renamed) == "丙"
    assert set(names.values()) <= {"甲", "乙"}


def test_two_tabs_that_change_a_view_do_not_overwrite_each_other(at_once):
    me = make_user()
    number, view_id = me.id, make_view(me, name="甲").id
    session().commit()

    def change(name):
        draft = ViewDraft(name=name, query=f"q={name}")
        view = session().get_one(SavedView, view_id)
        services.edit_view(view, draft, version=1, by=session().get_one(User, number))
        return name

    answers = at_once([lambda name=name: change(name) for name in "乙丙丁"])
    (kept,) = done(answers)
    view = session().get_one(SavedView, view_id)
    assert (view.name, view.query, view.version) == (kept, f"q={kept}", 2)


def test_many_tabs_that_save_at_once_stay_within_the_limit(at_once, monkeypatch):
    monkeypatch.setattr(services, "MOST_VIEWS", 3)
    number = make_user().id
    session().commit()

    def save(name):
        me = session().get_one(User, number)
        return services.save_view(me, listing="orders", draft=ViewDraft(name=name, query="q=1"))

    answers = at_once([lambda name=name: save(name).id for name in "甲乙丙丁戊己"])
    assert len(done(answers)) == 3
    assert queries.count_views(session().get_one(User, number), "orders") == 3
