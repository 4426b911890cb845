"""Attachments of a record: what is taken, who may, what a browser is allowed to do with them."""

import io
import struct
import zlib

import pytest
from PIL import Image

from kit import files
from kit.db import session, workspace_scope
from kit.errors import Missing, Refused
from tenants.accounts.queries import log_of
from tenants.records import access, queries, services
from tenants.records.models import ScanState
from tests.factories import accounts
from tests.factories.customers import make_customer
from tests.factories.orders import make_order
from tests.factories.records import make_attachment, office, packed, pdf, png
from tests.page import says
from tests.s3 import any_store

__all__ = ["any_store"]

BOMB = packed({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"0" * 40_000_000})
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.fixture
def customer(in_acme):
    return make_customer()


@pytest.fixture
def owner(client, customer):
    return accounts.signed_in(client, accounts.owner())


def colleague(client, *permissions, **more):
    role = accounts.make_role(permissions=permissions, **more)
    return accounts.signed_in(client, accounts.make_user(roles=[role]))


def tab(customer):
    return f"/records/customer/{customer.public_id}/attachments"


def bring(browser, url, *brought, page="/customers/new", **headers):
    data = {
        "csrf_token": browser.token(page),
        "files": [(io.BytesIO(body), name) for name, body in brought],
    }
    return browser.post(url, data=data, headers=headers)


def kept(customer):
    return queries.attachments_of("customer", customer.public_id)


def test_several_files_are_attached_at_once(owner, customer):
    url, home = tab(customer), f"/customers/{customer.public_id}"
    answer = bring(
        owner, url, ("身份证.png", png()), ("合同.pdf", pdf()), Accept="application/json"
    )
    assert answer.json == {"done": 2, "refusals": []}
    page = owner.get(url)
    assert "身份证.png" in page.text
    assert "合同.pdf" in page.text
    whole = owner.get(home).text
    assert "附件" in whole
    assert "身份证.png" in whole
    found = queries.attachments_of("customer", url.split("/")[3])
    names = {one.name: one for one in found}
    assert names["合同.pdf"].media_type == "application/pdf"
    row = log_of(names["合同.pdf"].public_id)[0]
    assert row.event == "attachment:added"
    assert "合同" not in str(row.details)


def test_without_a_script_a_person_comes_back_to_the_record(owner, customer):
    answer = bring(owner, tab(customer), ("a.png", png()), ("b.png", b""))
    assert answer.status_code == 303
    page = owner.get(answer.location)
    assert says(page, "%(name)s is empty.", name="b.png")


BAD = [
    ("bild.svg", SVG),
    ("seite.html", b"<!doctype html><script>alert(1)</script>"),
    ("seite.txt", b"<html><body onload=alert(1)>"),
    ("run.exe", b"MZ\x90\x00" + b"\0" * 100),
    ("run.txt", b"#!/bin/sh\nrm -rf /"),
    ("run.png", b"\x7fELF" + b"\0" * 100),
    ("brief.docx", png()),
    ("bild.png", pdf()),
    ("bild", png()),
    ("makro.docx", office(**{"word/vbaProject.bin": b"x"})),
    ("bombe.docx", BOMB),
    ("kaputt.zip", b"PK\x03\x04" + b"\0" * 50),
    ("leer.png", b""),
    ("gross.png", png() + b"0" * (21 << 20)),
    ("../../etc/", png()),
    ("a" * 300 + ".png", png()),
    ("nul\0.png", png()),
    ("\u202egnp.exe", png()),
]


@pytest.mark.parametrize(("name", "body"), BAD, ids=[repr(name)[:24] for name, _body in BAD])
def test_what_is_not_taken_leaves_nothing_behind(in_acme, name, body):
    customer = make_customer()
    before = files.stored_keys()
    with pytest.raises(Refused) as refusal:
        make_attachment(customer, name=name, body=body)
    assert refusal.value.field == "files"
    assert "\0" not in str(refusal.value)
    assert not kept(customer)
    assert files.stored_keys() == before


GOOD = [
    ("表.xlsx", office("xl/workbook.xml")),
    ("brief.docx", office()),
    ("folie.pptx", office("ppt/presentation.xml")),
    ("liste.csv", "姓名,号码\n".encode("gb18030")),
    ("notiz.txt", "\ufeff第一行\n".encode()),
    ("zip.zip", packed({"a.txt": b"x"})),
    ("../../etc/passwd.png", png()),
    ("C:\\Users\\x\\bild.PNG", png()),
]


@pytest.mark.parametrize(("name", "body"), GOOD, ids=[name for name, _body in GOOD])
def test_what_is_taken_loses_its_folders(in_acme, name, body):
    made = make_attachment(make_customer(), name=name, body=body)
    assert made.name == name.replace("\\", "/").rpartition("/")[2]
    assert made.size == len(body)


def test_fifty_megabytes_are_refused_with_a_sentence(owner, customer):
    url = tab(customer)
    # Encoded by hand: the test client would leave a temporary file open.
    parts = (
        b'--x\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n',
        owner.token("/customers/new").encode(),
        b'\r\n--x\r\nContent-Disposition: form-data; name="files"; filename="g.png"\r\n\r\n',
        png() + b"0" * (50 << 20),
        b"\r\n--x--\r\n",
    )
    answer = owner.post(
        url,
        data=b"".join(parts),
        content_type="multipart/form-data; boundary=x",
        headers={"Accept": "application/json"},
    )
    assert answer.status_code == 422
    assert "20 MB" in answer.json["refusals"][0]
    assert not queries.attachments_of("customer", url.split("/")[3])


def test_the_same_content_and_the_fifty_first_file_are_refused(in_acme, monkeypatch):
    customer, body = make_customer(), png()
    make_attachment(customer, name="eins.png", body=body)
    with pytest.raises(Refused, match=r"zwei\.png is here already, as eins\.png"):
        make_attachment(customer, name="zwei.png", body=body)
    for _turn in range(49):
        make_attachment(customer)
    with pytest.raises(Refused, match="at most 50"):
        make_attachment(customer)
    first = kept(customer)[-1]
    services.delete_attachment(first, by=accounts.owner())
    make_attachment(customer)
    with pytest.raises(Refused, match="at most 50"):
        services.restore_attachment(first, customer, by=accounts.owner())


def test_a_browser_may_look_at_pictures_and_pdf_only(owner, customer):
    picture = make_attachment(customer, name="合 同.png")
    sheet = make_attachment(customer, name="表.xlsx", body=office("xl/workbook.xml"))
    picture, sheet = (f"/records/attachments/{one.public_id}" for one in (picture, sheet))
    shown = owner.get(f"{picture}/preview")
    assert shown.mimetype == "image/png"
    assert "default-src 'none'" in shown.headers["Content-Security-Policy"]
    assert "sandbox" in shown.headers["Content-Security-Policy"]
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    assert "attachment" not in shown.headers.get("Content-Disposition", "")
    saved = owner.get(f"{picture}/file")
    assert saved.mimetype == "application/octet-stream"
    assert saved.headers["Content-Disposition"].startswith("attachment;")
    assert "no-store" in saved.headers["Cache-Control"]
    assert saved.data == shown.data
    assert owner.get(f"{sheet}/preview").status_code == 404
    assert owner.get(f"{sheet}/file").status_code == 200


def test_a_name_changes_but_not_what_the_file_is(owner, customer):
    one = make_attachment(customer, name="旧.png")
    url = f"/records/attachments/{one.public_id}/rename"
    assert owner.submit(url, {"name": "新.exe"}).status_code == 303
    assert kept(customer)[0].name == "新.exe.png"
    assert owner.submit(url, {"name": "\u202eabc"}).status_code == 422
    assert log_of(one.public_id)[0].event == "attachment:renamed"
    stale = owner.submit(url, {"name": "晚.png", "version": "1"})
    assert stale.status_code == 422


def test_a_deleted_attachment_is_gone_for_everybody_but_the_bin(owner, customer):
    one = make_attachment(customer, name="旧.png")
    url, home = f"/records/attachments/{one.public_id}", f"/customers/{customer.public_id}"
    token = owner.token(tab(customer))
    gone = owner.post(f"{url}/delete", data={"csrf_token": token})
    assert gone.status_code == 303
    assert owner.get(f"{url}/file").status_code == 404
    assert owner.get(f"{url}/preview").status_code == 404
    assert "旧.png" in owner.get("/recycle-bin/").text
    assert says(owner.get(home), "Attachment deleted")


def test_who_may_only_look_neither_brings_nor_takes(client, customer):
    one = make_attachment(customer)
    public_id, url = one.public_id, tab(customer)
    reader = colleague(client, "customer:view", "tag:edit")
    page = reader.get(url)
    assert page.status_code == 200
    assert "data-drop" not in page.text
    assert reader.get(f"/records/attachments/{public_id}/file").status_code == 200
    token = reader.token("/settings/tags/new")
    for path in (url, f"/records/attachments/{public_id}/delete"):
        assert reader.post(path, data={"csrf_token": token}).status_code == 403
    assert reader.get(f"/records/attachments/{public_id}/rename").status_code == 403
    blind = colleague(client, "order:view", "tag:edit")
    for path in (url, f"/records/attachments/{public_id}/file"):
        assert blind.get(path).status_code == 403
    assert len(kept(customer)) == 1


def test_a_record_out_of_reach_keeps_its_files_to_itself(client, customer):
    one = make_attachment(customer)
    public_id, url = one.public_id, tab(customer)
    far = colleague(client, "customer:view", "customer:edit", scope="own")
    assert far.get(url).status_code == 403
    assert far.get(f"/records/attachments/{public_id}/preview").status_code == 403


def test_a_stranger_finds_nothing(client, customer, rival):
    one = make_attachment(customer)
    public_id, url = one.public_id, tab(customer)
    session().commit()
    with workspace_scope(rival):
        stranger = accounts.signed_in(client, accounts.owner())
    for path in (url, f"/records/attachments/{public_id}/file", "/records/nothing/x/attachments"):
        assert stranger.get(path).status_code == 404
    with workspace_scope(rival), pytest.raises(Missing):
        files.size_of(one.file_key)


def test_every_record_page_has_the_tab(owner, customer):
    order = make_order()
    make_attachment(order, kind="order", name="回执.png")
    public_id = order.public_id
    page = owner.get(f"/orders/{public_id}").text
    assert f"/records/order/{public_id}/attachments" in page
    assert "回执.png" in page


def test_what_waits_for_the_scanner_cannot_be_read(owner, customer):
    one = make_attachment(customer)
    one.scan_state = ScanState.WAITING
    session().commit()
    url, box = f"/records/attachments/{one.public_id}", tab(customer)
    assert owner.get(f"{url}/file").status_code in {303, 422}
    page = owner.get(box)
    assert says(page, "Being looked at for viruses")
    assert f"{url}/file" not in page.text


def test_a_png_of_a_million_pixels_is_just_a_file(in_acme):
    """Nothing here draws a picture, so a huge one costs nothing."""
    head = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + b"IHDR"
    body = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    crc = struct.pack(">I", zlib.crc32(b"IHDR" + body))
    assert make_attachment(make_customer(), body=head + body + crc).size == 33


def photo() -> bytes:
    made = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Camera of Wang"
    Image.new("RGB", (1_200, 600), "teal").save(made, "JPEG", exif=exif.tobytes())
    return made.getvalue()


def test_a_picture_is_shown_small_wherever_files_lie(any_store, client, in_acme):
    customer = make_customer()
    row = make_attachment(customer, name="身份证.jpg", body=photo())
    address = f"/records/attachments/{row.public_id}/thumbnail"
    browser = accounts.signed_in(client, accounts.owner())
    assert f'src="{address}"' in browser.get(tab(customer)).text
    with browser.get(address) as first:
        made = Image.open(io.BytesIO(first.data))
        assert (first.mimetype, made.format, made.size) == ("image/webp", "WEBP", (80, 160))
        assert "Wang" not in repr(first.data)
        assert "default-src 'none'" in first.headers["Content-Security-Policy"]
        assert "no-cache" in first.headers["Cache-Control"]
    with browser.get(address, headers={"If-None-Match": first.headers["ETag"]}) as again:
        assert again.status_code == 304
    # The second time it is not made again.
    with files.open_made(row.file_key, "thumb") as stream:
        assert stream.read() == first.data
    with browser.get(f"/records/attachments/{row.public_id}/file") as whole:
        assert whole.data == photo()
        assert whole.content_length == len(photo())
    key = row.file_key
    services.delete_attachment(row, by=accounts.owner())
    assert browser.get(address).status_code == 404
    one, found = access.binned("attachment", row.public_id, accounts.owner())
    services.purge(one, found, by=accounts.owner())
    for ask in (files.size_of, lambda key: files.open_made(key, "thumb")):
        with pytest.raises(Missing):
            ask(key)


def test_small_pictures_follow_the_rights_to_the_record(client, in_acme, rival):
    row = make_attachment(make_customer(), name="a.jpg", body=photo())
    address = f"/records/attachments/{row.public_id}/thumbnail"
    assert colleague(client, "product:view").get(address).status_code in {403, 404}
    with workspace_scope(rival):
        stranger = accounts.signed_in(client, accounts.owner())
    assert stranger.get(address).status_code == 404


def test_what_is_no_picture_or_too_large_a_one_has_no_small_one(owner, customer):
    wide = io.BytesIO()
    Image.new("1", (9_000, 9_000)).save(wide, "PNG")
    for name, body in (("a.pdf", pdf()), ("weit.png", wide.getvalue()), ("a.png", png()[:40])):
        public_id = make_attachment(customer, name=name, body=body).public_id
        for _twice in range(2):
            assert owner.get(f"/records/attachments/{public_id}/thumbnail").status_code == 404
