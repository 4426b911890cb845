"""Archives that are refused, each before anything is written and naming what does not fit."""

import io
import json
import re
import zipfile

import pytest
from sqlalchemy import text

from control.archives import container, services
from control.archives.operations import ask_restore
from control.archives.reading import open_archive
from kit import audit
from kit.db import control_session
from kit.errors import Refused
from tests.control.archives.conftest import PASSPHRASE

pytestmark = pytest.mark.real_commits


def refusal(stage, path, master, *, name="bad.simtree") -> str:
    with (
        pytest.raises(Refused) as refused,
        open_archive(path, master, stage.plane, name=name) as archive,
    ):
        archive.prove()
    return str(refused.value)


def damaged(whole, tmp_path, change):
    data = bytearray(whole.path.read_bytes())
    path = tmp_path / "bad.simtree"
    path.write_bytes(bytes(change(data)))
    return path


def start_of_chunks(whole) -> int:
    with whole.path.open("rb") as stream:
        return container.read_header(stream).size


SEALED = 4_096 + 16


@pytest.mark.parametrize("kept", ["nothing", "magic", "header", "chunk", "two", "tail", "byte"])
def test_a_truncated_one_is_refused(stage, whole, tmp_path, kept):
    start, size = start_of_chunks(whole), whole.path.stat().st_size
    cuts = {"nothing": 0, "magic": 10, "header": start - 40, "chunk": start + SEALED}
    cuts |= {"two": start + 2 * SEALED, "tail": size - 10, "byte": start + SEALED + 5}
    path = damaged(whole, tmp_path, lambda data: data[: cuts[kept]])
    sentence = refusal(stage, path, whole.master)
    assert "bad.simtree" in sentence
    assert "cut off" in sentence or "no Simtree archive" in sentence


@pytest.mark.parametrize("place", ["header", "first", "middle", "tag", "last"])
def test_one_changed_byte_is_found(stage, whole, tmp_path, place):
    start, size = start_of_chunks(whole), whole.path.stat().st_size
    at = {"header": 60, "first": start, "middle": start + SEALED + 99}
    at |= {"tag": start + SEALED - 1, "last": size - 1}

    def change(data):
        data[at[place]] ^= 1
        return data

    sentence = refusal(stage, damaged(whole, tmp_path, change), whole.master)
    assert "damaged" in sentence if place == "header" else "altered: chunk" in sentence


def test_swapped_chunks_are_found(stage, whole, tmp_path):
    start = start_of_chunks(whole)

    def change(data):
        first, second = data[start : start + SEALED], data[start + SEALED : start + 2 * SEALED]
        data[start : start + 2 * SEALED] = second + first
        return data

    assert "chunk 1 of" in refusal(stage, damaged(whole, tmp_path, change), whole.master)


def test_something_appended_is_found(stage, whole, tmp_path):
    path = damaged(whole, tmp_path, lambda data: data + bytes(SEALED))
    assert "altered" in refusal(stage, path, whole.master)


def test_a_wrong_passphrase_is_refused_and_nothing_is_kept(stage, whole):
    with whole.path.open("rb") as stream, pytest.raises(Refused, match="passphrase is wrong"):
        services.bring(stream, file_name="a.simtree", passphrase="no, not this", by=audit.SYSTEM)
    stream = io.BytesIO(b"PK\x03\x04 something else entirely")
    with pytest.raises(Refused, match="no Simtree archive"):
        services.bring(stream, file_name="a.zip", passphrase="whatever it is", by=audit.SYSTEM)


def test_it_may_not_choose_how_much_memory_it_costs(stage, whole, tmp_path):
    import hashlib

    data = whole.path.read_bytes()
    body = data[22 : start_of_chunks(whole) - 32].replace(b'"n": 16384', b'"n": 16777216')
    raw = data[:18] + len(body).to_bytes(4, "big") + body
    path = tmp_path / "bad.simtree"
    path.write_bytes(raw + hashlib.sha256(raw).digest() + b"x" * 100)
    assert "damaged" in refusal(stage, path, whole.master)


def entries(whole) -> dict[str, bytes]:
    plain = io.BytesIO()
    with whole.path.open("rb") as stream:
        container.decrypt(stream, plain, PASSPHRASE)
    with zipfile.ZipFile(plain) as package:
        return {name: package.read(name) for name in package.namelist()}


def sealed(whole, tmp_path, contents, *, twice=""):
    path = tmp_path / "bad.simtree"
    with path.open("wb") as stream:
        writer = container.Writer(stream, whole.master, salt=whole.salt)
        with zipfile.ZipFile(writer, "w", zipfile.ZIP_DEFLATED) as package:
            for name, data in contents.items():
                package.writestr(name, data)
            if twice:
                with pytest.warns(UserWarning, match="Duplicate"):
                    package.writestr(twice, contents[twice])
        writer.finish()
    return path


def with_manifest(contents, change):
    manifest = json.loads(contents["manifest.json"])
    change(manifest)
    return contents | {"manifest.json": json.dumps(manifest).encode()}


def test_the_untouched_contents_are_good(stage, whole, tmp_path):
    """The cases below would pass with a broken way of sealing, too."""
    path = sealed(whole, tmp_path, entries(whole))
    with open_archive(path, whole.master, stage.plane, name="good") as archive:
        archive.prove()


@pytest.mark.parametrize(
    "name", ["../evil", "/etc/passwd", "files/../../x", "tables/../x.jsonl", "C:\\x", "files/short"]
)
def test_a_name_that_leads_elsewhere_is_refused(stage, whole, tmp_path, name):
    path = sealed(whole, tmp_path, entries(whole) | {name: b"x"})
    assert "no file of an archive is called so" in refusal(stage, path, whole.master)


def test_a_file_there_twice_is_refused(stage, whole, tmp_path):
    path = sealed(whole, tmp_path, entries(whole), twice="tables/orders.jsonl")
    assert "tables/orders.jsonl: it is there twice" in refusal(stage, path, whole.master)


def set_in(*places, value):
    def change(manifest):
        for place in places[:-1]:
            manifest = manifest[place]
        manifest[places[-1]] = value

    return change


BAD_MANIFESTS = {
    "strange table": (set_in("tables", "pg_authid", value={"x": 1}), "not what it should be"),
    "unknown table": (
        lambda m: m["tables"].update(secrets=dict(m["tables"]["orders"])),
        "the table secrets is not ours",
    ),
    "missing table": (lambda m: m["tables"].pop("orders"), "orders is missing"),
    "newer revision": (set_in("revision", value="9999"), "update first"),
    "form": (set_in("format", value=2), "form 2 is not known"),
    "product": (set_in("product", value="another"), "not what it should be"),
    "rows": (set_in("tables", "orders", "rows", value=7), "tables/orders.jsonl: the manifest says"),
    "digest": (
        set_in("tables", "entries", "sha256", value="0" * 64),
        "tables/entries.jsonl: the manifest says SHA-256",
    ),
    "content": (
        set_in("tables", "entries", "fingerprint", value="0" * 64),
        "tables/entries.jsonl: the manifest says content",
    ),
    "bytes": (set_in("tables", "orders", "bytes", value=3), "longer than the manifest says"),
    "columns": (
        set_in("tables", "orders", "columns", value=[["id); DROP TABLE x; --", "bigint"]]),
        "the columns of orders are not ours",
    ),
    "personal": (
        set_in("tables", "customers", "personal", value=[]),
        "the personal fields of customers are not ours",
    ),
    "ledger": (set_in("ledger", value={"payouts CNY": "many"}), "not what it should be"),
}


@pytest.mark.parametrize("case", BAD_MANIFESTS)
def test_a_manifest_that_does_not_fit_is_refused(stage, whole, tmp_path, case):
    change, expected = BAD_MANIFESTS[case]
    path = sealed(whole, tmp_path, with_manifest(entries(whole), change))
    assert expected in refusal(stage, path, whole.master)


def test_another_workspace_s_manifest_is_refused(stage, whole, tmp_path):
    from dataclasses import replace

    from control.archives.queries import facts_of
    from control.archives.writing import write_archive
    from control.workspaces.directory import as_tenant
    from tests.control.archives.conftest import workspace_at

    rival = workspace_at("rival")
    tenant, facts = replace(as_tenant(rival)), facts_of(rival)
    control_session().rollback()
    made = write_archive(
        tmp_path / "rival.simtree",
        tenant,
        stage.plane,
        master=whole.master,
        salt=whole.salt,
        facts=facts,
    )
    contents = entries(whole) | {"manifest.json": json.dumps(made.manifest).encode()}
    path = sealed(whole, tmp_path, contents)
    assert ": the manifest does not name it" in refusal(stage, path, whole.master)
    for key in whole.manifest["files"]:
        del contents[f"files/{key}"]
    path = sealed(whole, tmp_path, contents)
    sentence = refusal(stage, path, whole.master)
    # The first table, in the order of the archive, that only this one has rows in.
    assert "tables/approval_flows.jsonl: it is longer than the manifest says" in sentence


@pytest.mark.parametrize(
    "case",
    [
        ("orders", rb'"id": \d+', b'"id": true', "id does not hold bigint"),
        ("orders", rb'"id": \d+', b'"id": NaN', "row 1"),
        ("customers", b'"phone": "', b'"phone": 7, "x": "', "not this table's columns"),
        ("grades", b'"name": ', b'"nome": ', "not this table's columns"),
    ],
)
def test_a_row_of_the_wrong_shape_is_refused(stage, whole, tmp_path, case):
    """Even with a manifest that fits it, as somebody with the passphrase could make."""
    from control.archives.tables import Tally

    table, old, new, expected = case
    contents = entries(whole)
    data, changes = re.subn(old, new, contents[f"tables/{table}.jsonl"], count=1)
    assert changes == 1
    tally = Tally()
    for line in data.splitlines(keepends=True):
        tally.add(line)

    def change(manifest):
        manifest["tables"][table].update(
            bytes=tally.size, sha256=tally.digest.hexdigest(), fingerprint=tally.fingerprint
        )

    contents = with_manifest(contents | {f"tables/{table}.jsonl": data}, change)
    path = sealed(whole, tmp_path, contents)
    sentence = refusal(stage, path, whole.master)
    assert f"tables/{table}.jsonl" in sentence
    assert expected in sentence


def test_a_refused_address_or_cell_leaves_no_workspace(stage, whole):
    with whole.path.open("rb") as stream:
        brought = services.bring(
            stream, file_name="a.simtree", passphrase=PASSPHRASE, by=audit.SYSTEM
        )
    for options, word in (
        ({"address": "rival"}, "taken"),
        ({"address": "-x"}, "characters"),
        ({"address": "fresh", "cell": "moon"}, "no cell moon"),
    ):
        with pytest.raises(Refused, match=word):
            ask_restore(brought, stage.plane, by=audit.SYSTEM, **options)
    services.remove(brought)
    count = text("SELECT count(*) FROM workspaces")
    assert control_session().scalar(count) == 2
