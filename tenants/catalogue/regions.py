"""Write Chinese places in one way, so that a region is the beginning of an address.

People write 广东省深圳市 and 广东深圳市; municipalities repeat themselves (北京市北京市) or
carry a placeholder (北京市市辖区). Source: GB/T 2260, administrative divisions.
"""

import re

from kit.personal import plain

# The divisions of the first order, without what follows their name.
PROVINCES = (
    "北京",
    "天津",
    "河北",
    "山西",
    "内蒙古",
    "辽宁",
    "吉林",
    "黑龙江",
    "上海",
    "江苏",
    "浙江",
    "安徽",
    "福建",
    "江西",
    "山东",
    "河南",
    "湖北",
    "湖南",
    "广东",
    "广西",
    "海南",
    "重庆",
    "四川",
    "贵州",
    "云南",
    "西藏",
    "陕西",
    "甘肃",
    "青海",
    "宁夏",
    "新疆",
    "台湾",
    "香港",
    "澳门",
)
_MUNICIPALITIES = ("北京", "天津", "上海", "重庆")
_SUFFIX = re.compile("^(维吾尔自治区|壮族自治区|回族自治区|自治区|特别行政区|省|市)")
_PLACEHOLDERS = ("市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划")
_CITY_ENDS = ("市", "州", "盟", "地区", "区", "县")


def canonical(region: str) -> str:
    """Return a place without spaces, without the suffix of its province, named once."""
    text = re.sub(r"[\s,，/\-]", "", plain(region))
    for province in PROVINCES:
        if text.startswith(province):
            rest = _SUFFIX.sub("", text.removeprefix(province))
            if province in _MUNICIPALITIES:
                rest = _once(province, rest)
            return province + rest
    return text


def _once(municipality: str, rest: str) -> str:
    for again in (f"{municipality}市", "市辖区"):
        rest = rest.removeprefix(again)
    return rest


def place(province: str, city: str = "", district: str = "", address: str = "") -> str:
    """Return a whole address in the form that `canonical` regions are its beginning of."""
    city = "" if city in _PLACEHOLDERS else city
    if city and not city.endswith(_CITY_ENDS):
        city += "市"
    # People repeat the region in the street line.
    head = canonical(province + city + district)
    tail = re.sub(r"[\s,，/]", "", plain(address))
    return head + (canonical(tail).removeprefix(head) if head else canonical(tail))
