"""Read a carrier's result file: which item, what happened, when; row by row.

The carrier's headers are mapped by the account; its words by one table. What an event does to an
order is decided by tenants.orders.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from kit.i18n import gettext as _
from tenants.carriers.models import CarrierAccount


class CarrierEventKind(StrEnum):
    """What a carrier reports about an item."""

    SUBMITTED = "submitted"
    OPENING = "opening"
    OPENED = "opened"
    FAILED = "failed"
    INFO_WANTED = "info_wanted"
    REAL_NAME_CHECK = "real_name_check"
    ACTIVATED = "activated"
    ACTIVATION_FAILED = "activation_failed"
    FIRST_TOPUP = "first_topup"
    ON_NETWORK = "on_network"
    CLOSED = "closed"


class KeyKind(StrEnum):
    """By what the carrier names the item."""

    MSISDN = "msisdn"
    ORDER_NUMBER = "order_number"
    ICCID = "iccid"


class Field(StrEnum):
    """What a column of the file holds."""

    MSISDN = "msisdn"
    ORDER_NUMBER = "order_number"
    ICCID = "iccid"
    EVENT = "event"
    OCCURRED_ON = "occurred_on"
    MONTH = "month"
    CODE = "code"
    TEXT = "text"


# Headers understood without a mapping: the first that the file has counts.
USUAL_HEADERS: Mapping[Field, tuple[str, ...]] = {
    Field.MSISDN: ("手机号", "手机号码", "号码", "业务号码", "开户号码", "msisdn", "number"),
    Field.ORDER_NUMBER: ("运营商订单号", "上游订单号", "订单号", "order_number", "order number"),
    Field.ICCID: ("ICCID", "卡号", "SIM卡号"),
    Field.EVENT: ("状态", "订单状态", "结果", "事件", "event", "status"),
    Field.OCCURRED_ON: ("日期", "时间", "状态时间", "激活时间", "date", "occurred_on"),
    Field.MONTH: ("在网月", "在网月数", "月份", "month"),
    Field.CODE: ("代码", "失败代码", "错误码", "code"),
    Field.TEXT: ("说明", "原因", "失败原因", "备注", "text", "reason"),
}

WORDS: Mapping[CarrierEventKind, tuple[str, ...]] = {
    CarrierEventKind.SUBMITTED: ("submitted", "已提交", "已受理", "提交成功", "已接收"),
    CarrierEventKind.OPENING: ("opening", "开户中", "处理中", "受理中", "制卡中"),
    CarrierEventKind.OPENED: ("opened", "开户成功", "已开户", "受理成功", "开卡成功"),
    CarrierEventKind.FAILED: ("failed", "开户失败", "受理失败", "失败", "审核不通过", "已拒绝"),
    CarrierEventKind.INFO_WANTED: ("info_wanted", "待补资料", "资料不全", "补充资料", "待补照片"),
    CarrierEventKind.REAL_NAME_CHECK: ("real_name_check", "实名中", "实名审核中", "待实名"),
    CarrierEventKind.ACTIVATED: ("activated", "已激活", "激活成功", "激活"),
    CarrierEventKind.ACTIVATION_FAILED: ("activation_failed", "激活失败", "实名失败"),
    CarrierEventKind.FIRST_TOPUP: ("first_topup", "首充", "已首充", "首充成功", "首次充值"),
    CarrierEventKind.ON_NETWORK: ("on_network", "在网", "正常在网"),
    CarrierEventKind.CLOSED: ("closed", "销户", "已销户", "离网", "拆机"),
}

_DAY = re.compile(r"([0-9]{4})\D{0,2}([0-9]{1,2})\D{0,2}([0-9]{1,2})日?(?:[ T].*)?")
_COMPACT_DAY = re.compile(r"[0-9]{8}")
_PHONE = re.compile(r"1[0-9]{10}(?:[0-9]{2})?")
_ICCID = re.compile(r"89[0-9]{16}[0-9A-Z]{1,2}")
_MONTH = re.compile(r"(?:第|M|month )?([0-9]{1,2})(?:个?月)?", re.IGNORECASE)
_ON_NETWORK = re.compile(
    r"(?:在网|on[_ ]network)[_ ]?(?:第|M)?([0-9]{1,2})(?:个?月)?", re.IGNORECASE
)
LAST_MONTH = 60


def _plain(text: str) -> str:
    return re.sub(r"[\s_\-]", "", unicodedata.normalize("NFKC", text)).casefold()


_EVENT_OF = {_plain(word): event for event, words in WORDS.items() for word in words}


@dataclass(frozen=True, slots=True)
class CarrierResult:
    """One row: the item it is about, what happened to it and when; `month` is k on network."""

    line: int
    key_kind: KeyKind
    key: str
    event: CarrierEventKind
    occurred_on: date
    month: int = 0
    code: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class ResultFile:
    """What a file says, and what is wrong with it by line."""

    results: Sequence[CarrierResult]
    problems: Mapping[int, str] = field(default_factory=dict)


class _BadRow(ValueError):
    """A row makes no sense; the sentence says why."""


def headers(account: CarrierAccount | None) -> dict[Field, tuple[str, ...]]:
    """Return the headers under which each field is looked for in an account's files."""
    mapped = account.columns if account is not None else {}
    return {
        one: (str(mapped[one.value]),) if mapped.get(one.value) else USUAL_HEADERS[one]
        for one in Field
    }


def read_results(
    rows: Sequence[tuple[int, Mapping[str, str]]], *, account: CarrierAccount | None, today: date
) -> ResultFile:
    """Read rows of texts by header, each with its line number.

    A row names its item by number, carrier order number or ICCID, in that order. A row without a
    date happened `today`.
    """
    names = {
        one: tuple(_plain(header) for header in known) for one, known in headers(account).items()
    }
    results: list[CarrierResult] = []
    problems: dict[int, str] = {}
    seen: dict[tuple[str, CarrierEventKind, int], int] = {}
    for line, row in rows:
        cells = {_plain(header): text.strip() for header, text in row.items()}
        texts = {
            one: next((cells[name] for name in known if cells.get(name)), "")
            for one, known in names.items()
        }
        try:
            result = _read(line, texts, today)
        except _BadRow as bad:
            problems[line] = str(bad)
            continue
        first = seen.setdefault((result.key, result.event, result.month), line)
        if first != line:
            problems[line] = _("The same as row %(line)s.", line=first)
            continue
        results.append(result)
    return ResultFile(results, problems)


def _read(line: int, texts: Mapping[Field, str], today: date) -> CarrierResult:
    key_kind, key = _key(texts)
    event, month = _event(texts[Field.EVENT], texts[Field.MONTH])
    occurred_on = _day(texts[Field.OCCURRED_ON]) if texts[Field.OCCURRED_ON] else today
    if occurred_on > today:
        raise _BadRow(_("The date %(day)s has not come yet.", day=occurred_on.isoformat()))
    return CarrierResult(
        line,
        key_kind,
        key,
        event,
        occurred_on,
        month,
        texts[Field.CODE][:60],
        texts[Field.TEXT][:500],
    )


def _key(texts: Mapping[Field, str]) -> tuple[KeyKind, str]:
    if text := texts[Field.MSISDN]:
        number = re.sub(r"[\s\-]", "", text).removeprefix("+86")
        if not _PHONE.fullmatch(number):
            raise _BadRow(_("“%(text)s” is not a number of 11 or 13 digits.", text=text))
        return KeyKind.MSISDN, number
    if text := texts[Field.ORDER_NUMBER]:
        return KeyKind.ORDER_NUMBER, text
    if text := texts[Field.ICCID]:
        iccid = re.sub(r"[\s\-]", "", text).upper()
        if not _ICCID.fullmatch(iccid):
            raise _BadRow(_("“%(text)s” is not an ICCID of 19 or 20 characters.", text=text))
        return KeyKind.ICCID, iccid
    raise _BadRow(_("The row has no number, no order number and no ICCID."))


def _event(text: str, month: str) -> tuple[CarrierEventKind, int]:
    if not text:
        raise _BadRow(_("The row does not say what happened."))
    event = _EVENT_OF.get(_plain(text))
    numbered = _ON_NETWORK.fullmatch(text.strip())
    if event is None and numbered:
        event, month = CarrierEventKind.ON_NETWORK, numbered[1]
    if event is None:
        raise _BadRow(_("We do not know the status “%(text)s”.", text=text))
    if event != CarrierEventKind.ON_NETWORK:
        return event, 0
    found = _MONTH.fullmatch(month.strip())
    if found is None or not 1 <= int(found[1]) <= LAST_MONTH:
        raise _BadRow(_("Being on the network needs the month, counted from 1."))
    return event, int(found[1])


def _day(text: str) -> date:
    found = _DAY.fullmatch(text)
    parts = found.groups() if found else ()
    if _COMPACT_DAY.fullmatch(text):
        parts = (text[:4], text[4:6], text[6:])
    try:
        year, month, day = (int(part) for part in parts)
        return date(year, month, day)
    except ValueError:
        raise _BadRow(_("“%(text)s” is not a date such as 2026-08-01.", text=text)) from None
