"""Adding, changing and disabling people."""

import pytest

from kit.errors import Refused
from tenants.accounts import queries, services
from tenants.accounts.permissions import Permission
from tenants.accounts.realm import load_user
from tests.factories import accounts
from tests.factories.accounts import PASSWORD


def add(**changed):
    values = {
        "username": "qian_qi",
        "name": "钱七",
        "email": "qian.qi@example.com",
        "phone": "13900139077",
        "roles": [accounts.role()],
        "password": PASSWORD,
        "by": accounts.owner(),
    }
    return services.add_user(**(values | changed))


def edit(user, **changed):
    values = {
        "version": user.version,
        "username": user.username,
        "name": user.name,
        "email": user.email,
        "phone": user.phone,
        "roles": list(user.roles),
        "by": accounts.owner(),
    }
    services.edit_user(user, **(values | changed))


def test_adding_works(in_acme):
    user = add()
    assert queries.find_by_login("qian_qi") is user
    assert user.must_change_password
    assert accounts.log_names(user) == ["user:added"]


@pytest.mark.parametrize(
    "username", ["ab", "a" * 21, "+zph", "张三丰", "with space", "admin", "Root", "13800138000"]
)
def test_it_refuses_usernames_against_the_rule(in_acme, username):
    with pytest.raises(Refused) as refused:
        add(username=username)
    assert refused.value.field == "username"
    assert queries.find_by_login("qian.qi@example.com") is None


@pytest.mark.parametrize("username", ["zphncs001", "_test123", "abc", "20260801"])
def test_it_takes_usernames_of_the_manual(in_acme, username):
    assert add(username=username).username == username


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"username": "QIAN_QI"}, "username"),
        ({"email": "Qian.Qi@example.com"}, "email"),
        ({"phone": "+86 139 0013 9077"}, "phone"),
        ({"name": "  "}, "name"),
        ({"email": "no mail"}, "email"),
        ({"phone": "12"}, "phone"),
        ({"roles": []}, "roles"),
        ({"password": "weak"}, "password"),
    ],
)
def test_it_refuses_with_the_field(in_acme, changed, field):
    add()
    other = {"username": "other_one", "email": "other@example.com", "phone": "13900139078"}
    with pytest.raises(Refused) as refused:
        add(**(other | changed))
    assert refused.value.field == field
    assert queries.find_by_login("other_one") is None


def test_changing_works_and_names_the_fields(in_acme):
    user = add()
    edit(user, name="钱七七", phone=None)
    assert (user.name, user.phone) == ("钱七七", "")
    (entry, *_) = queries.log_of(user.public_id)
    assert entry.details == {"fields": ["name", "phone"]}


def test_a_stale_copy_is_refused(in_acme):
    user = add()
    with pytest.raises(Refused):
        edit(user, version=user.version - 1, name="另一个")
    assert user.name == "钱七"


def test_nobody_gives_a_role_beyond_his_own(in_acme):
    manager = accounts.make_user(
        roles=[accounts.make_role(permissions=[Permission.User.VIEW, Permission.User.EDIT])]
    )
    with pytest.raises(Refused):
        add(by=manager)
    with pytest.raises(Refused):
        edit(manager, roles=[*manager.roles, accounts.role("administrator")], by=manager)
    assert [role.code for role in manager.roles] == [None]


def test_nobody_touches_a_person_who_may_do_more(in_acme):
    manager = accounts.make_user(
        roles=[accounts.make_role(permissions=[Permission.User.VIEW, Permission.User.EDIT])]
    )
    owner = accounts.owner()
    with pytest.raises(Refused):
        edit(owner, email="thief@example.com", by=manager)
    with pytest.raises(Refused):
        services.disable_user(owner, by=manager)
    assert owner.is_active
    assert owner.email == "owner@acme.example.com"


def test_disabling_ends_the_log_ins_and_enabling_opens_again(in_acme):
    user = add()
    token = accounts.sign_in(user)
    services.disable_user(user, by=accounts.owner())
    assert load_user(token) is None
    services.enable_user(user, by=accounts.owner())
    assert load_user(token) is None
    assert load_user(accounts.sign_in(user)) is not None


def test_nobody_disables_himself(in_acme):
    owner = accounts.owner()
    with pytest.raises(Refused):
        services.disable_user(owner, by=owner)
    assert owner.is_active


def test_the_last_administrator_stays(in_acme):
    owner = accounts.owner()
    second = accounts.make_user(roles=[accounts.role("administrator")])
    services.disable_user(owner, by=second)
    with pytest.raises(Refused):
        edit(second, roles=[accounts.role()], by=second)
    assert [role.code for role in second.roles] == ["administrator"]
    with pytest.raises(Refused):
        services.disable_user(second, by=owner)
    assert second.is_active


def test_own_mail_and_phone_need_the_password(in_acme):
    user = add()

    def edit_own(**changed):
        values = {
            "version": user.version,
            "name": user.name,
            "email": user.email,
            "phone": user.phone,
            "password": "",
        }
        services.edit_own_details(user, **(values | changed))

    edit_own(name="钱大")
    with pytest.raises(Refused):
        edit_own(email="thief@example.com")
    assert user.email == "qian.qi@example.com"
    edit_own(email=None, password=PASSWORD)
    assert user.email is None
    assert user.name == "钱大"
