"""Pages of people, roles, company and the audit log, for three people."""

import io

import pytest
from PIL import Image
from sqlalchemy import select

from kit.db import session, workspace_scope
from tenants.accounts import queries
from tenants.accounts.brand import forget_brand
from tenants.accounts.models import Role
from tests.factories import accounts
from tests.factories.accounts import PASSWORD

LISTS = ("/users/", "/users/new", "/roles/", "/roles/new", "/settings/profile", "/audit/")


@pytest.fixture(autouse=True)
def _fresh_brand(in_acme):
    forget_brand()
    yield
    forget_brand()


@pytest.mark.parametrize("path", LISTS)
def test_the_owner_opens_it(in_acme, client, path):
    assert accounts.signed_in(client, accounts.owner()).get(path).status_code == 200


@pytest.mark.parametrize("path", LISTS)
def test_a_colleague_without_the_right_gets_403(in_acme, client, path):
    assert accounts.signed_in(client, accounts.agent()).get(path).status_code == 403


@pytest.mark.parametrize("path", LISTS)
def test_a_stranger_is_sent_to_the_door(in_acme, client, path):
    assert client.at(in_acme).get(path).location.startswith("/login")


def test_a_person_of_another_workspace_is_not_there(in_acme, rival, client):
    public_id = accounts.owner().public_id
    session().commit()
    with workspace_scope(rival):
        browser = accounts.signed_in(client, accounts.owner())
    for path in ("", "/edit", "/password"):
        assert browser.get(f"/users/{public_id}{path}").status_code == 404


def test_a_person_is_added_changed_and_disabled(in_acme, client):
    browser = accounts.signed_in(client, accounts.owner())
    role = session().scalars(select(Role.public_id).where(Role.code == "salesperson")).one()
    typed = {
        "username": "sun_ba",
        "name": "孙八",
        "email": "sun.ba@example.com",
        "phone": "13900139008",
        "roles": [role],
        "password": PASSWORD,
    }
    refused = browser.submit("/users/new", typed | {"username": "admin"})
    assert refused.status_code == 422
    path = browser.submit("/users/new", typed).location
    assert browser.get(path).status_code == 200
    assert "sun_ba" in browser.get("/users/?q=孙").text
    assert "139****9008" in browser.get("/users/").text
    typed.pop("password")
    assert browser.submit(f"{path}/edit", typed | {"name": "孙九"}).location == path
    typed = {"password": "Other-first-55", "own": "wrong"}
    assert browser.submit(f"{path}/password", typed).status_code == 422
    assert browser.submit(f"{path}/password", typed | {"own": PASSWORD}).location == path
    token = browser.token(path)
    browser.post(f"{path}/disable", data={"csrf_token": token})
    assert not queries.find_by_login("sun_ba").is_active
    browser.post(f"{path}/enable", data={"csrf_token": token})
    assert queries.find_by_login("sun_ba").is_active
    assert browser.get(f"{path}/disable").status_code == 405


def test_a_stale_form_is_refused(in_acme, client):
    user = accounts.make_user(name="旧名")
    path = f"/users/{user.public_id}/edit"
    roles = [role.public_id for role in user.roles]
    typed = {"username": user.username, "name": "甲", "email": user.email, "roles": roles}
    browser = accounts.signed_in(client, accounts.owner())
    token = browser.token(path)
    first = browser.post(path, data=typed | {"csrf_token": token, "version": "1"})
    second = browser.post(path, data=typed | {"name": "乙", "csrf_token": token, "version": "1"})
    assert (first.status_code, second.status_code) == (303, 422)
    assert queries.find_by_login(typed["username"]).name == "甲"


def test_a_role_is_added_changed_and_deleted(in_acme, client):
    browser = accounts.signed_in(client, accounts.owner())
    typed = {
        "name": "客户专员",
        "scope": "own",
        "permissions": ["customer:edit", "customer:reveal"],
    }
    assert browser.submit("/roles/new", typed).location == "/roles/"
    role = session().scalars(select(Role).where(Role.name == "客户专员")).one()
    path = f"/roles/{role.public_id}"
    assert role.permissions == ["customer:view", "customer:edit", "customer:reveal"]
    assert browser.get(path).status_code == 200
    assert browser.submit(f"{path}/edit", {"name": "专员", "permissions": []}).status_code == 422
    assert browser.submit(f"{path}/edit", typed | {"name": "专员"}).location == path
    browser.post(f"{path}/delete", data={"csrf_token": browser.token(path)})
    assert browser.get(path).status_code == 404


def test_the_administrators_role_offers_no_change(in_acme, client):
    browser = accounts.signed_in(client, accounts.owner())
    page = browser.get(f"/roles/{accounts.role('administrator').public_id}")
    assert "/edit" not in page.text


def test_the_brand_shows_on_every_page_and_the_logo_is_public(in_acme, client):
    browser = accounts.signed_in(client, accounts.owner())
    assert browser.get("/brand/logo").status_code == 404
    logo = io.BytesIO()
    Image.new("RGB", (40, 20), "#aa3300").save(logo, "PNG")
    logo.seek(0)
    typed = {
        "company": "山楂通信",
        "contact_name": "王小树",
        "contact_phone": "010-12345678",
        "address": "北京",
        "colour": "#aa3300",
        "logo": (logo, "logo.png"),
    }
    response = browser.submit("/settings/profile", typed, content_type="multipart/form-data")
    assert response.location == "/settings/profile"
    door = client.at(in_acme).get("/login").text
    assert "山楂通信" in door
    assert "#aa3300" in door
    with client.at(in_acme).get(f"/brand/logo?v={queries.profile().logo_key}") as image:
        assert (image.status_code, image.mimetype) == (200, "image/png")
        assert image.cache_control.public
        assert image.cache_control.max_age > 86_400


def test_a_file_that_is_no_picture_is_refused(in_acme, client):
    browser = accounts.signed_in(client, accounts.owner())
    typed = {
        "company": "山楂通信",
        "colour": "#aa3300",
        "logo": (io.BytesIO(b"<html>"), "logo.png"),
    }
    response = browser.submit("/settings/profile", typed, content_type="multipart/form-data")
    assert response.status_code == 422
    assert queries.profile().logo_key is None


def test_the_audit_log_is_filtered_and_its_export_logged(in_acme, client):
    user = accounts.make_user(name="钱一", username="qian_yi")
    accounts.sign_in(user)
    browser = accounts.signed_in(client, accounts.owner())
    assert "qian_yi" in browser.get("/audit/?event=user:added").text
    page = browser.get("/audit/?actor=钱一").text
    assert "qian_yi" not in page
    assert "保持登录：否" in page
    assert "qian_yi" not in browser.get("/audit/?at_from=2020-01-01&at_to=2020-01-02").text
    with browser.get("/audit/?export=xlsx&actor=钱一&at=7days") as sheet:
        assert sheet.status_code == 200
    exported = browser.get("/audit/?event=audit:exported").text
    # The filters read as on the list, not as in its address.
    assert "筛选条件：操作人 钱一" in exported
    assert "时间 近7天" in exported
    assert "7days" not in exported.split("rows-actions")[0].split("<tbody>")[1]
