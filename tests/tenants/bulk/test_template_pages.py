"""The editor of a workspace's own templates: for the owner, a colleague and a stranger."""

import io

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from kit.db import session, workspace_scope
from tenants.bulk.models import ImportTemplate
from tests.factories import accounts
from tests.factories.bulk import make_template
from tests.page import PageClient

NEW = "/imports/own-templates/customers/new"


@pytest.fixture
def owner(in_acme, client: PageClient) -> PageClient:
    return accounts.signed_in(client, accounts.owner())


def only(*keys: str, **changed: str) -> dict[str, str]:
    """What the form sends with only these fields ticked, in this order."""
    places = {f"{key}_at": str(place) for place, key in enumerate(keys, start=1)}
    return {"name": "门店"} | {f"{key}_in": "y" for key in keys} | places | changed


def kept() -> list[ImportTemplate]:
    session().expire_all()
    return list(session().scalars(select(ImportTemplate)))


def test_a_template_is_made_downloaded_changed_and_deleted(owner):
    made = owner.submit(NEW, only("phone", "name", phone_label="联系方式"))
    assert made.location == "/imports/own-templates/customers"
    (template,) = kept()
    assert [field["key"] for field in template.fields] == ["phone", "name"]
    path = f"/imports/templates/{template.public_id}"
    assert "门店" in owner.get(made.location).text
    with owner.get(f"{path}/file") as file:
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(file.get_data())).get_sheet_by_index(0)
    assert sheet.to_python()[0] == ["联系方式*", "姓名*"]
    page = owner.get(f"{path}/edit").text
    assert "联系方式" in page
    typed = only("phone", "name", "city", city_default="南京")
    assert owner.submit(f"{path}/edit", typed).status_code == 303
    assert [field["default"] for field in kept()[0].fields] == ["", "", "南京"]
    # The form that was open meanwhile must not undo it.
    late = owner.submit(f"{path}/edit", typed | {"version": "1", "name": "迟到"})
    assert late.status_code == 422
    assert "迟到" in late.text
    assert kept()[0].name == "门店"
    token = owner.token(f"{path}/edit")
    assert owner.post(f"{path}/delete", data={"csrf_token": token}).status_code == 303
    assert kept() == []
    assert owner.get(f"{path}/edit").status_code == 404


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"name": ""}, ""),
        ({"phone_label": "姓名"}, "姓名"),
        ({"city_in": "y", "city_shape": "**"}, "城市"),
        ({"born_on_in": "y", "born_on_default": "昨天"}, "昨天"),
    ],
)
def test_a_rule_that_cannot_hold_is_named_and_nothing_typed_is_lost(owner, changed, said):
    answer = owner.submit(NEW, only("phone", "name", remark_label="门店号") | changed)
    assert answer.status_code == 422
    assert said in answer.text
    assert "门店号" in answer.text
    assert kept() == []


def test_two_of_one_name_are_refused_at_the_field(owner):
    make_template("customers")
    answer = owner.submit(NEW, only("phone", "name") | {"name": "世界"})
    assert answer.status_code == 422
    assert len(kept()) == 1


def test_a_template_needs_the_right_of_its_kind(in_acme, client, rival):
    template = make_template("cards")
    path = f"/imports/templates/{template.public_id}"
    role = accounts.make_role(permissions=["customer:edit"])
    clerk = accounts.signed_in(client, accounts.make_user(roles=[role]))
    assert clerk.get("/imports/own-templates/customers").status_code == 200
    token = clerk.token("/imports/own-templates/customers/new")
    for page in ("/imports/own-templates/cards", f"{path}/edit", f"{path}/file"):
        assert clerk.get(page).status_code == 403
    assert clerk.post(f"{path}/delete", data={"csrf_token": token}).status_code == 403
    with workspace_scope(rival):
        stranger = accounts.signed_in(client, accounts.owner())
        for page in (f"{path}/edit", f"{path}/file"):
            assert stranger.get(page).status_code == 404
        token = stranger.token("/imports/own-templates/cards/new")
        assert stranger.post(f"{path}/delete", data={"csrf_token": token}).status_code == 404
