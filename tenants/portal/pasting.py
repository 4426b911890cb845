"""Read one pasted text: name, phone, document number and address, in any order.

People copy them out of a chat, with or without labels, on one line or several.
"""

import re
from dataclasses import dataclass

from kit.personal import plain

_PHONE = re.compile(r"(?<!\d)(?:\+?86[- ]?)?(1[3-9]\d)[- ]?(\d{4})[- ]?(\d{4})(?!\d)")
_DOCUMENT = re.compile(r"(?<![0-9A-Za-z])(\d{17}[0-9Xx])(?![0-9A-Za-z])")
_LABEL = re.compile(
    r"(姓名|名字|客户|联系人|收货人|收件人|机主|电话|手机号?码?|联系电话|号码|身份证号?码?|证件号?码?|"
    r"收货地址|详细地址|所在地区|地址|name|phone|mobile|tel|id ?card|id|address)\s*[:：]",
    re.IGNORECASE,
)
_SPLIT = re.compile(r"[\n\r,，;；、|\t]+")
_REGION = re.compile(
    r"(?P<province>[一-鿿]{2,8}?(?:省|自治区|特别行政区)|(?:北京|天津|上海|重庆)市?)?"
    r"(?P<city>[一-鿿]{2,10}?(?:市|自治州|地区|盟))?"
    r"(?P<district>[一-鿿]{1,10}?(?:区|县|旗|市))?"
)
_NAME = re.compile(r"[一-鿿·]{2,12}|[A-Za-z][A-Za-z .'-]{1,40}")
_SHORT = 4
_PLACE = re.compile(r"省|市|区|县|镇|乡|街|路|村|号|栋|室|楼|小区|大厦|road|street", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Pasted:
    """What was found; empty where nothing was."""

    name: str = ""
    phone: str = ""
    document: str = ""
    province: str = ""
    city: str = ""
    district: str = ""
    address: str = ""


def read(text: str) -> Pasted:
    """Return what a pasted text says; never refuses, the form checks what comes of it."""
    rest = "\n".join(plain(line) for line in text[:2_000].splitlines())
    document = phone = ""
    if found := _DOCUMENT.search(rest):
        document = found[1].upper()
        rest = rest[: found.start()] + "\n" + rest[found.end() :]
    if found := _PHONE.search(rest):
        phone = "".join(found.groups())
        rest = rest[: found.start()] + "\n" + rest[found.end() :]
    rest = _LABEL.sub("\n", rest)
    parts = [part.strip(" .。:：") for part in _SPLIT.split(rest) if part.strip(" .。:：")]
    address = max((part for part in parts if _PLACE.search(part)), key=len, default="")
    if address:
        parts.remove(address)
    name, address = _name(parts, address)
    region = _REGION.match(address)
    found_region = region.groupdict() if region else {}
    return Pasted(
        name=name,
        phone=phone,
        document=document,
        province=found_region.get("province") or "",
        city=found_region.get("city") or "",
        district=found_region.get("district") or "",
        address=address[region.end() :].strip() if region else address,
    )


def _name(parts: list[str], address: str) -> tuple[str, str]:
    for part in parts:
        if _NAME.fullmatch(part):
            return part, address
    # "王小明 广东省深圳市…" on one line, with nothing but a space between.
    first, _, rest = address.partition(" ")
    if rest and _NAME.fullmatch(first) and not _PLACE.search(first):
        return first, rest.strip()
    # Or after it: "广东省深圳市… 王小明".
    before, _, last = address.rpartition(" ")
    if before and len(last) <= _SHORT and _NAME.fullmatch(last) and not _PLACE.search(last):
        return last, before.strip()
    words = next((part.split(" ")[0] for part in parts if _NAME.match(part)), "")
    return (words if _NAME.fullmatch(words) else ""), address
