"""Passkeys: made, named, used once for each question, enforced by a role, and copies found out."""

from datetime import timedelta

import pytest

from kit import clock, crypto
from kit.db import session
from kit.errors import Missing, Refused
from kit.security.passkeys import Site
from kit.settings import get_settings
from tenants.accounts import queries, services
from tenants.accounts.models import LogInWay, Passkey, PasskeyChallenge
from tests.authenticator import Authenticator
from tests.factories import accounts
from tests.factories.accounts import PASSWORD, log_names, make_role, make_user, sign_in

SITE = Site("acme.example.com", "https://acme.example.com")
OTHER = Site("other.example.com", "https://other.example.com")


def key(site=SITE):
    return Authenticator(site.origin)


def add(user, device=None, *, token="t" * 43, name="我的手机", site=SITE):
    """Add a passkey of a device at a log-in; the device comes back with what was added."""
    device = device or key(site)
    answer = device.make(services.ask_to_make(user, token, site=site))
    return device, services.add_passkey(user, token, answer, name=name, site=site)


def knock(user):
    """Pass the password; return the token of the begun log-in."""
    entry = services.sign_in(
        user.username, PASSWORD, remember=False, ip_address=None, user_agent=None
    )
    assert entry.is_pending
    return entry.token


def use(device, token, *, site=SITE, **changed):
    answer = device.sign(services.ask_to_sign(token, site=site), **changed)
    return services.pass_by_passkey(token, answer, site=site)


@pytest.fixture
def person(in_acme):
    return make_user()


def test_the_first_one_comes_with_recovery_codes_and_opens(person):
    device, added = add(person)
    assert len(added.codes) == 10
    assert person.second_step_since
    _other, more = add(person, name="蓝色钥匙")
    assert more.codes == []
    assert [one.name for one in queries.passkeys(person)] == ["我的手机", "蓝色钥匙"]
    assert not use(device, knock(person)).is_pending
    assert added.passkey.sign_count == 1
    assert added.passkey.used_at
    assert "user:passkey_added" in log_names(person)


def test_other_log_ins_end_when_one_is_added_or_removed(person):
    here, there = sign_in(person), sign_in(person)
    _device, added = add(person, token=here)
    assert queries.open_session(here)
    assert queries.open_session(there) is None
    token = "x" * 43
    services.remove_passkey(person, added.passkey.public_id, except_token=token)
    assert queries.open_session(here) is None
    assert person.second_step_since is None


def test_an_answer_is_good_once_and_for_five_minutes(person):
    device, _added = add(person)
    token = knock(person)
    answer = device.sign(services.ask_to_sign(token, site=SITE))
    with clock.moved(clock.now() + timedelta(minutes=6)), pytest.raises(Refused):
        services.pass_by_passkey(token, answer, site=SITE)
    use(device, token)
    other = knock(person)
    for stale in (answer, "{}", "", "x" * 20_000, "[]", '{"id": 1}'):
        with pytest.raises(Refused):
            services.pass_by_passkey(other, stale, site=SITE)


def test_an_answer_of_another_log_in_or_site_opens_nothing(person):
    device, _added = add(person)
    first, second = knock(person), knock(person)
    services.ask_to_sign(second, site=SITE)
    answer = device.sign(services.ask_to_sign(first, site=SITE))
    with pytest.raises(Refused):
        services.pass_by_passkey(second, answer, site=SITE)
    with pytest.raises(Refused):
        use(device, first, origin="https://acme.example.com.evil.net")
    with pytest.raises(Refused):
        services.ask_to_sign(first, site=OTHER)
    assert queries.pending_log_in(first) is not None


def test_somebody_elses_key_opens_nothing(person):
    add(person)
    stranger, _added = add(make_user())
    with pytest.raises(Refused):
        use(stranger, knock(person))


def test_a_counter_that_goes_back_tells_of_a_copy(person):
    device, added = add(person)
    use(device, knock(person))
    use(device, knock(person))
    device.count = 0
    with pytest.raises(Refused):
        use(device, knock(person))
    assert added.passkey.suspected_at
    assert not queries.passkeys(person)
    assert "user:passkey_suspected" in log_names(person)
    device.count = 50
    with pytest.raises(Refused):
        use(device, knock(person))


def test_a_wrong_signature_does_not_make_a_passkey_suspect(person):
    device, added = add(person)
    use(device, knock(person))
    forger = key()
    forger.credential_id, forger.count = device.credential_id, -1
    with pytest.raises(Refused):
        use(forger, knock(person))
    assert added.passkey.suspected_at is None


def test_a_made_one_is_checked_too(person):
    token = "t" * 43
    options = services.ask_to_make(person, token, site=SITE)
    for answer in ("", "{}", key(OTHER).make(options), key().make(options, challenge="bm8")):
        with pytest.raises(Refused):
            services.add_passkey(person, token, answer, name="x", site=SITE)
    device, _added = add(person)
    with pytest.raises(Refused, match="known already"):
        add(make_user(), device)
    with pytest.raises(Refused) as refused:
        add(person, name="　")
    assert refused.value.field == "name"
    assert session().query(Passkey).count() == 1


def test_names_are_one_s_own(person):
    _device, added = add(person)
    services.rename_passkey(person, added.passkey.public_id, name="办公室")
    assert added.passkey.name == "办公室"
    for verb in (
        lambda: services.rename_passkey(make_user(), added.passkey.public_id, name="x"),
        lambda: services.remove_passkey(make_user(), added.passkey.public_id, except_token=None),
    ):
        with pytest.raises(Missing):
            verb()


def strict():
    role = make_role(permissions=["customer:view"])
    role.requires_passkey = True
    return make_user(roles=[role])


def test_a_role_that_needs_one_takes_no_code(in_acme):
    user = strict()
    secret, codes = accounts.enrolled(user)
    assert queries.lacks_passkey(user)
    assert LogInWay.APP in queries.ways_of(user)
    device, _added = add(user)
    assert queries.ways_of(user) == {LogInWay.PASSKEY, LogInWay.RECOVERY}
    token = knock(user)
    with pytest.raises(Refused):
        services.pass_step(token, accounts.code_at(secret, clock.now()), way=LogInWay.APP)
    services.pass_step(token, codes[0], way=LogInWay.RECOVERY)
    use(device, knock(user))
    with pytest.raises(Refused, match="needs a passkey"):
        services.remove_passkey(user, queries.passkeys(user)[0].public_id, except_token=None)
    session().rollback()


def test_it_is_set_up_at_the_door_where_a_role_wants_it(in_acme):
    user = strict()
    token = knock(user)
    with pytest.raises(Refused):
        services.begin_enrolment(token)
    device = key()
    answer = device.make(services.ask_to_enrol(token, site=SITE))
    done = services.enrol_passkey(token, answer, name="手机", site=SITE)
    assert len(done.codes) == 10
    assert queries.open_session(done.entry.token)
    # The password alone adds no second one.
    with pytest.raises(Refused):
        services.ask_to_enrol(knock(user), site=SITE)


def test_pages_add_and_use_one(in_acme, client):
    user = make_user()
    username = user.username
    browser = accounts.signed_in(client, user)
    scheme = "http" if get_settings().is_development else "https"
    site = Site(browser.host.partition(":")[0], f"{scheme}://{browser.host}")
    device = key(site)
    csrf = {"csrf_token": browser.token("/account/second-step")}
    options = browser.post("/account/passkeys/options", data=csrf)
    assert options.cache_control.no_store
    answer = device.make(options.text)
    assert browser.post("/account/passkeys", data=csrf | {"answer": answer}).status_code == 303
    typed = {"answer": device.make(browser.post("/account/passkeys/options", data=csrf).text)}
    codes = browser.post("/account/passkeys", data=csrf | typed | {"name": "我的手机"})
    assert codes.text.count("<code>") == 10
    assert "我的手机" in browser.get("/account/second-step").text
    door = client.at(in_acme)
    typed = {"login": username, "password": PASSWORD}
    assert door.submit("/login", typed).location.startswith("/login/step")
    csrf = {"csrf_token": door.token("/login/step")}
    answer = device.sign(door.post("/login/step/passkey", data=csrf).text)
    assert door.post("/login/step", data=csrf | {"answer": "{}"}).status_code == 422
    answer = device.sign(door.post("/login/step/passkey", data=csrf).text)
    assert door.post("/login/step", data=csrf | {"answer": answer}).status_code == 303
    assert door.get("/account").status_code == 200


def test_nothing_else_opens_before_a_wanted_passkey_is_there(in_acme, client):
    user = strict()
    _secret, codes = accounts.enrolled(user)
    token = services.pass_step(knock(user), codes[0], way=LogInWay.RECOVERY).token
    browser = client.at(in_acme)
    browser.set_cookie("office", token, domain=browser.host.partition(":")[0])
    assert browser.get("/customers/").location.endswith("/account/second-step")
    assert browser.get("/account/second-step").status_code == 200


def test_challenges_keep_no_token(person):
    services.ask_to_make(person, "t" * 43, site=SITE)
    (made,) = session().query(PasskeyChallenge)
    assert made.token_digest == crypto.digest("t" * 43)
