"""Names, phones and documents of people who do not exist."""

import random
from datetime import date, timedelta

import stdnum.cn.ric

from tenants.customers.services import NewCustomer

FAMILY = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾萧田董潘袁蔡蒋余"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超霞平刚桂英华玉兰文秀梅建国子涵梓萱雨桐浩然思远嘉怡晨曦"
PLACES = (
    ("广东省", "深圳市", "南山区", "科技路"),
    ("广东省", "广州市", "天河区", "体育西路"),
    ("江苏省", "苏州市", "姑苏区", "人民路"),
    ("浙江省", "杭州市", "西湖区", "文三路"),
    ("四川省", "成都市", "武侯区", "科华北路"),
    ("湖北省", "武汉市", "洪山区", "珞喻路"),
    ("陕西省", "西安市", "雁塔区", "长安中路"),
    ("山东省", "青岛市", "市南区", "香港中路"),
)


def person_name(chance: random.Random) -> str:
    """Return a name."""
    return chance.choice(FAMILY) + "".join(chance.sample(GIVEN, chance.choice((1, 2, 2))))


def resident_id(chance: random.Random, serial: int) -> str:
    """Return a resident number with a right check digit that belongs to nobody."""
    born = date(1966, 1, 1) + timedelta(days=chance.randrange(15_000))
    body = f"999999{born:%Y%m%d}{serial % 1_000:03}"
    return body + str(stdnum.cn.ric.calc_check_digit(body + "0"))


def customers(chance: random.Random, count: int) -> list[NewCustomer]:
    """Return customers to add, each with a phone and a document of its own."""
    found: dict[str, NewCustomer] = {}
    while len(found) < count:
        serial = len(found)
        document = resident_id(chance, serial)
        province, city, district, road = chance.choice(PLACES)
        prefix = chance.choice(("138", "139", "150", "186", "177", "159"))
        found[document] = NewCustomer(
            name=person_name(chance),
            phone=f"{prefix}{10_000_000 + serial * 7_919 % 89_999_999:08}",
            document_kind="resident_id",
            document=document,
            province=province,
            city=city,
            district=district,
            address=f"{road} {chance.randrange(1, 400)} 号",
        )
    return list(found.values())
