"""Saved views, columns and past queries of lists, for three people."""

import pytest
from sqlalchemy import select

from kit.audit import AuditEntry
from kit.db import session, workspace_scope
from tenants.accounts.permissions import Permission
from tenants.desk import queries, services
from tenants.desk.models import Audience, ListSetting, PastQuery, SavedView
from tests.factories import accounts
from tests.factories.customers import make_customer
from tests.factories.desk import make_view

NEW = "/desk/views/new?listing=customers&path=/customers/&query="


def person(*permissions):
    held = [str(one) for one in (Permission.Customer.VIEW, *permissions)]
    return accounts.make_user(roles=[accounts.make_role(permissions=held)])


def views(user, listing="customers"):
    return queries.desk_of(user, listing)[0]


def _saved(browser, query="kind=person&page=3&view=x", **given):
    return browser.submit(NEW + query.replace("&", "%26").replace("=", "%3D"), given)


pytestmark = pytest.mark.usefixtures("in_acme")


class TestSaving:
    def test_a_view_keeps_conditions_and_no_place(self, client):
        me = person()
        browser = accounts.signed_in(client, me)
        answer = _saved(browser, name="  个人  客户 ", is_default="y")
        (view,) = views(me)
        assert answer.location == f"/customers/?view={view.public_id}"
        assert (view.name, view.query, view.audience) == ("个人 客户", "kind=person", "own")
        assert queries.desk_of(me, "customers")[1].view_id == view.id
        event = (
            session()
            .scalars(select(AuditEntry).where(AuditEntry.subject_id == view.public_id))
            .one()
        )
        assert event.event == "view:saved"

    def test_it_is_shown_on_its_list_and_as_the_default(self, client):
        me = person()
        make_customer(name="王小明")
        make_view(me, listing="customers", query="name=nobody", name="无人", is_default=True)
        browser = accounts.signed_in(client, me)
        page = browser.get("/customers/").text
        assert "无人" in page
        assert 'data-state="unmatched"' in page
        assert "王小明" in browser.get("/customers/?view=-").text

    def test_bad_input_is_answered_beside_the_field(self, client):
        me = person()
        make_view(me, listing="customers", name="有了")
        browser = accounts.signed_in(client, me)
        for name in ("", " ", "x" * 61, "有了"):
            assert _saved(browser, name=name).status_code == 422
        assert _saved(browser, "name=" + "x" * 6_000, name="长").status_code == 422
        strange = NEW.replace("customers&", "Not%20a%20list&")
        assert browser.submit(strange, {"name": "x"}).status_code == 422
        assert len(views(me)) == 1
        assert browser.get("/desk/views/new").location == "/home/"

    def test_there_is_a_bound(self, client, monkeypatch):
        monkeypatch.setattr(services, "MOST_VIEWS", 1)
        me = person()
        make_view(me, listing="customers")
        assert _saved(accounts.signed_in(client, me), name="二").status_code == 422


class TestSharing:
    def test_who_may_not_share_keeps_a_view_to_himself(self, client):
        me = person()
        browser = accounts.signed_in(client, me)
        assert 'name="audience"' not in browser.get(NEW).text
        _saved(browser, name="我的", audience="workspace")
        assert [view.audience for view in views(me)] == [Audience.OWN]

    def test_a_shared_view_shows_everybody_his_own_rows_only(self, client):
        boss = person(Permission.Desk.SHARE)
        _saved(accounts.signed_in(client, boss), name="大家", audience="workspace")
        colleague = person()
        assert [view.name for view in views(colleague)] == ["大家"]
        browser = accounts.signed_in(client, colleague)
        assert "大家" in browser.get("/customers/").text

    def test_a_role_is_offered_what_is_shared_with_it(self, client):
        boss, colleague, other = person(Permission.Desk.SHARE), person(), person()
        there, elsewhere = (accounts.signed_in(client, one) for one in (colleague, other))
        browser = accounts.signed_in(client, boss)
        role = colleague.roles[0].public_id
        assert _saved(browser, name="无角色", audience="role").status_code == 422
        _saved(browser, name="给角色看", audience="role", role=role)
        assert "给角色看" in there.get("/customers/").text
        assert "给角色看" not in elsewhere.get("/customers/").text

    def test_a_colleague_may_prefer_but_not_change_it(self, client):
        boss, colleague = person(Permission.Desk.SHARE), person()
        view = make_view(boss, listing="customers", audience=Audience.WORKSPACE, name="大家")
        browser = accounts.signed_in(client, colleague)
        path = f"/desk/views/{view.public_id}"
        assert 'name="name"' not in browser.get(path).text
        browser.submit(path, {"is_default": "y", "name": "我的", "audience": "own"})
        assert queries.desk_of(colleague, "customers")[1].view_id == view.id
        assert queries.find_view(view.public_id).name == "大家"
        token = browser.token("/customers/")
        refused = browser.post(f"{path}/delete", data={"csrf_token": token})
        assert refused.status_code == 403

    def test_others_do_not_find_a_view_of_ones_own(self, client, rival):
        view = make_view(person(), listing="customers")
        path = f"/desk/views/{view.public_id}"
        assert accounts.signed_in(client, person()).get(path).status_code == 404
        with workspace_scope(rival):
            stranger = accounts.signed_in(client, accounts.owner())
        assert stranger.get(path).status_code == 404


class TestChanging:
    def test_it_is_renamed_and_takes_over_what_is_shown(self, client):
        me = person()
        view = make_view(me, listing="customers", query="kind=person", name="旧")
        browser = accounts.signed_in(client, me)
        path = f"/desk/views/{view.public_id}?path=/customers/&query=kind%3Denterprise"
        browser.submit(path, {"name": "新"})
        assert (queries.find_view(view.public_id).name, view.query) == ("新", "kind=person")
        browser.submit(path, {"name": "新", "takes_over": "y"})
        session().expire_all()
        assert queries.find_view(view.public_id).query == "kind=enterprise"

    def test_a_stale_copy_is_refused(self, client):
        me = person()
        view = make_view(me, listing="customers")
        browser = accounts.signed_in(client, me)
        path = f"/desk/views/{view.public_id}"
        assert browser.submit(path, {"name": "新", "version": "99"}).status_code == 422

    def test_it_is_deleted_and_no_longer_the_default(self, client):
        me = person()
        view = make_view(me, listing="customers", is_default=True)
        key = view.public_id
        browser = accounts.signed_in(client, me)
        token = browser.token(f"/desk/views/{key}")
        data = {"csrf_token": token, "path": "/customers/"}
        assert browser.post(f"/desk/views/{key}/delete", data=data).location == "/customers/"
        assert queries.find_view(key) is None
        assert browser.get("/customers/").status_code == 200
        assert browser.post(f"/desk/views/{key}/delete", data=data).status_code == 404

    def test_a_role_with_a_view_is_not_deleted_under_it(self, client):
        boss = person(Permission.Desk.SHARE)
        role = accounts.make_role(permissions=["customer:view"])
        make_view(boss, listing="customers", audience=Audience.ROLE, role=role)
        browser = accounts.signed_in(client, accounts.owner())
        token = browser.token("/roles/")
        browser.post(f"/roles/{role.public_id}/delete", data={"csrf_token": token})
        assert session().scalars(select(SavedView.role_id)).one() == role.id


class TestColumnsAndHistory:
    def test_columns_and_density_are_kept(self, client):
        me = person()
        make_customer()
        browser = accounts.signed_in(client, me)
        token = browser.token("/customers/")
        for cols in ("name,number", "number,name"):
            data = {
                "csrf_token": token,
                "listing": "customers",
                "cols": cols,
                "density": "compact",
            }
            assert browser.post("/desk/lists", data=data).status_code == 204
        assert session().scalars(select(ListSetting.columns)).all() == [["number", "name"]]
        page = browser.get("/customers/").text
        assert page.index('<th scope="col" data-col="number"') < page.index(
            '<th scope="col" data-col="name"'
        )
        assert '<th scope="col" data-col="kind"' not in page
        assert "is-compact" in page

    def test_what_was_asked_is_kept_once_with_its_count(self, client, monkeypatch):
        monkeypatch.setattr(services, "MOST_PAST", 2)
        me = person()
        browser = accounts.signed_in(client, me)
        token = browser.token("/customers/")

        def ask(query, found="7"):
            data = {
                "csrf_token": token,
                "listing": "customers",
                "query": query,
                "words": f"words of {query}",
                "found": found,
            }
            assert browser.post("/desk/queries", data=data).status_code == 204

        for query in ("phone=13800138000", "kind=person", "phone=13800138000&page=4", ""):
            ask(query)
        assert [one.query for one in queries.past_queries(me, "customers")] == [
            "phone=13800138000",
            "kind=person",
        ]
        ask("kind=enterprise", "many")
        kept = queries.past_queries(me, "customers")
        assert [(one.query, one.found) for one in kept] == [
            ("kind=enterprise", 0),
            ("phone=13800138000", 7),
        ]
        # Phone numbers stand in no table as they are.
        assert b"13800138000" not in kept[1].query_cipher
        shown = browser.get("/desk/queries?listing=customers&path=/customers/").text
        assert "/customers/?phone=13800138000" in shown
        other = accounts.signed_in(client, person())
        assert "13800138000" not in other.get("/desk/queries?listing=customers").text
        browser.post("/desk/queries/forget", data={"csrf_token": token, "listing": "customers"})
        assert session().scalars(select(PastQuery)).all() == []
