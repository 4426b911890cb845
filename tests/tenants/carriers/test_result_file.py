"""A carrier's result file is read row by row, in its words and headers."""

from datetime import date

import pytest

from tenants.accounts.dictionary import Carrier
from tenants.carriers import services
from tenants.carriers.result_file import (
    WORDS,
    CarrierEventKind,
    CarrierResult,
    Field,
    KeyKind,
    read_results,
)
from tests.factories.carriers import make_account

TODAY = date(2026, 8, 20)


def read(*rows, account=None):
    return read_results(list(enumerate(rows, start=2)), account=account, today=TODAY)


def test_usual_headers_are_understood(in_acme):
    found = read(
        {"手机号": "139 0000 1001", "状态": "已激活", "日期": "2026/8/1", "说明": "ok"},
        {"ICCID": "89860012345678901234", "status": "opened", "date": "20260802"},
        {"上游订单号": "A-1", "状态": "开户失败", "失败代码": "E9", "原因": "no photo"},
    )
    assert found.problems == {}
    assert found.results == [
        CarrierResult(
            2,
            KeyKind.MSISDN,
            "13900001001",
            CarrierEventKind.ACTIVATED,
            date(2026, 8, 1),
            text="ok",
        ),
        CarrierResult(
            3, KeyKind.ICCID, "89860012345678901234", CarrierEventKind.OPENED, date(2026, 8, 2)
        ),
        CarrierResult(
            4,
            KeyKind.ORDER_NUMBER,
            "A-1",
            CarrierEventKind.FAILED,
            TODAY,
            code="E9",
            text="no photo",
        ),
    ]


def test_an_account_maps_its_own_headers(in_acme):
    account = make_account(columns={Field.MSISDN: "客户号码 ", Field.EVENT: "业务 结果"})
    found = read({"客户号码": "13900001001", "业务结果": "首充"}, account=account)
    assert found.results[0].event == CarrierEventKind.FIRST_TOPUP
    assert read({"手机号": "13900001001", "业务结果": "首充"}, account=account).problems


@pytest.mark.parametrize(
    ("event", "month", "expected"),
    [
        ("在网", "3", 3),
        ("on_network", "第12个月", 12),
        ("在网第2个月", "", 2),
        ("on network 6", "", 6),
    ],
)
def test_being_on_the_network_has_its_month(in_acme, event, month, expected):
    found = read({"手机号": "13900001001", "状态": event, "在网月": month})
    assert [(one.event, one.month) for one in found.results] == [
        (CarrierEventKind.ON_NETWORK, expected)
    ]


@pytest.mark.parametrize(
    "row",
    [
        {},
        {"手机号": "13900001001"},
        {"手机号": "1390000", "状态": "已激活"},
        {"ICCID": "8986", "状态": "已激活"},
        {"手机号": "13900001001", "状态": "unheard of"},
        {"手机号": "13900001001", "状态": "在网"},
        {"手机号": "13900001001", "状态": "在网", "月份": "99"},
        {"手机号": "13900001001", "状态": "已激活", "日期": "2026-13-01"},
        {"手机号": "13900001001", "状态": "已激活", "日期": "soon"},
        {"手机号": "13900001001", "状态": "已激活", "日期": "2026-08-21"},
    ],
)
def test_a_wrong_row_is_named(in_acme, row):
    found = read(row)
    assert found.results == []
    assert list(found.problems) == [2]


def test_the_same_twice_counts_once(in_acme):
    row = {"手机号": "13900001001", "状态": "已激活"}
    found = read(row, row)
    assert len(found.results) == 1
    assert list(found.problems) == [3]


def test_every_word_belongs_to_one_event():
    words = [word for known in WORDS.values() for word in known]
    assert len(words) == len(set(words))
    assert set(WORDS) == set(CarrierEventKind)


def test_a_mapping_that_cannot_work_is_refused(in_acme):
    for columns in ({Field.EVENT: "状态"}, {Field.MSISDN: "a", Field.EVENT: "a"}):
        with pytest.raises(services.Refused):
            make_account(columns=columns)
    with pytest.raises(services.Refused):
        make_account(name=make_account().name)
    assert make_account(carrier=Carrier.UNICOM).carrier == "unicom"
