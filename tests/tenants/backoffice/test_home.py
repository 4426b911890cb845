"""The home page and the menu."""

from kit import clock
from tenants.accounts.permissions import Permission
from tests.factories import accounts
from tests.factories.accounts import everything
from tests.factories.customers import make_customer


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
    from datetime import UTC, datetime

    from tenants.backoffice import queries

    with clock.moved(datetime(2026, 8, 1, 17, 0, tzinfo=UTC)):
        assert queries.start_of_day() == datetime(2026, 8, 1, 16, 0, tzinfo=UTC)
        make_customer()
        figure = queries.customer_figure(everything(Permission.Customer.VIEW))
    assert (figure.today, figure.yesterday, figure.total) == (1, 0, 1)


def test_the_set_up_is_read_from_the_tables(in_acme):
    from tenants.backoffice import queries

    done = queries.set_up()
    assert not done.profile
    assert not done.is_done


def test_a_stranger_is_sent_to_the_door(in_acme, client):
    assert client.at(in_acme).get("/home/").location == "/login?next=/home/"
