"""Adding, changing and deleting roles."""

import pytest

from kit.errors import Refused
from tenants.accounts import queries, services
from tenants.accounts.permissions import SENTENCES, Permission, every_permission
from tests.factories import accounts


def edit(role, **changed):
    values = {"version": role.version, "name": role.name, "permissions": role.permissions}
    services.edit_role(role, **(values | {"by": accounts.owner()} | changed))


def test_every_permission_has_a_sentence():
    assert set(SENTENCES) == set(every_permission())


def test_an_operation_brings_its_page(in_acme):
    role = accounts.make_role(permissions=["order:edit"])
    assert role.permissions == ["order:view", "order:edit"]


def test_changing_works(in_acme):
    role = accounts.make_role(permissions=["order:view"])
    user = accounts.make_user(roles=[role])
    edit(role, name="审核员", permissions=["order:audit"])
    assert role.name == "审核员"
    assert user.can(Permission.Order.AUDIT)
    (entry, *_) = queries.log_of(role.public_id)
    assert entry.details == {
        "name": "审核员",
        "added": ["order:audit"],
        "removed": [],
        "scope": "all",
        "units": [],
    }


@pytest.mark.parametrize(
    "changed",
    [{"name": " "}, {"permissions": []}, {"permissions": ["order:fly"]}, {"version": 99}],
)
def test_it_refuses_and_changes_nothing(in_acme, changed):
    role = accounts.make_role(permissions=["order:view"], name="看单")
    with pytest.raises(Refused):
        edit(role, **changed)
    assert (role.name, role.permissions) == ("看单", ["order:view"])


def test_a_name_is_used_once(in_acme):
    accounts.make_role(permissions=["order:view"], name="看单")
    with pytest.raises(Refused) as refused:
        accounts.make_role(permissions=["order:view"], name="看单")
    assert refused.value.field == "name"


def test_the_administrators_role_is_fixed(in_acme):
    role = accounts.role("administrator")
    with pytest.raises(Refused):
        edit(role, permissions=["order:view"])
    with pytest.raises(Refused):
        services.delete_role(role, by=accounts.owner())
    assert len(role.permissions) == len(every_permission())


def test_nobody_gives_or_takes_what_he_lacks(in_acme):
    keeper = accounts.make_user(
        roles=[accounts.make_role(permissions=["role:view", "role:edit", "order:view"])]
    )
    role = accounts.make_role(permissions=["customer:view"])
    for permissions in (["customer:view", "user:view"], ["order:view"]):
        with pytest.raises(Refused):
            edit(role, permissions=permissions, by=keeper)
    with pytest.raises(Refused):
        accounts.make_role(permissions=["settlement:pay"], by=keeper)
    with pytest.raises(Refused):
        services.delete_role(role, by=keeper)
    edit(role, permissions=["customer:view", "order:view"], by=keeper)
    assert role.permissions == ["customer:view", "order:view"]


def test_deleting_works_only_when_nobody_holds_it(in_acme):
    role = accounts.make_role(permissions=["order:view"])
    user = accounts.make_user(roles=[role])
    with pytest.raises(Refused):
        services.delete_role(role, by=accounts.owner())
    assert user.roles == [role]
    services.edit_user(
        user,
        version=user.version,
        username=user.username,
        name=user.name,
        email=user.email,
        phone=user.phone,
        roles=[accounts.role()],
        by=accounts.owner(),
    )
    public_id = role.public_id
    services.delete_role(role, by=accounts.owner())
    assert queries.find_role(public_id) is None
