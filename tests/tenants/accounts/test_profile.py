"""The company's profile and logo."""

import io

import pytest
from PIL import Image

from kit import files
from kit.errors import Missing, Refused
from tenants.accounts import queries, services
from tests.factories import accounts


def picture(kind="PNG", size=(20, 10)):
    stream = io.BytesIO()
    Image.new("RGB", size, "#123456").save(stream, kind)
    stream.seek(0)
    return stream


def edit(**changed):
    profile = queries.profile()
    values = {
        "version": profile.version,
        "company": "顶点通信",
        "contact_name": "王小树",
        "contact_phone": "010-12345678 转 8",
        "address": "北京市某路 1 号",
        "colour": "#AA3300",
        "by": accounts.owner(),
    }
    services.edit_profile(profile, **(values | changed))


def test_it_becomes_complete(in_acme):
    assert not queries.profile().is_complete
    edit()
    profile = queries.profile()
    assert profile.is_complete
    assert profile.colour == "#aa3300"
    edit(address="")
    assert not queries.profile().is_complete


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"colour": "red"}, "colour"),
        ({"company": " "}, "company"),
        ({"version": 0}, None),
        ({"logo": io.BytesIO(b"<svg onload='x'>")}, "logo"),
        ({"logo": io.BytesIO(b"\x89PNG\r\n\x1a\n" + b"0" * (1024 * 1024))}, "logo"),
    ],
)
def test_it_refuses_and_changes_nothing(in_acme, changed, field):
    before = queries.profile().company
    with pytest.raises(Refused) as refused:
        edit(**changed)
    assert refused.value.field == field
    assert queries.profile().company == before


def test_a_gif_and_a_huge_picture_are_refused(in_acme):
    for logo in (picture("GIF"), picture(size=(3000, 3000))):
        with pytest.raises(Refused):
            edit(logo=logo)
    assert queries.profile().logo_key is None


def test_a_logo_is_kept_exchanged_and_removed(in_acme):
    edit(logo=picture())
    first = queries.profile().logo_key
    assert files.size_of(first)
    edit(logo=picture("WEBP"))
    second = queries.profile().logo_key
    assert second != first
    with pytest.raises(Missing):
        files.size_of(first)
    edit(remove_logo=True)
    assert queries.profile().logo_key is None
    with pytest.raises(Missing):
        files.size_of(second)
