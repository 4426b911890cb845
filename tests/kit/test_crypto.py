"""Personal data opens in its own place only, under any key version that still lives."""

import base64
from collections.abc import Iterator
from dataclasses import replace

import pytest

from kit import crypto, tenancy
from kit.crypto import Undecipherable
from kit.settings import get_settings

LABEL = "users.phone"
ROW = "01h00000000000000000000000"
OTHER_ROW = "01h00000000000000000000001"
PHONE = "+8613900139000"


def workspace(schema: str, *versions: int) -> tenancy.Workspace:
    keys = tuple((version, crypto.new_wrapped_key(schema)) for version in versions)
    return tenancy.Workspace(1, schema, "main", schema, schema, keys=keys)


@pytest.fixture
def here(app) -> Iterator[tenancy.Workspace]:
    made = workspace("t_here", 1)
    with tenancy.enter(made):
        yield made


def sealed() -> bytes:
    return crypto.encrypt(PHONE, label=LABEL, public_id=ROW)


def test_it_opens_in_its_own_place(here):
    assert crypto.decrypt(sealed(), label=LABEL, public_id=ROW) == PHONE


@pytest.mark.parametrize("text", ["", "王小树", "x" * 10_000])
def test_any_text_comes_back(here, text):
    stored = crypto.encrypt(text, label=LABEL, public_id=ROW)
    assert crypto.decrypt(stored, label=LABEL, public_id=ROW) == text
    assert len(stored) == 3 + 12 + len(text.encode()) + 16


def test_the_same_text_is_never_stored_alike(here):
    assert len({sealed() for _ in range(50)}) == 50
    assert PHONE.encode() not in sealed()


@pytest.mark.parametrize(("label", "row"), [("users.email", ROW), (LABEL, OTHER_ROW)])
def test_another_column_or_row_does_not_open(here, label, row):
    with pytest.raises(Undecipherable, match="bound to another place"):
        crypto.decrypt(sealed(), label=label, public_id=row)


def test_another_workspace_does_not_open(here):
    stored = sealed()
    with (
        tenancy.enter(workspace("t_there", 1)),
        pytest.raises(Undecipherable, match="bound to another place"),
    ):
        crypto.decrypt(stored, label=LABEL, public_id=ROW)


def test_another_workspace_does_not_open_even_with_the_same_key(here):
    stored = sealed()
    stolen = replace(workspace("t_there"), keys=here.keys)
    with (
        tenancy.enter(stolen),
        pytest.raises(Undecipherable, match="the workspace's key does not open"),
    ):
        crypto.decrypt(stored, label=LABEL, public_id=ROW)


@pytest.mark.parametrize("at", [0, 1, 2, 3, 14, 15, -17, -16, -1])
def test_a_damaged_byte_does_not_open(here, at):
    stored = bytearray(sealed())
    stored[at] ^= 1
    with pytest.raises(Undecipherable):
        crypto.decrypt(bytes(stored), label=LABEL, public_id=ROW)


@pytest.mark.parametrize("size", [0, 1, 3, 10, 15, 30])
def test_a_cut_ciphertext_does_not_open(here, size):
    with pytest.raises(Undecipherable):
        crypto.decrypt(sealed()[:size], label=LABEL, public_id=ROW)


@pytest.mark.parametrize("damaged", [b"", b"\x01", b"\x01\x00\x00\x00\x01", b"\x02" + b"\0" * 64])
def test_a_damaged_key_does_not_open(here, damaged):
    stored = sealed()
    with tenancy.enter(replace(here, keys=((1, damaged),))), pytest.raises(Undecipherable):
        crypto.decrypt(stored, label=LABEL, public_id=ROW)


def test_an_old_ciphertext_opens_after_a_new_key(here):
    old = sealed()
    with tenancy.enter(replace(here, keys=(*here.keys, *workspace(here.schema, 2).keys))):
        new = sealed()
        assert [stored[2] for stored in (old, new)] == [1, 2]
        assert crypto.decrypt(old, label=LABEL, public_id=ROW) == PHONE
        assert crypto.decrypt(new, label=LABEL, public_id=ROW) == PHONE


def test_a_look_up_finds_what_either_key_stored(here):
    old = crypto.blind_index(PHONE, label=LABEL)
    with tenancy.enter(replace(here, keys=(*here.keys, *workspace(here.schema, 2).keys))):
        new = crypto.blind_index(PHONE, label=LABEL)
        assert crypto.blind_indexes(PHONE, label=LABEL) == [new, old]
    assert [index.partition(":")[0] for index in (new, old)] == ["2", "1"]


def test_an_index_is_equal_for_equal_texts_of_one_column_only(here):
    index = crypto.blind_index(PHONE, label=LABEL)
    assert index == crypto.blind_index(PHONE, label=LABEL)
    others = {
        crypto.blind_index(PHONE, label="users.email"),
        crypto.blind_index(f"{PHONE}0", label=LABEL),
    }
    with tenancy.enter(workspace("t_there", 1)):
        others.add(crypto.blind_index(PHONE, label=LABEL))
    assert len(others | {index}) == 4


def test_a_destroyed_key_shreds_what_it_sealed(here):
    old = sealed()
    with (
        tenancy.enter(replace(here, keys=workspace(here.schema, 2).keys)),
        pytest.raises(Undecipherable, match="key 1 of the workspace is gone"),
    ):
        crypto.decrypt(old, label=LABEL, public_id=ROW)


def test_a_workspace_without_keys_neither_opens_nor_seals(here):
    old = sealed()
    with tenancy.enter(replace(here, keys=())):
        with pytest.raises(Undecipherable, match="no keys"):
            crypto.decrypt(old, label=LABEL, public_id=ROW)
        with pytest.raises(Undecipherable, match="no keys"):
            sealed()
        assert crypto.blind_indexes(PHONE, label=LABEL) == []


def test_tenant_labels_need_a_workspace(app):
    with pytest.raises(tenancy.NoWorkspace):
        sealed()
    with pytest.raises(tenancy.NoWorkspace):
        crypto.blind_index(PHONE, label=LABEL)


def test_control_labels_need_none(app):
    label = "control.owners.phone"
    stored = crypto.encrypt(PHONE, label=label, public_id=ROW)
    assert crypto.decrypt(stored, label=label, public_id=ROW) == PHONE
    assert crypto.blind_indexes(PHONE, label=label) == [crypto.blind_index(PHONE, label=label)]
    with pytest.raises(Undecipherable, match="bound to another place"):
        crypto.decrypt(stored, label=label, public_id=OTHER_ROW)


def test_a_workspace_cannot_open_what_is_controls(here):
    stored = crypto.encrypt(PHONE, label="control.owners.phone", public_id=ROW)
    with pytest.raises(Undecipherable, match="bound to another place"):
        crypto.decrypt(stored, label="owners.phone", public_id=ROW)


@pytest.fixture
def two_masters(app, monkeypatch) -> Iterator[None]:
    second = base64.b64encode(b"2" * 32).decode()
    monkeypatch.setenv(
        "MASTER_KEYS", f"{'1:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE='},2:{second}"
    )
    get_settings.cache_clear()
    yield
    monkeypatch.undo()
    get_settings.cache_clear()


def test_the_newest_master_wraps_and_the_old_one_still_opens(here, request):
    old = sealed()
    request.getfixturevalue("two_masters")
    assert [here.keys[0][1][4], crypto.new_wrapped_key(here.schema)[4]] == [1, 2]
    assert crypto.decrypt(old, label=LABEL, public_id=ROW) == PHONE


def test_a_key_of_a_master_that_is_not_configured_does_not_open(here):
    foreign = b"\x01\x00\x00\x00\x07" + b"\0" * 60
    with (
        tenancy.enter(replace(here, keys=((1, foreign),))),
        pytest.raises(Undecipherable, match="master key 7 is not configured"),
    ):
        sealed()


def test_a_digest_is_sha256_in_hex():
    assert crypto.digest("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
