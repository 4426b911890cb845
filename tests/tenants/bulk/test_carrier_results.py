"""A carrier's result file: every row finds its item, every event counts once."""

import pytest
from sqlalchemy import func, select

from kit import audit
from kit.db import session
from tenants.bulk.models import ImportState
from tenants.carriers.result_file import Field
from tenants.numbers.services import recycle_numbers
from tenants.orders import services
from tenants.orders.models import CarrierEvent, OrderItem
from tenants.orders.services.activation import Told
from tenants.settlement.models import CommissionLine
from tests.factories.accounts import agent, make_role, make_user, owner, signed_in
from tests.factories.bulk import checked, confirm, problems, xlsx
from tests.factories.carriers import make_account
from tests.factories.catalogue import make_product, make_rate
from tests.factories.channels import again, make_chain
from tests.factories.numbers import make_card, make_number
from tests.factories.orders import make_opened, make_order, tell

HEAD = ["key", "event", "date", "month", "code", "text"]


def brought(*rows, head=HEAD, **options):
    return checked(
        xlsx(head, *rows), kind="carrier_results", file_name="移动0803.xlsx", options=options
    )


def opened(msisdn: str, **more) -> OrderItem:
    return make_opened(number=make_number(msisdn), recipient_phone=msisdn, **more)


def events() -> int:
    return session().scalar(select(func.count()).select_from(CarrierEvent))


def lines() -> list[tuple[int, str]]:
    rows = session().scalars(select(CommissionLine).order_by(CommissionLine.id))
    return [(line.amount, line.state) for line in rows]


def test_every_key_finds_its_item_and_an_activation_earns(in_acme):
    product = make_product(carrier="mobile")
    make_rate(product, 10_000)
    chain = make_chain(6_000)
    by_number = opened("13900001001", product=product, channel=chain[-1])
    by_card = opened("13900001002", card=make_card("89860012345678901234"))
    by_order = opened("13900001003")
    file = brought(
        ["13900001001", "已激活", "2026-08-03", "", "0", "成功"],
        ["89860012345678901234", "activated", "2026-08-02"],
        [by_order.order.number, "激活失败", "2026/8/1", "", "E7", "实名不符"],
    )
    assert (file.state, file.row_count, file.bad_count) == (ImportState.CHECKED, 3, 0)
    assert again(by_number).activation_state == "not_activated"
    assert confirm(file).state == ImportState.APPLIED
    assert again(by_number).activation_state == "activated"
    assert again(by_number).activated_on.isoformat() == "2026-08-03"
    assert again(by_card).activation_state == "activated"
    failed = again(by_order)
    assert (failed.activation_state, failed.carrier_code, failed.carrier_text) == (
        "failed",
        "E7",
        "实名不符",
    )
    assert lines() == [(4_000, "pending"), (6_000, "pending")]
    sources = session().scalars(select(CarrierEvent.source).where(CarrierEvent.source != "test"))
    assert set(sources) == {"移动0803.xlsx"}


def test_rows_that_cannot_be_right_say_why(in_acme):
    opened("13900001001")
    make_order(number=make_number("13900001002"), recipient_phone="13900001002")
    held = opened("13900001003")
    services.hold_order(held.order, cause="等照片", by=audit.SYSTEM)
    ended = make_order(number=make_number("13900001004"), recipient_phone="13900001004")
    services.cancel_order(ended, reason="退", by=audit.SYSTEM)
    file = brought(
        ["13900001001", "activated", "2026-08-03"],
        ["13900009999", "activated", "2026-08-03"],
        ["13900001002", "activated", "2026-08-03"],
        ["13900001003", "activated", "2026-08-03"],
        ["13900001004", "activated", "2026-08-03"],
        ["13900001001", "exploded", "2026-08-03"],
        ["13900001001", "activated", "2026-02-30"],
        ["13900001001", "activated", "2099-01-01"],
        ["13900001001", "activated", "2026-08-03"],
        ["13900001001", "on_network", "2026-08-03"],
        ["", "activated", "2026-08-03"],
        ["26080312345678", "activated", "2026-08-03"],
        ["89860099999999999999", "activated", "2026-08-03"],
        ["12", "activated", "2026-08-03"],
    )
    assert (file.good_count, file.bad_count) == (1, 13)
    found = problems(file)
    assert sorted(found) == list(range(3, 16))
    assert "13900009999" in found[3]
    assert all(found.values())
    before = events()
    assert confirm(file, without_bad=True).state == ImportState.APPLIED
    assert events() == before + 1


def test_the_same_file_twice_changes_nothing(in_acme):
    product = make_product(carrier="mobile")
    make_rate(product, 10_000)
    make_rate(product, 500, milestone="on_network", month=1)
    item = opened("13900001001", product=product, channel=make_chain()[0])
    rows = (
        ["13900001001", "activated", "2026-08-03"],
        ["13900001001", "on_network", "2026-09-03", "1"],
    )
    confirm(brought(*rows))
    before, told, version = lines(), events(), again(item).order.version
    assert sorted(before) == [(500, "pending"), (10_000, "pending")]
    second = brought(*rows)
    assert second.bad_count == 0
    assert confirm(second).state == ImportState.APPLIED
    assert (lines(), events(), again(item).order.version) == (before, told, version)


def test_a_row_that_went_wrong_meanwhile_stops_the_whole_file(in_acme):
    first, second = opened("13900001001"), opened("13900001002")
    file = brought(
        ["13900001001", "activated", "2026-08-03"], ["13900001002", "activated", "2026-08-03"]
    )
    services.cancel_order(again(second).order, reason="退", by=audit.SYSTEM)
    file = confirm(file)
    assert (file.state, file.bad_count) == (ImportState.CHECKED, 1)
    assert again(first).activation_state == "not_activated"
    assert confirm(file, without_bad=True).state == ImportState.APPLIED
    assert again(first).activation_state == "activated"


def test_an_accounts_own_headers_are_understood(in_acme):
    item = opened("13900001001")
    account = make_account(
        columns={
            Field.MSISDN: "业务标识",
            Field.EVENT: "当前态",
            Field.OCCURRED_ON: "变更日",
        }
    )
    head = ["业务标识", "当前态", "变更日", "渠道"]
    rows = [["13900001001", "激活成功", "20260803", "x"]]
    account_id = account.public_id
    without = checked(xlsx(head, *rows), kind="carrier_results", options={})
    assert without.state == ImportState.REFUSED
    file = brought(*rows, head=head, account=account_id)
    assert confirm(file).state == ImportState.APPLIED
    assert again(item).activation_state == "activated"


def test_a_file_with_number_and_order_number_is_read_by_the_number(in_acme):
    item = opened("13900001001")
    head = ["手机号", "订单号", "ICCID", "状态", "日期"]
    file = brought([13900001001, "CMCC-77", "", "已激活", "2026-08-03"], head=head)
    assert confirm(file).state == ImportState.APPLIED
    assert again(item).activation_state == "activated"


def test_the_carriers_own_order_number_finds_an_item(in_acme):
    order = make_order(number=make_number())
    services.pass_audit(order, by=audit.SYSTEM)
    services.submit_to_carrier(order, carrier_order_number="CMCC-77", by=audit.SYSTEM)
    item = order.items[0]
    head = ["订单号", "状态", "日期"]
    assert confirm(brought(["CMCC-77", "已开户", "2026-08-03"], head=head)).state == "applied"
    assert again(item).carrier_state == "opened"


def test_an_order_of_several_items_needs_the_number(in_acme):
    order = make_order(quantity=2)
    services.pass_audit(order, by=audit.SYSTEM)
    file = brought([order.number, "opened", "2026-08-03"])
    assert list(problems(file)) == [2]


def test_a_number_sold_again_belongs_to_its_new_order(in_acme):
    number = make_number("13900001001")
    old = make_opened(number=number)
    tell(old, Told.ACTIVATED, Told.CLOSED)
    assert recycle_numbers(days=0) == 1
    new = make_opened(number=number, recipient_phone="13800001111")
    assert confirm(brought(["13900001001", "activated", "2026-08-04"])).state == "applied"
    assert (again(old).activation_state, again(new).activation_state) == ("closed", "activated")


def test_it_needs_its_permission(in_acme, client):
    loader = make_user(roles=[make_role(permissions=["order:view", "order:import"])])
    path = "/imports/new/carrier_results"
    browser, without = signed_in(client, loader), signed_in(client, agent())
    assert signed_in(client, owner()).get(path).status_code == 200
    assert browser.get(path).status_code == 200
    assert browser.get("/imports/new/numbers").status_code == 403
    assert without.get(path).status_code == 403
    with browser.get("/imports/template/carrier_results") as template:
        assert template.status_code == 200


@pytest.mark.parametrize("event", list(Told))
def test_every_event_that_we_know_can_come_in_a_file(in_acme, event):
    item = opened("13900001001")
    if event == Told.CLOSED:
        tell(item, Told.ACTIVATED)
    month = "2" if event == Told.ON_NETWORK else ""
    before = events()
    file = brought(["13900001001", event.value, "2026-08-02", month])
    assert problems(file) == {}
    assert confirm(file).state == ImportState.APPLIED
    assert events() == before + 1
