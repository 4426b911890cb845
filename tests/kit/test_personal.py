"""Equal things are stored equal, and masks show no more than they say."""

import pytest

from kit import personal


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("  王  小树 ", "王 小树"),
        ("ＡＢＣ１２３", "ABC123"),
        ("a\u3000b\tc\n", "a b c"),
        ("ﬁ", "fi"),
        ("e\u0301", "é"),
        ("", ""),
    ],
)
def test_texts_have_one_width_and_single_spaces(typed, stored):
    assert personal.plain(typed) == stored


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("13900139000", "+8613900139000"),
        ("139 0013 9000", "+8613900139000"),
        ("139-0013-9000", "+8613900139000"),
        ("１３９００１３９０００", "+8613900139000"),
        ("+86 139 0013 9000", "+8613900139000"),
        ("0086 13900139000", "+8613900139000"),
        ("010-6552 9988", "+861065529988"),
        ("+1 (202) 555-0143", "+12025550143"),
        ("+852 5123 4567", "+85251234567"),
    ],
)
def test_phone_numbers_are_stored_in_e164(typed, stored):
    assert personal.phone_number(typed) == stored
    assert personal.phone_number(stored) == stored


@pytest.mark.parametrize("typed", ["", "abc", "12", "+", "+999 123", "139001390001390013900"])
def test_what_is_no_phone_number_is_refused(typed):
    with pytest.raises(ValueError) as refused:  # noqa: PT011 - the text is the whole message
        personal.phone_number(typed)
    assert str(refused.value) == typed


@pytest.mark.parametrize(
    ("number", "shown"), [("+8613900139000", "13900139000"), ("+12025550143", "+12025550143")]
)
def test_numbers_of_home_are_written_without_the_country(number, shown):
    assert personal.national(number) == shown


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("Xiao.Shu@Example.COM", "xiao.shu@example.com"),
        (" a@b.example ", "a@b.example"),
        ("ａ＠ｂ.example", "a@b.example"),
        ("a+tag@b.example", "a+tag@b.example"),
        ("owner@acme.test", "owner@acme.test"),
    ],
)
def test_mail_addresses_are_stored_in_lower_case(typed, stored):
    assert personal.email_address(typed) == stored
    assert personal.email_address(stored) == stored


@pytest.mark.parametrize(
    "typed", ["", "a", "a@", "@b.example", "a b@c.example", "a@b@c.example", "a@b", "a@-b.example"]
)
def test_what_is_no_mail_address_is_refused(typed):
    with pytest.raises(ValueError) as refused:  # noqa: PT011 - the text is the whole message
        personal.email_address(typed)
    assert str(refused.value) == typed


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("11010519491231002x", "11010519491231002X"),
        ("110105 19491231 002X", "11010519491231002X"),
        ("１１０１０５-19491231-002Ｘ", "11010519491231002X"),
        ("e 1234-5678", "E12345678"),
    ],
)
def test_document_numbers_are_capitals_without_separators(typed, stored):
    assert personal.document_number(typed) == stored


@pytest.mark.parametrize(
    ("mask", "whole", "shown"),
    [
        (personal.mask_phone, "+8613900139000", "139****9000"),
        (personal.mask_phone, "+12025550143", "+12****0143"),
        (personal.mask_phone, "12345678", "123****5678"),
        (personal.mask_phone, "1234567", "****"),
        (personal.mask_phone, "", "****"),
        (personal.mask_document, "11010519491231002X", "110********2X"),
        (personal.mask_document, "E1234567", "E12********67"),
        (personal.mask_document, "E123456", "****"),
        (personal.mask_document, "", "****"),
        (personal.mask_name, "王小树", "王**"),
        (personal.mask_name, "王", "王*"),
        (personal.mask_name, "", ""),
        (personal.mask_address, "浙江省杭州市西湖区文三路1号", "浙江省杭州市****"),
        (personal.mask_address, "", ""),
        (personal.mask_email, "xiaoshu@example.com", "x***@example.com"),
        (personal.mask_email, "a@example.com", "a***@example.com"),
        (personal.mask_email, "no address", "****"),
        (personal.mask_email, "", "****"),
    ],
)
def test_masks_show_only_a_little(mask, whole, shown):
    assert mask(whole) == shown
