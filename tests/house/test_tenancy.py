"""No address of a workspace opens with anything of another: the whole URL map, one by one."""

import pytest
from flask import Flask
from sqlalchemy import select

from kit.db import control_metadata, session, tenant_metadata, workspace_scope
from kit.db.models import ControlModel, TenantModel
from kit.security.routes import Open, access_of
from tenants.accounts.models import User, UserSession
from tenants.channels import services as channels
from tests.factories.accounts import owner, sign_in, signed_in
from tests.factories.channels import make_channel, make_person, portal
from tests.factories.channels import sign_in as portal_sign_in
from tests.factories.world import WITHOUT_OBJECT, address, kind_of, make_world, rules

# These answer everybody with the same sentence, whatever the id.
SAYS_THE_SAME = {
    (303, "POST", "accounts.end_session"),
    # Its address names only a kind of record; what is selected is fetched one by one.
    (200, "POST", "records.tag_selected"),
}


@pytest.fixture
def things(in_acme):
    return make_world()


def _filled(app: Flask, things, *realms):
    """Every rule with an argument, its address with acme's things, and how to ask for it."""
    for rule in rules(app, *realms):
        path = address(rule, things) if rule.arguments else None
        if path is not None:
            for method in sorted((rule.methods or set()) & {"GET", "POST"}):
                yield rule, method, path


def _ask(browser, method, path, token):
    if method == "GET":
        return browser.get(path)
    return browser.post(path, data={"csrf_token": token})


def test_no_rule_with_an_argument_is_left_out(app):
    unknown = {
        rule.endpoint
        for rule in rules(app)
        if any(kind_of(rule, argument) is None for argument in rule.arguments)
    }
    assert unknown == set(WITHOUT_OBJECT)


def test_the_things_are_there_for_those_whose_they_are(app, things, client):
    """The loops below would pass with wrong ids, too."""
    browser = signed_in(client, owner())
    browser.inspect = False
    lost = []
    for rule, method, path in _filled(app, things, "office"):
        if method == "GET":
            with browser.get(path) as answer:
                if answer.status_code not in {200, 302, 303}:
                    lost.append((answer.status_code, rule.endpoint))
    assert not lost


def test_a_rival_finds_nothing_of_acme(app, things, client, rival):
    session().commit()
    with workspace_scope(rival):
        office = signed_in(client, owner())
        shop = portal(client, make_person(make_channel()))
    asked, found = 0, []
    for realm, browser, form in (
        ("office", office, "/users/new"),
        ("portal", shop, "/portal/team/new"),
    ):
        token = browser.token(form)
        browser.inspect = False
        for rule, method, path in _filled(app, things, realm):
            asked += 1
            status = _ask(browser, method, path, token).status_code
            if status != 404:
                found.append((status, method, rule.endpoint))
    assert set(found) == SAYS_THE_SAME
    assert asked > 100
    ended = session().scalars(
        select(UserSession.ended_at).where(UserSession.public_id == things["session"])
    )
    assert ended.one() is None


def test_a_cookie_of_acme_is_worth_nothing_at_a_rivals_host(app, things, client, rival):
    office_token = sign_in(owner())
    shop_token = portal_sign_in(make_person(make_channel()))
    session().commit()
    thief = client.at(rival)
    thief.set_cookie("office", office_token, domain=thief.host)
    thief.set_cookie("portal", shop_token, domain=thief.host)
    token = thief.token("/login")
    thief.inspect = False
    let_in = []
    for rule, method, path in _filled(app, things):
        answer = _ask(thief, method, path, token)
        to_the_door = answer.status_code == 302 and "/login" in answer.location
        if not to_the_door and answer.status_code != 404:
            let_in.append((answer.status_code, method, rule.endpoint))
    assert not let_in


def test_secrets_of_acme_open_nothing_at_a_rival(in_acme, client, rival):
    channel = make_channel()
    _invitation, token = channels.invite(
        channel, role="owner", name="新人", by=session().scalars(select(User)).first()
    )
    session().commit()
    assert client.at(in_acme).get(f"/join/{token}").status_code == 200
    stranger = client.at(rival)
    assert stranger.get(f"/join/{token}").status_code == 404
    assert stranger.get("/reset/0123456789abcdef").status_code == 410


def test_nobody_comes_in_without_a_log_in(app, things, client, in_acme):
    browser = client.at(in_acme)
    token = browser.token("/login")
    browser.inspect = False
    asked, open_doors = 0, []
    for rule in rules(app):
        if access_of(app.view_functions[rule.endpoint]) == Open.PUBLIC:
            continue
        path = address(rule, things | {"kind": "numbers"}) or rule.rule.replace("<kind>", "numbers")
        for method in sorted((rule.methods or set()) & {"GET", "POST"}):
            asked += 1
            answer = _ask(browser, method, path, token)
            if answer.status_code != 302 or "/login" not in answer.location:
                open_doors.append((answer.status_code, method, rule.endpoint))
    assert not open_doors
    assert asked > 150


def test_what_is_public_is_on_this_list(app):
    """A new page without a log-in is a decision, not a slip."""
    public = {
        rule.endpoint
        for rule in rules(app)
        if access_of(app.view_functions[rule.endpoint]) == Open.PUBLIC
    }
    assert public == {
        "accounts.begin_enrolment",
        "accounts.cancel_step",
        "accounts.code",
        "accounts.enrol",
        "accounts.enrol_options",
        "accounts.enrol_passkey",
        "accounts.forgot",
        "accounts.invitation",
        "accounts.login",
        "accounts.logo",
        "accounts.reset",
        "accounts.send_step_code",
        "accounts.step",
        "accounts.step_link",
        "accounts.step_options",
        "help.qr",
        "help.questions",
        "portal_join.show",
        "portal_login.ask_code",
        "portal_login.enter_code",
        "portal_login.forgot",
        "portal_login.set_password",
        "portal_login.show",
        "portal_login.sign_out",
        "support.enter",
        "support.left",
    }


def test_every_table_belongs_to_one_plane():
    """Tenant tables have no schema of their own: the bound session says whose they are."""
    assert not {table.name for table in tenant_metadata.tables.values() if table.schema}
    assert {table.schema for table in control_metadata.tables.values()} == {"control"}
    shared = set(tenant_metadata.tables) & set(control_metadata.tables)
    assert not shared


def test_every_model_of_the_tenants_is_bound_to_a_workspace(app):
    def below(model: type) -> set[type]:
        return {model, *(each for child in model.__subclasses__() for each in below(child))}

    tenant = {model for model in below(TenantModel) if hasattr(model, "__table__")}
    astray = {
        model.__name__
        for model in tenant
        if model.__table__.metadata is not tenant_metadata or model.__table__.schema
    }
    assert not astray
    # A table that only joins two others has no model.
    assert set(tenant_metadata.tables) - {model.__table__.name for model in tenant} == {
        "announcement_roles",
        "announcement_channels",
        "announcement_grades",
        "announcement_units",
        "approval_flow_people",
        "role_units",
        "user_roles",
    }
    misplaced = {
        model.__name__
        for model in below(ControlModel)
        if model.__module__.startswith("tenants.") and hasattr(model, "__table__")
    }
    assert not misplaced
