"""What a workspace wants of passwords and log-ins, and who may change that."""

from datetime import timedelta

import pytest

from kit import clock
from kit.db import session, workspace_scope
from kit.errors import Refused
from kit.security import POLICIES, PasswordPreset
from tenants.accounts import queries, services
from tenants.accounts.models import SecurityPolicy
from tenants.accounts.policy import current_policy, forget_policy
from tests.factories import accounts
from tests.factories.accounts import NEW_PASSWORD, PASSWORD
from tests.factories.channels import make_channel, make_person, portal
from tests.page import says

LONG = "quiet otter swims"


@pytest.fixture(autouse=True)
def forgotten(in_acme):
    forget_policy()
    yield
    forget_policy()


def edit(**changed):
    policy = queries.security_policy()
    values = {
        "version": policy.version,
        "preset": PasswordPreset(policy.preset),
        "passwords_expire": policy.passwords_expire,
        "mail_codes": policy.mail_codes,
        "idle_minutes": policy.idle_minutes,
        "second_step_for": [],
        "by": accounts.owner(),
    }
    services.edit_policy(**(values | changed))


def change(user, new, old=PASSWORD):
    services.change_password(user, old=old, new=new, again=new, except_token=None, by=user)


def test_it_begins_with_the_manuals_rule_and_without_a_row(in_acme):
    assert session().query(SecurityPolicy).count() == 0
    assert queries.security_policy().preset == PasswordPreset.MANUAL
    assert current_policy().passwords is POLICIES[PasswordPreset.MANUAL]
    assert current_policy().idle_minutes == 0
    with pytest.raises(Refused):
        change(accounts.make_user(), LONG)


def test_the_other_preset_holds_for_the_next_password(in_acme, rival):
    user = accounts.make_user()
    edit(preset=PasswordPreset.ASVS)
    with pytest.raises(Refused):
        change(user, "Abc-12345")
    change(user, LONG)
    with pytest.raises(Refused):
        accounts.make_user(password="Abc-12345")
    assert accounts.log_names(queries.security_policy()) == ["security:edited"]
    session().commit()
    with workspace_scope(rival):
        assert queries.security_policy().preset == PasswordPreset.MANUAL


def test_a_stale_copy_and_nonsense_are_refused(in_acme):
    edit(idle_minutes=10)
    edit(idle_minutes=15)
    for wrong in (
        {"version": 1},
        {"idle_minutes": 481},
        {"idle_minutes": -1},
        {"preset": PasswordPreset.ASVS, "passwords_expire": True},
    ):
        with pytest.raises(Refused):
            edit(**wrong)
    assert session().query(SecurityPolicy).one().idle_minutes == 15


def test_passwords_expire_only_where_that_is_switched_on(in_acme):
    with clock.moved(clock.now()):
        user = accounts.make_user()
        clock.advance(timedelta(days=61))
        accounts.sign_in(user)
        assert not user.must_change_password
        edit(passwords_expire=True)
        accounts.sign_in(user)
        assert user.must_change_password
        change(user, NEW_PASSWORD)
        accounts.sign_in(user, password=NEW_PASSWORD)
        assert not user.must_change_password


def test_the_page_is_for_whoever_may_and_hints_follow(in_acme, client, rival):
    colleague = accounts.signed_in(client, accounts.agent())
    assert colleague.get("/settings/security").status_code == 403
    browser = accounts.signed_in(client, accounts.owner())
    hint = "At least %(count)s characters, of any kind."
    assert not says(browser.get("/account/password"), hint, count=12)
    role = accounts.role()
    typed = {
        "preset": "asvs",
        "mail_codes": "y",
        "idle_minutes": "15",
        "second_step_for": [role.public_id],
    }
    path = "/settings/security"
    assert browser.submit(path, typed | {"idle_minutes": "999"}).status_code == 422
    assert browser.submit(path, typed | {"passwords_expire": "y"}).status_code == 422
    assert browser.submit(path, typed).location == path
    assert says(browser.get("/account/password"), hint, count=12)
    assert says(browser.get("/users/new"), hint, count=12)
    assert says(browser.get("/audit/"), "Security rules changed")
    assert accounts.role().requires_second_step
    assert not accounts.owner().needs_second_step
    shop = portal(client, make_person(make_channel()))
    page = shop.get("/portal/team/")
    assert page.status_code == 200
    session().commit()
    with workspace_scope(rival):
        stranger = accounts.signed_in(client, accounts.owner())
        assert not says(stranger.get("/account/password"), hint, count=12)
