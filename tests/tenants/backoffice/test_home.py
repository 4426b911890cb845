"""The home page and the menu."""

import re
from contextlib import contextmanager
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import event, select

from kit import clock
from kit.db import database, session, workspace_scope
from kit.db.session import cell_key
from tenants.accounts.models import DataScope, User
from tenants.accounts.permissions import Permission
from tenants.accounts.policy import forget_policy
from tenants.accounts.seed import ROLES
from tenants.backoffice import queries
from tenants.customers.models import Customer
from tenants.desk.home import BY_ROLE, Block, arrange_home, arranged_for
from tenants.desk.models import HomeLayout
from tenants.orders.kinds import ORDER
from tenants.orders.models import Order
from tests.factories import accounts
from tests.factories.accounts import everything
from tests.factories.customers import make_customer
from tests.factories.notices import make_announcement, make_reminder
from tests.factories.world import make_world


def test_the_owner_sees_figures_steps_and_menu(in_acme, client):
    make_customer()
    make_customer()
    page = accounts.signed_in(client, accounts.owner()).get("/home/")
    assert page.status_code == 200
    assert "今日新增客户" in page.text
    assert "完善企业信息" in page.text
    assert '"/users/"' in page.text
    assert '"/customers/"' in page.text


def test_a_colleague_sees_only_what_the_role_opens(in_acme, client):
    role = accounts.make_role(permissions=[Permission.Product.VIEW])
    page = accounts.signed_in(client, accounts.make_user(roles=[role])).get("/home/")
    assert page.status_code == 200
    assert "今日新增客户" not in page.text
    assert '"/users/"' not in page.text
    assert '"/customers/"' not in page.text


def test_figures_are_of_the_day_in_the_workspaces_zone(in_acme):
    with clock.moved(datetime(2026, 8, 1, 17, 0, tzinfo=UTC)):
        assert queries.start_of_day() == datetime(2026, 8, 1, 16, 0, tzinfo=UTC)
        make_customer()
        days = queries.daily(customer_reach=everything(Permission.Customer.VIEW))["customers"]
    assert (days.today, days.yesterday, days.month_ago) == (1, 0, 0)


@pytest.mark.parametrize(
    ("day", "before"),
    [((2026, 3, 31), (2026, 2, 28)), ((2026, 1, 5), (2025, 12, 5)), ((2024, 3, 30), (2024, 2, 29))],
)
def test_the_same_day_of_last_month(day, before):
    assert queries.month_before(date(*day)) == date(*before)


def _filled():
    """What home pages show something of."""
    make_world()
    make_customer(name="别人的客户")
    record = session().scalars(select(Order.public_id).limit(1)).one()
    make_reminder(accounts.owner(), kind=ORDER, record=record, note="问问运费")
    make_announcement(title="国庆值班安排")


@contextmanager
def _statements():
    seen = []

    def note(_connection, _cursor, statement, *_rest):
        # The savepoints are those of the test's own outer transaction.
        if "SAVEPOINT" not in statement:
            seen.append(statement)

    engine = database.engines[cell_key("main")]
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


def _figure(page, label):
    found = re.search(rf"{label}</span>\s*<span class=\"stat-value\">([^<]*)<", page)
    return found and found[1]


@pytest.mark.parametrize("who", ["owner", "salesperson"])
def test_the_page_asks_twelve_times_at_most(in_acme, client, who):
    _filled()
    if who == "owner":
        user = accounts.owner()
    else:
        permissions = list(accounts.role().permissions)
        role = accounts.make_role(permissions=permissions, scope=DataScope.OWN)
        user = accounts.make_user(roles=[role])
        make_customer(name="我的客户", by=user)
    browser = accounts.signed_in(client, user)
    browser.get("/home/")
    forget_policy()
    with _statements() as seen:
        page = browser.get("/home/").text
    assert len(seen) <= 12, "\n".join(seen)
    assert "国庆值班安排" in page
    assert "data-chart" in page
    live = select(Customer.id).where(Customer.deleted_at.is_(None))
    customers = len(list(session().scalars(live)))
    assert _figure(page, "今日新增客户") == (str(customers) if who == "owner" else "1")
    placed = len(list(session().scalars(select(Order.id))))
    assert _figure(page, "今日订单") == (str(placed) if who == "owner" else "0")
    assert ("问问运费" in page) == (who == "owner")


def test_a_block_without_its_right_is_left_out(in_acme, client):
    role = accounts.make_role(permissions=[Permission.Audit.VIEW])
    page = accounts.signed_in(client, accounts.make_user(roles=[role])).get("/home/").text
    assert "block-announcements" in page
    assert "block-shortcuts" in page
    for block in ("figures", "trends", "to-do"):
        assert f"block-{block}" not in page


@pytest.mark.parametrize("code", sorted(BY_ROLE))
def test_each_role_has_an_arrangement_of_all_blocks(in_acme, code):
    arranged = arranged_for(accounts.make_user(roles=[accounts.role(code)]))
    assert sorted(arranged.shown) == sorted(Block)
    assert arranged.blocks == BY_ROLE[code]
    assert code in ROLES


def test_a_person_arranges_the_page(in_acme, client):
    user = accounts.make_user(roles=[accounts.role("analyst")])
    user_id = user.id
    browser = accounts.signed_in(client, user)
    token = browser.token("/home/arrange")
    order = ["favourites", "shortcuts", "trends", "nonsense", "figures"]
    typed = {"csrf_token": token, "block": order, "on": ["shortcuts", "figures"]}
    assert browser.post("/home/arrange", data=typed).location == "/home/"
    page = browser.get("/home/").text
    assert page.index("block-shortcuts") < page.index("block-figures")
    assert "block-trends" not in page
    assert "block-favourites" not in page
    moved = browser.post("/home/arrange", data=typed | {"move": "figures:up"})
    assert moved.location == "/home/arrange"
    kept = arranged_for(session().get_one(User, user_id))
    assert [one.value for one in kept.blocks[:4]] == [
        "favourites",
        "shortcuts",
        "trends",
        "figures",
    ]
    browser.post("/home/arrange/reset", data={"csrf_token": token})
    assert not arranged_for(session().get_one(User, user_id)).is_own


def test_somebody_elses_page_stays_as_it_is(in_acme, rival, client):
    user = accounts.owner()
    arrange_home(user, blocks=["trends"], hidden=["figures"])
    assert arranged_for(accounts.agent()).is_own is False
    session().commit()
    with workspace_scope(rival):
        browser = accounts.signed_in(client, accounts.owner())
    assert "block-figures" in browser.get("/home/").text


def test_arranging_twice_at_once_keeps_one(at_once):
    user = accounts.owner()
    user_id = user.id

    def arrange():
        arrange_home(session().get_one(User, user_id), blocks=["to_do"], hidden=[])

    at_once([arrange] * 4)
    rows = session().scalars(select(HomeLayout).where(HomeLayout.user_id == user_id)).all()
    assert len(rows) == 1


def test_the_set_up_is_read_from_the_tables(in_acme):
    done = queries.set_up()
    assert not done.profile
    assert not done.is_done


def test_a_stranger_is_sent_to_the_door(in_acme, client):
    assert client.at(in_acme).get("/home/").location == "/login?next=/home/"
