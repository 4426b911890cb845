"""The document library: folders, who reads and writes in them, documents and links to them."""

import io
from datetime import timedelta

import pytest

from kit import clock
from kit.db import session, workspace_scope
from kit.errors import Forbidden, Missing, Refused
from tenants.accounts.queries import log_of
from tenants.records import access, queries, services
from tenants.records.services import Grants
from tests.factories import accounts
from tests.factories.customers import make_customer
from tests.factories.records import (
    make_attachment,
    make_document,
    make_folder,
    make_link,
    make_tag,
    pdf,
    png,
)
from tests.page import says


@pytest.fixture
def owner(in_acme, client):
    return accounts.signed_in(client, accounts.owner())


def reader_role(*more):
    return accounts.make_role(permissions=("document:view", *more))


def test_folders_and_documents_from_the_page(owner):
    assert owner.submit("/documents/folders/new", {"name": "合同"}).status_code == 303
    folder = queries.every_folder()[0]
    folder_id, at = folder.public_id, f"/documents/?folder={folder.public_id}"
    answer = owner.post(
        f"/documents/folders/{folder_id}/upload",
        data={
            "csrf_token": owner.token("/documents/folders/new"),
            "files": [(io.BytesIO(png()), "甲.png"), (io.BytesIO(b"<svg/>"), "乙.svg")],
        },
        headers={"Accept": "application/json"},
    )
    assert (answer.status_code, answer.json["done"]) == (422, 1)
    page = owner.get(at).text
    assert "甲.png" in page
    document = session().scalars(queries.documents_in([queries.every_folder()[0].id])).one()
    url, tag = f"/documents/{document.public_id}", make_tag("法务", kind="document")
    tag_id = tag.public_id
    changed = {"name": "甲方", "folder": folder_id, "tags": [tag_id]}
    assert owner.submit(f"{url}/edit", changed).status_code == 303
    shown = owner.get(url).text
    assert "甲方.png" in shown
    assert "法务" in shown
    assert "甲方.png" in owner.get(f"/documents/?q=甲&tag={tag_id}").text
    assert "甲方.png" not in owner.get("/documents/?q=没有").text
    assert owner.get(f"{url}/preview").mimetype == "image/png"
    assert owner.get(f"{url}/file").headers["Content-Disposition"].startswith("attachment")
    token = owner.token(f"{url}/edit")
    assert owner.post(f"{url}/delete", data={"csrf_token": token}).status_code == 303
    assert owner.get(url).status_code == 404
    kept = owner.post(f"/documents/folders/{folder_id}/remove", data={"csrf_token": token})
    assert kept.status_code == 303
    assert len(queries.every_folder()) == 1
    with owner.get("/documents/?export=xlsx") as sheet:
        assert sheet.status_code == 200


def test_the_nearest_folder_with_grants_decides(in_acme):
    top = make_folder("顶")
    below = make_folder("下", parent=top)
    role, unit = reader_role(), accounts.make_unit()
    one = accounts.make_user(roles=[role])
    two = accounts.make_user(roles=[reader_role()], unit=unit)
    rights = queries.folder_rights(one)
    assert {top.id, below.id} <= rights.readable
    assert not rights.writable
    grants = Grants(reading_roles=[role], writing_units=[accounts.headquarters()])
    services.grant_folder(top, grants, version=1, by=accounts.owner())
    assert below.id in queries.folder_rights(one).readable
    assert below.id in queries.folder_rights(two).writable
    services.grant_folder(below, Grants(reading_units=[unit]), version=1, by=accounts.owner())
    assert below.id not in queries.folder_rights(one).readable
    assert below.id not in queries.folder_rights(two).writable
    assert below.id in queries.folder_rights(two).readable
    with pytest.raises(Forbidden):
        access.folder(below.public_id, one)


def test_who_may_not_read_a_folder_finds_nothing_of_it(client, in_acme, rival):
    folder = make_folder("机密")
    other = reader_role()
    services.grant_folder(folder, Grants(reading_roles=[other]), version=1, by=accounts.owner())
    document = make_document(folder, name="机密.png")
    url, folder_id = f"/documents/{document.public_id}", folder.public_id
    blind = accounts.signed_in(client, accounts.make_user(roles=[reader_role()]))
    page = blind.get("/documents/").text
    assert "机密" not in page
    for path in (url, f"{url}/file", f"{url}/preview", f"{url}/edit", f"{url}/link"):
        assert blind.get(path).status_code == 403
    assert blind.get(f"/documents/?folder={folder_id}").status_code == 200
    reads = accounts.signed_in(client, accounts.make_user(roles=[other]))
    assert reads.get(f"{url}/file").status_code == 200
    assert reads.get(f"{url}/edit").status_code == 403
    upload = f"/documents/folders/{folder_id}/upload"
    token = blind.token(f"/records/document/{make_document().public_id}/comments")
    assert blind.post(upload, data={"csrf_token": token}).status_code == 403
    session().commit()
    with workspace_scope(rival):
        stranger = accounts.signed_in(client, accounts.owner())
    for path in (url, f"{url}/file", f"/documents/folders/{folder_id}/rights"):
        assert stranger.get(path).status_code == 404


def test_folders_are_moved_granted_and_removed_from_the_page(owner):
    top, below = make_folder("上"), make_folder("别处")
    role, unit = reader_role(), accounts.make_unit()
    document = make_document(below, name="搬.png")
    ids = [one.public_id for one in (top, below, role, unit, document)]
    top_id, below_id, role_id, unit_id, document_id = ids
    base = f"/documents/folders/{below_id}"
    assert owner.submit(f"{base}/edit", {"name": "下", "parent": top_id}).status_code == 303
    assert "上 / 下" in owner.get(f"/documents/?folder={below_id}").text
    inside = owner.submit(f"/documents/folders/{top_id}/edit", {"name": "上", "parent": below_id})
    assert inside.status_code == 422
    assert says(inside, "A folder cannot lie inside itself.")
    grants = {"reading_roles": [role_id], "writing_units": [unit_id]}
    assert owner.submit(f"{base}/rights", grants).status_code == 303
    again = owner.get(f"{base}/rights").text
    assert f'selected value="{role_id}"' in again
    assert f'selected value="{unit_id}"' in again
    moved = {"name": "搬.png", "folder": top_id}
    assert owner.submit(f"/documents/{document_id}/edit", moved).status_code == 303
    assert log_of(document_id)[0].event == "document:moved"
    token = owner.token("/documents/folders/new")
    assert owner.post(f"{base}/remove", data={"csrf_token": token}).status_code == 303
    assert [one.public_id for one in queries.every_folder()] == [top_id]
    found = owner.post("/search/", data={"csrf_token": token, "q": "搬.png"}).text
    assert document_id in found


def test_a_writer_adds_folders_below_his_own_only(client, in_acme):
    folder, role = make_folder("可写"), reader_role()
    services.grant_folder(folder, Grants(writing_roles=[role]), version=1, by=accounts.owner())
    key = folder.public_id
    writer = accounts.signed_in(client, accounts.make_user(roles=[role]))
    new = "/documents/folders/new"
    assert writer.submit(new, {"name": "最上层"}).status_code == 403
    assert writer.submit(new, {"name": "里面", "parent": key}).status_code == 303
    assert writer.get(f"/documents/folders/{key}/rights").status_code == 403


def test_a_folder_keeps_out_of_itself_and_its_depth(in_acme):
    top = make_folder("甲")
    below = make_folder("乙", parent=top)
    with pytest.raises(Refused, match="inside itself"):
        services.edit_folder(top, name="甲", parent=below, version=1, by=accounts.owner())
    with pytest.raises(Refused, match="of this name already") as refusal:
        make_folder("甲")
    assert refusal.value.field == "name"


def test_folders_end_at_the_sixth_level(in_acme):
    at = None
    for level in range(6):
        at = make_folder(f"层{level}", parent=at)
    with pytest.raises(Refused, match="at most 6 deep"):
        make_folder("太深", parent=at)


def test_a_link_opens_for_the_one_it_names(client, in_acme, rival):
    reader = accounts.make_user(roles=[accounts.make_role(permissions=("order:view",))])
    row = make_attachment(make_customer(), name="给你.png")
    link = make_link(row, reader)
    path = f"/files/{services.token_of(link)}"
    file_id, link_id, body = row.public_id, link.public_id, row.sha256
    named = accounts.signed_in(client, reader)
    opened = named.get(path)
    assert opened.status_code == 200
    assert opened.headers["Content-Disposition"].startswith("attachment")
    assert named.get(f"/records/attachments/{file_id}/file").status_code == 403
    owner = accounts.signed_in(client, accounts.owner())
    assert owner.get(path).status_code == 404
    assert named.get(path[:-2]).status_code == 404
    assert client.at(in_acme).get(path).status_code == 302
    assert [one.event for one in log_of(link_id)] == ["file_link:used", "file_link:made"]
    session().commit()
    with workspace_scope(rival):
        twin = accounts.signed_in(client, accounts.owner())
    assert twin.get(path).status_code == 404
    assert body


def test_a_link_ends_in_time_and_when_asked(client, in_acme, monkeypatch):
    reader = accounts.make_user()
    row = make_document()
    early, late = make_link(row, reader), make_link(row, reader, days=1)
    paths = [f"/files/{services.token_of(one)}" for one in (early, late)]
    file_id, link_id = row.public_id, early.public_id
    owner = accounts.signed_in(client, accounts.owner())
    page = owner.get(f"/documents/{file_id}/link")
    assert page.text.count(reader.name) >= 2
    token = owner.token(f"/documents/{file_id}/link")
    assert (
        owner.post(f"/records/links/{link_id}/end", data={"csrf_token": token}).status_code == 303
    )
    named = accounts.signed_in(client, reader)
    ended = named.get(paths[0])
    assert ended.status_code == 410
    assert says(ended, "The link has ended")
    now = clock.now() + timedelta(days=1, seconds=1)
    with workspace_scope(in_acme):
        monkeypatch.setattr(clock, "now", lambda: now)
        with pytest.raises(Refused, match="has ended"):
            services.open_link(paths[1].rpartition("/")[2], reader)


def test_a_link_to_what_is_deleted_leads_nowhere(in_acme):
    reader, row = accounts.make_user(), make_document()
    token = services.token_of(make_link(row, reader))
    services.delete_document(row, by=accounts.owner())
    with pytest.raises(Missing):
        services.open_link(token, reader)


@pytest.mark.parametrize(
    "typed", [{"days": "0"}, {"days": "91"}, {"days": "x"}, {"recipient": "?"}]
)
def test_a_bad_link_is_not_made(owner, typed):
    row = make_document()
    file_id = row.public_id
    reader = accounts.make_user().public_id
    form = {"recipient": reader, "days": "7"} | typed
    assert owner.submit(f"/documents/{file_id}/link", form).status_code == 422
    assert not queries.links_of(file_id)


@pytest.mark.parametrize("name", ["", "字" * 61, "\0", "a\u202eb"])
def test_a_bad_folder_is_refused_beside_its_field(owner, name):
    assert owner.submit("/documents/folders/new", {"name": name}).status_code == 422
    assert not queries.every_folder()


def test_pictures_in_the_library_are_shown_small(owner, client, rival):
    folder = make_folder("照片")
    role = reader_role()
    services.grant_folder(folder, Grants(reading_roles=[role]), version=1, by=accounts.owner())
    picture = make_document(folder, name="门头.png", body=png())
    text = make_document(folder, name="说明.pdf", body=pdf())
    address = f"/documents/{picture.public_id}/thumbnail"
    other = f"/documents/{text.public_id}/thumbnail"
    page = owner.get("/documents/").text
    assert f'src="{address}"' in page
    assert other not in page
    with owner.get(address) as small:
        assert small.mimetype == "image/webp"
    assert owner.get(other).status_code == 404
    reader = accounts.signed_in(client, accounts.make_user(roles=[role]))
    assert reader.get(address).status_code == 200
    outsider = accounts.signed_in(client, accounts.make_user(roles=[reader_role()]))
    assert outsider.get(address).status_code == 403
    with workspace_scope(rival):
        stranger = accounts.signed_in(client, accounts.owner())
    assert stranger.get(address).status_code == 404
