"""What a permission reaches, why, and that nobody passes on more than he has."""

import pytest

from kit import audit
from kit.errors import Refused
from tenants.accounts import services
from tenants.accounts.models import DataScope
from tenants.accounts.permissions import Permission
from tenants.accounts.scopes import reach_of
from tests.factories import accounts
from tests.factories.accounts import headquarters, make_role, make_unit, make_user

VIEW = Permission.Order.VIEW


def with_scope(scope, *, unit=None, units=()):
    role = make_role(permissions=["order:view"], scope=scope, units=units)
    return make_user(roles=[role], unit=unit)


@pytest.fixture
def units(in_acme):
    branch = make_unit("华东")
    return branch, make_unit("一号网点", parent=branch), make_unit("华西")


def test_each_scope_reaches_what_it_says(units):
    branch, outlet, west = units
    for scope, unit, chosen, expected in (
        ("all", outlet, (), (True, set(), False)),
        ("units", outlet, (west,), (False, {west.id}, False)),
        ("unit", branch, (), (False, {branch.id}, False)),
        ("unit", None, (), (False, set(), False)),
        ("unit_below", branch, (), (False, {branch.id, outlet.id}, False)),
        ("channels", outlet, (), (False, set(), True)),
        ("own", outlet, (), (False, set(), False)),
    ):
        reach = reach_of(with_scope(scope, unit=unit, units=chosen), VIEW)
        found = (reach.is_everything, set(reach.unit_ids), reach.has_channels)
        assert found == expected, scope
        assert reach.has_own, scope


def test_roles_reach_together_and_only_by_what_they_permit(units):
    branch, _outlet, west = units
    orders = make_role(permissions=["order:view"], scope="units", units=[branch])
    more = make_role(permissions=["order:view"], scope="units", units=[west])
    customers = make_role(permissions=["customer:view"], scope="all")
    user = make_user(roles=[orders, more, customers])
    assert reach_of(user, VIEW).unit_ids == {branch.id, west.id}
    assert reach_of(user, Permission.Customer.VIEW).is_everything
    nothing = reach_of(user, Permission.Settlement.VIEW)
    assert not nothing.is_everything
    assert not nothing.unit_ids
    assert not nothing.has_own


def test_a_disabled_person_reaches_nothing(units):
    user = with_scope("all")
    user.is_active = False
    assert not reach_of(user, VIEW).is_everything
    assert not reach_of(user, VIEW).has_own


def test_chosen_units_must_be_chosen(in_acme):
    with pytest.raises(Refused) as refused:
        make_role(permissions=["order:view"], scope="units")
    assert refused.value.field == "units"


def test_units_are_kept_only_with_the_scope_that_asks_for_them(units):
    role = make_role(permissions=["order:view"], scope="own", units=[units[0]])
    assert role.units == []


def chief(units, scope="unit_below"):
    """Somebody of a branch who may make roles and people there."""
    permissions = ["order:view", "role:edit", "user:edit", "role:view", "user:view"]
    role = make_role(permissions=permissions, scope=scope)
    return make_user(roles=[role], unit=units[0])


def test_nobody_writes_a_role_that_reaches_further_than_he_does(units):
    branch, outlet, west = units
    by = chief(units)
    for scope, chosen in (("all", ()), ("units", (west,)), ("units", (branch, west))):
        with pytest.raises(Refused) as refused:
            make_role(permissions=["order:view"], scope=scope, units=chosen, by=by)
        assert refused.value.field == "scope", scope
    made = make_role(permissions=["order:view"], scope="units", units=(branch, outlet), by=by)
    assert made.scope == DataScope.UNITS


def test_nobody_narrows_or_widens_a_role_that_reaches_further(units):
    role = make_role(permissions=["order:view"], scope="all")
    with pytest.raises(Refused) as refused:
        services.edit_role(
            role,
            version=role.version,
            name=role.name,
            permissions=role.permissions,
            scope=DataScope.OWN,
            by=chief(units),
        )
    assert (refused.value.field, role.scope) == ("scope", "all")


def test_nobody_gives_a_role_that_would_reach_further_where_it_is_held(units):
    branch, outlet, west = units
    by = chief(units)
    own_unit = make_role(permissions=["order:view"], scope="unit")
    for unit, is_refused in (
        (outlet, False),
        (branch, False),
        (west, True),
        (headquarters(), True),
    ):
        if is_refused:
            with pytest.raises(Refused) as refused:
                make_user(roles=[own_unit], unit=unit, by=by)
            assert refused.value.field == "roles"
        else:
            assert make_user(roles=[own_unit], unit=unit, by=by).unit is unit


def test_nobody_takes_over_a_person_who_reaches_elsewhere(units):
    _branch, outlet, west = units
    by = chief(units)
    colleague = make_role(permissions=["order:view"], scope="unit")
    stranger = make_user(roles=[colleague], unit=west)
    for verb in (
        lambda who: services.disable_user(who, by=by),
        lambda who: services.set_password(
            who, password=accounts.NEW_PASSWORD, own=accounts.PASSWORD, by=by
        ),
    ):
        with pytest.raises(Refused, match="may do more than you"):
            verb(stranger)
    assert stranger.is_active
    services.disable_user(make_user(roles=[colleague], unit=outlet), by=by)


def test_moving_a_person_does_not_widen_what_he_reaches_beyond_the_mover(units):
    branch, outlet, west = units
    by = chief(units)
    user = make_user(roles=[make_role(permissions=["order:view"], scope="unit")], unit=outlet)
    values = {"username": user.username, "name": user.name, "email": None, "phone": None}
    with pytest.raises(Refused):
        services.edit_user(user, version=user.version, **values, roles=user.roles, unit=west, by=by)
    services.edit_user(user, version=user.version, **values, roles=user.roles, unit=branch, by=by)
    assert user.unit is branch


def test_the_page_of_rights_says_which_role_gives_what_and_how_far(units, client):
    user = with_scope("units", units=[units[0]])
    browser = accounts.signed_in(client, accounts.owner())
    text = browser.get(f"/users/{user.public_id}/rights").text
    assert user.roles[0].name in text
    assert "华东" in text
    assert "查看订单" in text
    # The one at work stays the one at the top right.
    assert accounts.owner().name in text
    assert (
        accounts.signed_in(client, accounts.agent())
        .get(f"/users/{user.public_id}/rights")
        .status_code
        == 403
    )


def test_the_system_may_write_any_role(in_acme):
    assert make_role(permissions=["order:view"], scope="all", by=audit.SYSTEM).scope == "all"
