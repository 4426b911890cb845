"""Organisation units: three levels, one headquarters, moved and deleted without loose ends."""

import pytest
from sqlalchemy import select

from kit import audit
from kit.db import session, workspace_scope
from kit.errors import Refused
from tenants.accounts import queries, services
from tenants.accounts.models import Unit, User
from tests.factories import accounts
from tests.factories.accounts import headquarters, make_unit


def edit(unit, **changed):
    values = {"version": unit.version, "name": unit.name, "remark": unit.remark}
    services.edit_unit(unit, **(values | {"by": audit.SYSTEM} | changed))


def test_a_workspace_begins_with_its_headquarters(in_acme):
    top = headquarters()
    assert (top.depth, top.path, top.parent_id) == (1, f"{top.id}.", None)
    assert accounts.owner().unit is top
    with pytest.raises(Refused, match="headquarters"):
        services.add_unit(name="另一个总部", parent=None, by=audit.SYSTEM)
    assert session().scalars(select(Unit)).all() == [top]


def test_units_have_three_levels(in_acme):
    branch = make_unit("华东分公司")
    outlet = make_unit("南京路网点", parent=branch)
    assert outlet.path == f"{headquarters().id}.{branch.id}.{outlet.id}."
    with pytest.raises(Refused) as refused:
        make_unit("柜台", parent=outlet)
    assert refused.value.field == "parent"


def test_sisters_have_different_names_and_cousins_may_share_one(in_acme):
    east, west = make_unit("华东"), make_unit("华西")
    make_unit("一号网点", parent=east)
    make_unit("一号网点", parent=west)
    with pytest.raises(Refused) as refused:
        make_unit(" 华东 ")
    assert refused.value.field == "name"


@pytest.mark.parametrize(("changed", "field"), [({"name": " "}, "name"), ({"version": 99}, None)])
def test_a_bad_edit_changes_nothing(in_acme, changed, field):
    unit = make_unit("华东")
    with pytest.raises(Refused) as refused:
        edit(unit, **changed)
    assert refused.value.field == field
    assert (unit.name, unit.version) == ("华东", 1)


def test_a_move_takes_along_what_hangs_below(in_acme):
    east, west = make_unit("华东"), make_unit("华西")
    outlet = make_unit("一号网点", parent=east)
    services.move_unit(outlet, parent=west, by=audit.SYSTEM)
    assert outlet.path == f"{headquarters().id}.{west.id}.{outlet.id}."
    services.move_unit(outlet, parent=headquarters(), by=audit.SYSTEM)
    assert (outlet.depth, outlet.path) == (2, f"{headquarters().id}.{outlet.id}.")
    (entry, *_) = queries.log_of(outlet.public_id)
    assert entry.details == {"before": "华西", "after": headquarters().name}


def test_a_move_refuses_circles_and_a_fourth_level(in_acme):
    east, west = make_unit("华东"), make_unit("华西")
    outlet = make_unit("一号网点", parent=east)
    for unit, parent in ((headquarters(), east), (east, outlet), (east, east), (east, west)):
        with pytest.raises(Refused):
            services.move_unit(unit, parent=parent, by=audit.SYSTEM)
    assert (east.depth, outlet.path) == (2, f"{headquarters().id}.{east.id}.{outlet.id}.")


def test_a_unit_is_deleted_only_when_nothing_hangs_on_it(in_acme):
    east = make_unit("华东")
    outlet = make_unit("一号网点", parent=east)
    user = accounts.make_user(unit=outlet)
    role = accounts.make_role(permissions=["order:view"], scope="units", units=[outlet])
    for unit in (east, outlet):
        with pytest.raises(Refused):
            services.delete_unit(unit, by=audit.SYSTEM)
    user.unit = None
    session().commit()
    with pytest.raises(Refused, match="role"):
        services.delete_unit(outlet, by=audit.SYSTEM)
    services.delete_role(role, by=audit.SYSTEM)
    services.delete_unit(outlet, by=audit.SYSTEM)
    services.delete_unit(east, by=audit.SYSTEM)
    assert session().scalars(select(Unit.name)).all() == [headquarters().name]


def test_the_tree_is_grown_moved_and_cut_on_its_pages(in_acme, client):
    browser = accounts.signed_in(client, accounts.owner())
    top = headquarters()
    typed = {"name": "华东分公司", "parent": top.public_id, "remark": ""}
    assert browser.submit("/units/new", typed).location == "/units/"
    branch = session().scalars(select(Unit).where(Unit.name == "华东分公司")).one()
    assert browser.submit("/units/new", typed).status_code == 422
    path = f"/units/{branch.public_id}"
    assert "华东分公司" in browser.get("/units/").text
    assert browser.get(path).status_code == 200
    assert browser.submit(f"{path}/edit", {"name": "东区", "remark": "沪苏浙"}).location == path
    outlet = make_unit("一号网点", parent=branch)
    moved = browser.submit(f"/units/{outlet.public_id}/move", {"parent": top.public_id})
    assert moved.location == f"/units/{outlet.public_id}"
    assert queries.find_unit(outlet.public_id).parent_id == top.id
    browser.post(f"{path}/delete", data={"csrf_token": browser.token(path)})
    assert browser.get(path).status_code == 404


def test_who_reaches_one_branch_changes_no_other(in_acme, client):
    east, west = make_unit("华东"), make_unit("华西")
    role = accounts.make_role(permissions=["unit:view", "unit:edit"], scope="unit_below")
    own, other = east.public_id, west.public_id
    browser = accounts.signed_in(client, accounts.make_user(roles=[role], unit=east))
    assert browser.get(f"/units/{own}/edit").status_code == 200
    for path in ("edit", "move"):
        assert browser.get(f"/units/{other}/{path}").status_code == 403
    token = browser.token(f"/units/{own}/edit")
    gone = browser.post(f"/units/{other}/delete", data={"csrf_token": token})
    assert gone.status_code == 403
    below = {"csrf_token": token, "name": "网点", "parent": other}
    assert browser.post("/units/new", data=below).status_code == 403


def test_a_person_is_put_into_a_unit_and_found_there(in_acme, client):
    browser = accounts.signed_in(client, accounts.owner())
    branch = make_unit("华东分公司")
    outlet = make_unit("一号网点", parent=branch)
    typed = {
        "username": "xiao_chen",
        "name": "小陈",
        "roles": [accounts.role().public_id],
        "unit": outlet.public_id,
        "is_head": "y",
        "password": accounts.NEW_PASSWORD,
    }
    assert browser.submit("/users/new", typed).status_code == 303
    person = session().scalars(select(User).where(User.username == "xiao_chen")).one()
    assert (person.unit_id, person.is_head) == (outlet.id, True)
    assert "小陈" in browser.get(f"/units/{outlet.public_id}").text
    assert "小陈" in browser.get(f"/users/?unit={branch.public_id}").text
    assert "小陈" not in browser.get(f"/users/?unit={make_unit('华西').public_id}").text


def test_a_colleague_without_the_right_and_a_stranger_get_nothing(in_acme, rival, client):
    path = f"/units/{headquarters().public_id}"
    colleague = accounts.signed_in(client, accounts.agent())
    for address in ("/units/", path, f"{path}/edit", f"{path}/move", "/units/new"):
        assert colleague.get(address).status_code == 403
    looking = accounts.make_user(roles=[accounts.make_role(permissions=["unit:view"])])
    reader = accounts.signed_in(client, looking)
    assert reader.get(path).status_code == 200
    assert reader.get(f"{path}/edit").status_code == 403
    session().commit()
    with workspace_scope(rival):
        stranger = accounts.signed_in(client, accounts.owner())
        assert stranger.get(path).status_code == 404


def test_a_move_is_shown_before_it_is_made(in_acme, client):
    east, west = make_unit("华东"), make_unit("华西")
    outlet = make_unit("一号网点", parent=east)
    accounts.make_user(name="华东主管", unit=east).is_head = True
    accounts.make_user(name="华西主管", unit=west).is_head = True
    accounts.make_user(unit=outlet)
    move = queries.preview_move(outlet, west)
    assert (move.units, move.people) == (0, 1)
    assert (move.heads_before, move.heads_after) == (["华东主管"], ["华西主管"])
    path, onto = f"/units/{outlet.public_id}/move", west.public_id
    page = accounts.signed_in(client, accounts.owner()).get(f"{path}?parent={onto}")
    assert "华西主管" in page.text
    assert f'selected value="{onto}"' in page.text
    assert client.at(in_acme).get(path).status_code == 302
