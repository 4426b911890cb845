"""The back office's pages of channels: for the owner, a colleague with fewer rights, a stranger."""

import re
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from sqlalchemy import event

from kit import audit
from kit.db import session, workspace_scope
from tenants.channels import queries, services
from tenants.channels.models import Channel, ChannelState
from tests.factories.accounts import make_role, make_user, owner, signed_in
from tests.factories.channels import again, make_chain, make_channel, make_grade, make_person

GOOD = {
    "name": "新渠道",
    "kind": "store",
    "contact_name": "王五",
    "contact_phone": "13900139001",
    "share": "12.5",
}


@pytest.fixture
def stranger(client, rival):
    """The owner of another workspace."""
    with workspace_scope(rival):
        return signed_in(client, owner())


@pytest.fixture
def office(client, in_acme):
    return signed_in(client, owner())


@contextmanager
def _counted():
    """Count what is asked of the database inside the block."""
    asked = []

    def note(_connection, _cursor, statement, *_):
        asked.append(statement)

    connection = session().connection()
    event.listen(connection, "before_cursor_execute", note)
    yield asked
    event.remove(connection, "before_cursor_execute", note)


def _url(row, *rest):
    return "/".join(["/channels", again(row).public_id, *rest])


def test_the_list_shows_and_filters(office):
    gold = make_grade(name="金牌")
    one = make_channel(name="阿里渠道", grade=gold)
    two = make_channel(name="波塔渠道", kind="store")
    services.freeze_channel(two, reason="x", by=audit.SYSTEM)
    queries_to_try = [
        (f"q={one.number}", "阿里渠道"),
        ("q=阿里", "阿里渠道"),
        ("state=frozen", "波塔渠道"),
        ("kind=store", "波塔渠道"),
        (f"grade={gold.public_id}", "阿里渠道"),
        (f"below={two.public_id}", "波塔渠道"),
    ]
    both = office.get("/channels/").text
    assert "阿里渠道" in both
    assert "波塔渠道" in both
    assert "139****9000" in both
    assert "13900139000" not in both
    for query, there in queries_to_try:
        text = office.get(f"/channels/?{query}").text
        rows = text[text.index("<tbody>") :]
        assert [name for name in ("阿里渠道", "波塔渠道") if name in rows] == [there], query


def test_what_is_deleted_is_in_the_one_recycle_bin(office):
    services.delete_channel(make_channel(name="旧渠道"), by=audit.SYSTEM)
    assert "旧渠道" not in office.get("/channels/").text
    there = office.get("/channels/?deleted=yes").location
    assert there == "/recycle-bin/?kind=channel"
    assert there in office.get("/channels/").text
    assert "旧渠道" in office.get(there).text


def test_an_export_is_logged(office):
    make_channel()
    answer = office.get("/channels/?export=xlsx", buffered=True)
    assert answer.status_code == 200
    assert session().query(audit.AuditEntry).filter_by(event="channels:exported").count() == 1


def test_the_list_asks_as_much_for_many_rows_as_for_one(office):
    make_channel(grade=make_grade())
    office.get("/channels/")
    with _counted() as few:
        office.get("/channels/")
    for _ in range(5):
        make_channel(grade=make_grade(), parent=make_channel())
    office.get("/channels/")
    with _counted() as many:
        office.get("/channels/")
    assert len(many) == len(few) > 0


def test_the_tree_opens_level_by_level(office):
    root, child, grandchild = make_chain(1_000, 1_000)
    names = [one.name for one in (root, child, grandchild)]
    top = office.get("/channels/tree").text
    assert [name in top for name in names] == [True, False, False]
    path = f"/channels/tree/{again(root).public_id}"
    level = office.get(path, headers={"HX-Request": "true"}).text
    assert [name in level for name in names] == [False, True, False]
    assert office.get(path).status_code == 200
    assert office.get(f"/channels/tree/{again(grandchild).public_id}").status_code == 200


def test_the_detail_has_its_tabs(office):
    root, child = make_chain(1_000)
    person = make_person(root, name="赵店长")
    invitation, _ = services.invite(root, role="clerk", name="小李", by=audit.SYSTEM)
    wanted = [root.number, person.username, "小李", child.name, invitation.public_id, "channel-log"]
    text = office.get(_url(root) + "?tab=team").text
    assert [one for one in wanted if one not in text] == []
    drawer = {"HX-Request": "true", "HX-Target": "div#drawer-body"}
    piece = office.get(_url(root), headers=drawer).text
    assert "<html" not in piece
    assert "drawer-title" in piece


def test_it_adds_a_channel(office):
    answer = office.submit("/channels/new", GOOD)
    assert answer.status_code == 303
    made = session().query(Channel).one()
    assert answer.location.endswith(made.public_id)
    assert (made.kind, made.share, made.contact_phone) == ("store", 1_250, "+8613900139001")


def test_it_adds_below_a_parent(office):
    root = make_channel()
    path = f"/channels/new?parent={root.public_id}"
    office.submit(path, GOOD | {"parent": root.public_id})
    assert session().query(Channel).filter_by(name="新渠道").one().parent_id == again(root).id


def test_it_shows_refusals_beside_the_fields(office):
    make_channel(name="新渠道")
    answer = office.submit("/channels/new", GOOD)
    assert answer.status_code == 422
    assert "name-error" in answer.text
    assert office.submit("/channels/new", {}).status_code == 422
    assert session().query(Channel).count() == 1


def test_it_edits_and_notices_a_conflict(office):
    gold = make_grade()
    channel = make_channel(name="甲", grade=gold)
    office.submit(_url(channel, "edit"), GOOD | {"grade": gold.public_id})
    assert again(channel).name == "新渠道"
    assert again(channel).grade_id == again(gold).id
    answer = office.submit(_url(channel, "edit"), GOOD | {"name": "乙", "version": "1"})
    assert answer.status_code == 422
    assert again(channel).name == "新渠道"


def test_it_freezes_with_a_reason_and_thaws(office):
    channel = make_channel()
    path = _url(channel, "freeze")
    assert office.submit(path, {"reason": ""}).status_code == 422
    office.submit(path, {"reason": "欠款"})
    assert again(channel).frozen_reason == "欠款"
    assert "欠款" in office.get(_url(channel)).text
    token = {"csrf_token": office.token(_url(channel))}
    office.post(_url(channel, "unfreeze"), data=token)
    assert again(channel).state == ChannelState.ACTIVE


def test_it_deletes_after_a_question_that_names_it(office):
    channel = make_channel(name="要删的")
    number = channel.number
    asked = re.findall(r'data-confirm="([^"]*)"', office.get(_url(channel)).text)
    assert any(number in one and "要删的" in one for one in asked)
    token = {"csrf_token": office.token(_url(channel))}
    office.post(_url(channel, "delete"), data=token)
    assert again(channel).deleted_at is not None
    assert office.get(_url(channel, "edit")).status_code == 404
    office.post(_url(channel, "restore"), data=token)
    assert again(channel).deleted_at is None


def test_an_invitation_is_a_link_and_a_code(office):
    channel = make_channel()
    answer = office.submit(_url(channel, "invite"), {"name": "钱多多", "role": "owner"})
    (invitation,) = queries.open_invitations(again(channel))
    link = f"/join/{services.token_of(invitation)}"
    path = f"/channels/invitations/{invitation.public_id}"
    assert answer.location == path
    text = office.get(path).text
    assert link in text
    assert 'src="data:image/svg+xml' in text
    office.post(f"{path}/revoke", data={"csrf_token": office.token(path)})
    assert office.get(path).status_code == 404
    assert queries.open_invitations(again(channel)) == []


def test_people_are_frozen(office):
    channel = make_channel()
    person = make_person(channel)
    path = f"/channels/people/{person.public_id}"
    token = {"csrf_token": office.token(_url(channel))}
    for verb, active in [("freeze", False), ("unfreeze", True)]:
        office.post(f"{path}/{verb}", data=token)
        assert again(person).is_active is active


def test_grades_are_added_changed_and_deleted(office):
    office.submit("/channels/grades/new", {"name": "金牌", "rank": "1"})
    path = f"/channels/grades/{queries.grades()[0].public_id}"
    assert office.submit("/channels/grades/new", {"name": "金牌", "rank": "2"}).status_code == 422
    office.submit(f"{path}/edit", {"name": "银牌", "rank": "2"})
    assert [(one.name, one.rank) for one in queries.grades()] == [("银牌", 2)]
    channel = make_channel(grade=queries.grades()[0])
    token = {"csrf_token": office.token("/channels/grades/")}
    office.post(f"{path}/delete", data=token)
    assert len(queries.grades()) == 1
    again(channel).grade_id = None
    office.post(f"{path}/delete", data=token)
    assert queries.grades() == []


@dataclass
class Paths:
    """Every page that changes something: those with a form, and those behind a button."""

    forms: list[str]
    buttons: list[str]


@pytest.fixture
def paths(in_acme):
    channel = make_channel()
    invitation, _ = services.invite(channel, role="clerk", name="x", by=audit.SYSTEM)
    person, grade = make_person(channel), make_grade()
    one = f"/channels/{channel.public_id}"
    return Paths(
        forms=[
            f"{one}/edit",
            f"{one}/invite",
            f"{one}/freeze",
            f"/channels/invitations/{invitation.public_id}",
            f"/channels/grades/{grade.public_id}/edit",
        ],
        buttons=[
            f"{one}/unfreeze",
            f"{one}/delete",
            f"{one}/restore",
            f"/channels/invitations/{invitation.public_id}/revoke",
            f"/channels/people/{person.public_id}/freeze",
            f"/channels/people/{person.public_id}/unfreeze",
            f"/channels/grades/{grade.public_id}/delete",
        ],
    )


def test_a_colleague_with_fewer_rights_sees_but_does_not_touch(client, paths):
    colleague = signed_in(client, make_user(roles=[make_role(permissions=["channel:view"])]))
    assert colleague.get("/channels/").status_code == 200
    token = {"csrf_token": colleague.token("/channels/")}
    for path in [*paths.forms, "/channels/new", "/channels/grades/new"]:
        assert colleague.get(path).status_code == 403, path
    for path in paths.buttons:
        assert colleague.post(path, data=token).status_code == 403, path
        assert colleague.get(path).status_code in {404, 405}, path


def test_a_role_without_channels_sees_none(client, paths):
    nobody = signed_in(client, make_user(roles=[make_role(permissions=["user:view"])]))
    assert nobody.get("/channels/").status_code == 403
    assert nobody.get("/channels/tree").status_code == 403


def test_a_stranger_finds_nothing(stranger, paths):
    token = {"csrf_token": stranger.token("/channels/")}
    for path in paths.forms:
        assert stranger.get(path).status_code == 404, path
    for path in paths.buttons:
        assert stranger.post(path, data=token).status_code == 404, path


def test_nobody_comes_in_without_a_log_in(client, acme, paths):
    browser = client.at(acme)
    for path in ["/channels/", *paths.forms]:
        assert browser.get(path).location.startswith("/login"), path


def test_the_tree_is_searched(office):
    root, child, _grandchild = make_chain(1_000, 1_000)
    names = root.name, child.name
    found = office.get(f"/channels/tree?q={child.number}").text
    assert [name in found for name in names] == [False, True]
    assert "没有符合条件" in office.get("/channels/tree?q=查无此店").text


def test_the_tree_begins_where_the_colleagues_scope_does(in_acme, client):
    root, child, grandchild = make_chain(1_000, 1_000)
    role = make_role(permissions=["channel:view"], scope="channels")
    user = make_user(roles=[role])
    child.manager_id = user.id
    names = [one.name for one in (root, child, grandchild)]
    branches = [f"/channels/tree/{one.public_id}" for one in (root, child)]
    browser = signed_in(client, user)
    top = browser.get("/channels/tree").text
    assert [name in top for name in names] == [False, True, False]
    assert browser.get(branches[0]).status_code == 403
    assert names[2] in browser.get(branches[1]).text
    searched = browser.get(f"/channels/tree?q={names[0]}").text
    assert "data-drawer><strong" not in searched
