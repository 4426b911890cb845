"""The import wizard in the browser, for three people."""

import io

import pytest
from sqlalchemy import func, select

from kit import files
from kit.db import session, workspace_scope
from tenants.bulk.models import Import
from tests.factories import accounts
from tests.factories.bulk import again, checked, xlsx
from tests.factories.numbers import make_pool
from tests.page import says

KINDS = "xlsx, xls, csv"


@pytest.fixture
def owner(in_acme, client):
    return accounts.signed_in(client, accounts.owner())


def upload(browser, content, *, kind="numbers", name="numbers.xlsx", **options):
    data = {"file": (io.BytesIO(content), name), **options}
    return browser.submit(f"/imports/new/{kind}", data, content_type="multipart/form-data")


def test_a_file_goes_all_the_way(owner):
    pool = make_pool().public_id
    sent = upload(owner, xlsx(["number"], ["13900001001"], ["12"]), pool=pool)
    assert sent.status_code == 303
    path = sent.location.removesuffix("/mapping")
    assert owner.get(path).location == sent.location
    page = owner.get(sent.location).text
    assert "13900001001" in page
    asked = owner.submit(sent.location, {"mode": "create", "col_0": "msisdn"})
    assert asked.location == path
    assert owner.get(sent.location).location == path
    assert 'hx-trigger="kit:changed from:body, load' in owner.get(path).text
    accounts.run_jobs()
    page = owner.get(path).text
    assert "from:body, load" not in page
    public_id = path.rpartition("/")[2]
    assert owner.submit(f"{path}", {}).status_code == 405
    token = owner.token(path)
    assert owner.post(f"{path}/confirm", data={"csrf_token": token}).status_code == 422
    assert again(public_id).state == "checked"
    given = {"csrf_token": token, "policy": "good"}
    assert owner.post(f"{path}/confirm", data=given).status_code == 303
    accounts.run_jobs()
    assert again(public_id).state == "applied"
    with owner.get(f"{path}/wrong-rows") as sheet:
        assert sheet.status_code == 200
    assert owner.get(f"{path}/progress", headers={"HX-Request": "true"}).status_code == 200
    assert "numbers.xlsx" in owner.get("/imports/?state=applied").text


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02"])
def test_a_bad_file_is_refused_at_the_form(owner, content):
    pool = make_pool().public_id
    assert upload(owner, content, pool=pool).status_code == 422


@pytest.mark.parametrize("name", ["numbers.pdf", "numbers.xlsm", "numbers", "numbers.xlsx.exe"])
def test_another_kind_of_file_is_refused_by_its_name(owner, name):
    pool = make_pool().public_id
    refused = upload(owner, xlsx(["number"], ["13900001001"]), name=name, pool=pool)
    assert refused.status_code == 422
    assert says(refused, "Only these files are accepted: %(kinds)s.", kinds=KINDS)
    assert session().scalar(select(func.count()).select_from(Import)) == 0


def test_a_file_of_more_than_fifty_megabytes_is_refused_and_not_kept(owner):
    pool = make_pool().public_id
    before = files.stored_keys()
    path = "/imports/new/numbers"
    # Put together by hand: the test client would keep such a body in a file that it leaves open.
    parts = {"csrf_token": owner.token(path).encode(), "pool": pool.encode()}
    body = b"".join(
        b'--x\r\nContent-Disposition: form-data; name="%b"\r\n\r\n%b\r\n' % (name.encode(), value)
        for name, value in parts.items()
    )
    body += b'--x\r\nContent-Disposition: form-data; name="file"; filename="n.xlsx"\r\n\r\n'
    body += bytes((50 << 20) + 1) + b"\r\n--x--\r\n"
    form = "multipart/form-data; boundary=x"
    refused = owner.post(path, data=body, content_type=form)
    assert refused.status_code == 422
    assert "50" in refused.text
    assert files.stored_keys() == before
    # What is larger still is not even read.
    answer = owner.post(
        path, data=b"", environ_overrides={"CONTENT_LENGTH": str(80 << 20)}, content_type=form
    )
    assert answer.status_code == 413


def test_every_kind_has_a_form_and_a_template(owner):
    for kind in ("numbers", "cards", "segments", "customers"):
        assert owner.get(f"/imports/new/{kind}").status_code == 200
        with owner.get(f"/imports/template/{kind}") as sheet:
            assert sheet.status_code == 200
    assert owner.get("/imports/new/stars").status_code == 404


def test_an_import_is_discarded(owner):
    brought = checked(xlsx(["ICCID"], ["1"], ["2"]), kind="cards")
    path = f"/imports/{brought.public_id}"
    token = owner.token(path)
    assert owner.post(f"{path}/discard", data={"csrf_token": token}).status_code == 303
    assert owner.get(path).status_code == 200


def test_wrong_rows_are_paged(owner):
    brought = checked(xlsx(["ICCID"], *([str(n)] for n in range(60))), kind="cards")
    path = f"/imports/{brought.public_id}"
    assert f"{path}?page=2" in owner.get(path).text
    assert "61" in owner.get(f"{path}?page=2").text
    assert owner.get(f"{path}?page=x").status_code == 200


def test_wrong_rows_of_persons_are_an_export_that_is_logged(owner):
    brought = checked(
        xlsx(["姓名", "手机号"], ["王一", "12"]), kind="customers", options={"same_phone": "no"}
    )
    path = f"/imports/{brought.public_id}"
    assert "王一" not in owner.get(path).text
    with owner.get(f"{path}/wrong-rows") as sheet:
        assert sheet.status_code == 200
    assert "数量：1" in owner.get("/audit/?event=import:wrong_rows_exported").text


def test_a_kind_needs_its_permission(in_acme, client):
    public_id = checked(xlsx(["ICCID"], ["1"]), kind="cards").public_id
    role = accounts.make_role(permissions=["customer:edit"])
    clerk = accounts.signed_in(client, accounts.make_user(roles=[role]))
    assert clerk.get("/imports/").status_code == 200
    assert clerk.get("/imports/new/customers").status_code == 200
    assert clerk.get("/imports/new/cards").status_code == 403
    assert clerk.get(f"/imports/{public_id}").status_code == 403
    nobody = accounts.make_role(permissions=["audit:view"])
    other = accounts.signed_in(client, accounts.make_user(roles=[nobody]))
    assert other.get("/imports/").status_code == 403


def test_strangers_find_nothing(in_acme, client, rival):
    public_id = checked(xlsx(["ICCID"], ["1"]), kind="cards").public_id
    session().commit()
    with workspace_scope(rival):
        stranger = accounts.signed_in(client, accounts.owner())
        assert stranger.get(f"/imports/{public_id}").status_code == 404
