"""What people paste out of a chat, and what is read of it."""

import pytest

from tenants.portal.pasting import Pasted, read

ID = "99999919900307001X"
FULL = Pasted(
    name="王小明",
    phone="13800138000",
    document=ID,
    province="广东省",
    city="深圳市",
    district="南山区",
    address="科技路1号",
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"王小明\n13800138000\n{ID}\n广东省深圳市南山区科技路1号", FULL),
        (f"姓名：王小明\n电话：13800138000\n身份证：{ID}\n地址：广东省深圳市南山区科技路1号", FULL),
        (f"王小明,13800138000,{ID},广东省深圳市南山区科技路1号", FULL),
        (f"王小明，13800138000，{ID}，广东省深圳市南山区科技路1号", FULL),
        (f"王小明 13800138000 {ID} 广东省深圳市南山区科技路1号", FULL),
        (f"广东省深圳市南山区科技路1号 王小明 13800138000 {ID}", FULL),
        (f"{ID}\n王小明\n+86 138-0013-8000\n广东省深圳市南山区科技路1号", FULL),
        (f"王小明\n8613800138000\n{ID}\n广东省深圳市南山区科技路1号", FULL),
        (f"王小明\n138 0013 8000\n{ID.lower()}\n广东省深圳市南山区科技路1号", FULL),
        (f"收货人: 王小明\r\n手机: 13800138000\r\n{ID}\r\n广东省深圳市南山区科技路1号", FULL),
        (f"王小明|13800138000|{ID}|广东省深圳市南山区科技路1号", FULL),
        ("王小明\n１３８００１３８０００", Pasted(name="王小明", phone="13800138000")),
        ("王小明", Pasted(name="王小明")),
        ("13800138000", Pasted(phone="13800138000")),
        (ID, Pasted(document=ID)),
        ("阿依古丽·买买提\n13800138000", Pasted(name="阿依古丽·买买提", phone="13800138000")),
        ("John O'Brien\n13800138000", Pasted(name="John O'Brien", phone="13800138000")),
        (
            "Name: Li Lei\nPhone: +86 13800138000\nID: " + ID,
            Pasted(name="Li Lei", phone="13800138000", document=ID),
        ),
        (
            "王小明\n没有电话\n上海市浦东新区世纪大道100号",
            Pasted(
                name="王小明", province="上海市", district="浦东新区", address="世纪大道100号"
            ),
        ),
        (
            "张三 北京市朝阳区建国路88号 13900139000",
            Pasted(
                name="张三",
                phone="13900139000",
                province="北京市",
                district="朝阳区",
                address="建国路88号",
            ),
        ),
        (
            "李四\n13900139000\n新疆维吾尔自治区伊犁哈萨克自治州霍城县清水河镇1号",
            Pasted(
                name="李四",
                phone="13900139000",
                province="新疆维吾尔自治区",
                city="伊犁哈萨克自治州",
                district="霍城县",
                address="清水河镇1号",
            ),
        ),
        (
            "李四\n13900139000\n科技路1号院2栋",
            Pasted(name="李四", phone="13900139000", address="科技路1号院2栋"),
        ),
        ("", Pasted()),
        ("   \n\n,,，；", Pasted()),
    ],
)  # fmt: skip
def test_what_is_pasted_is_read(text, expected):
    assert read(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "1" * 2_000,
        "王" * 100_000,
        "\x00\u202e王小明",
        "12345678901234567890",
        "省" * 2_000,
        "区县市" * 600,
        "a" * 5_000,
        ("姓名：" * 500),
        "😀" * 500,
        "' OR 1=1 --",
        "<script>alert(1)</script>",
    ],
)
def test_nonsense_is_read_in_no_time_and_breaks_nothing(text):
    found = read(text)
    assert found.phone == ""
    assert found.document == ""


def test_a_longer_row_of_digits_is_no_phone_and_no_document():
    assert read("213800138000").phone == ""
    assert read("138001380001").phone == ""
    assert read("9" + ID).document == ""


def test_the_first_of_two_phones_counts():
    assert read("王小明 13800138000 / 13900139000").phone == "13800138000"
