"""Pages of customers, for three people."""

import pytest

from kit.db import session, workspace_scope
from tenants.accounts.permissions import Permission
from tenants.customers import queries
from tests.factories import accounts
from tests.factories.accounts import everything
from tests.factories.customers import make_customer, resident_id


def typed(**changed):
    values = {
        "kind": "person",
        "name": "何小满",
        "phone": "13700136001",
        "credit": "normal",
        "document_kind": "resident_id",
        "document": resident_id(),
        "province": "广东",
    }
    return values | changed


@pytest.fixture
def owner(in_acme, client):
    return accounts.signed_in(client, accounts.owner())


def reader(client, *permissions):
    role = accounts.make_role(permissions=permissions)
    return accounts.signed_in(client, accounts.make_user(roles=[role]))


def test_the_list_masks_personal_data(owner):
    customer = make_customer(name="何小满", phone="13700136002")
    number, document = customer.number, customer.document
    page = owner.get("/customers/").text
    assert number in page
    assert "137****6002" in page
    assert "13700136002" not in page
    assert document not in page


@pytest.mark.parametrize(
    "query", ["name=小满", "name=hexiao", "phone=6003", "phone=13700136003", "region=广东"]
)
def test_the_list_is_filtered(owner, query):
    make_customer(name="何小满", phone="13700136003")
    make_customer(name="别人", phone="13700139999", province="北京", city="北京")
    page = owner.get(f"/customers/?{query}").text
    assert "何小满" in page
    assert "别人" not in page


def test_number_document_and_kind_filter_too(owner):
    customer = make_customer(name="何小满")
    number, document = customer.number, customer.document
    make_customer(name="别人", kind="government", document="", document_kind=None)
    for query in (f"number={number}", f"document={document}", "kind=person"):
        page = owner.get(f"/customers/?{query}").text
        assert "何小满" in page
        assert "别人" not in page


def test_the_export_is_masked_and_logged(owner):
    make_customer(phone="13700136004")
    with owner.get("/customers/?phone=6004&export=xlsx") as sheet:
        assert sheet.status_code == 200
    page = owner.get("/audit/?event=customers:exported").text
    assert "数量：1" in page
    assert "6004" not in page


def test_a_customer_is_added_with_what_is_wrong_beside_its_field(owner):
    assert owner.submit("/customers/new", typed(document="123")).status_code == 422
    assert owner.submit("/customers/new", typed(phone="")).status_code == 422
    path = owner.submit("/customers/new", typed()).location
    page = owner.get(path)
    assert "何小满" in page.text
    assert queries.count_customers(everything(Permission.Customer.VIEW)) == 1
    again = owner.submit("/customers/new", typed())
    assert again.status_code == 422
    assert queries.count_customers(everything(Permission.Customer.VIEW)) == 1
    confirmed = owner.submit("/customers/new", typed(same_phone_confirmed="y"))
    assert confirmed.status_code == 303
    assert queries.count_customers(everything(Permission.Customer.VIEW)) == 2


def test_duplicates_show_while_typing(owner):
    customer = make_customer(phone="13700136005")
    number, document = customer.number, customer.document
    token = owner.token("/customers/new")
    headers = {"HX-Request": "true"}

    def ask(**values):
        data = {"csrf_token": token, "kind": "person", "document_kind": "resident_id"} | values
        return owner.post("/customers/duplicates", data=data, headers=headers).text

    assert number in ask(phone="13700136005")
    assert number in ask(document=document)
    assert number not in ask(phone="13700136")
    wrong = resident_id()
    wrong = wrong[:-1] + ("0" if wrong[-1] != "0" else "1")
    assert "校验位" in ask(document=wrong)


def test_the_language_of_messages_is_chosen_and_shown(owner):
    wrong = owner.submit("/customers/new", typed(language="xx"))
    assert wrong.status_code == 422
    path = owner.submit("/customers/new", typed(language="en")).location
    assert "English" in owner.get(path).text
    found = queries.customers_by_phone("13700136001")[0]
    assert found.language == "en"
    version, document = found.version, found.document
    cleared = typed(language="", document=document, version=version)
    assert owner.submit(f"{path}/edit", cleared).status_code == 303
    assert queries.customers_by_phone("13700136001")[0].language is None


def test_editing_shows_the_number_read_only(owner):
    customer = make_customer()
    path, number = f"/customers/{customer.public_id}/edit", customer.number
    phone, document = customer.phone, customer.document
    page = owner.get(path).text
    assert number in page
    changed = typed(name="何大满", phone=phone, document=document, number="CM9999")
    assert owner.submit(path, changed).status_code == 303
    found = queries.customer_by_document(document)
    assert (found.name, found.number) == ("何大满", number)


def test_nobody_sees_what_is_masked_while_editing(in_acme, client):
    customer = make_customer(phone="13700136006")
    path, document = f"/customers/{customer.public_id}/edit", customer.document
    browser = reader(client, "customer:edit", "customer:reveal")
    page = browser.get(path).text
    assert "13700136006" not in page
    assert document not in page
    response = browser.submit(path, typed(name="何大满", phone="", document=""))
    assert response.status_code == 303
    found = queries.customer_by_document(document)
    assert (found.name, found.phone) == ("何大满", "+8613700136006")


def test_deleting_goes_to_the_recycle_bin_and_back(owner):
    customer = make_customer(name="何小满")
    path = f"/customers/{customer.public_id}"
    page = owner.get(path).text
    assert f"{customer.number} 何小满" in page
    token = owner.token(path)
    assert owner.post(f"{path}/delete", data={"csrf_token": token}).location == "/customers/"
    assert "何小满" not in owner.get("/customers/").text
    there = owner.get("/customers/recycle-bin").location
    assert there == "/recycle-bin/?kind=customer"
    assert there in owner.get("/customers/").text
    assert "何小满" in owner.get(there).text
    owner.post(f"{path}/restore", data={"csrf_token": token})
    assert "何小满" in owner.get("/customers/").text
    assert owner.get(f"{path}/delete").status_code == 405


def test_a_colleague_sees_but_does_not_change(in_acme, client):
    path = f"/customers/{make_customer().public_id}"
    browser = reader(client, "customer:view")
    assert browser.get(path).status_code == 200
    for forbidden in ("/customers/new", f"{path}/edit", f"{path}/reveal/phone"):
        assert browser.get(forbidden).status_code == 403
    assert browser.get("/customers/recycle-bin").status_code == 403
    token = browser.token("/account")
    assert browser.post(f"{path}/delete", data={"csrf_token": token}).status_code == 403
    assert queries.count_customers(everything(Permission.Customer.VIEW)) == 1


def test_a_person_of_another_workspace_finds_nothing(in_acme, rival, client):
    public_id = make_customer().public_id
    session().commit()
    with workspace_scope(rival):
        browser = accounts.signed_in(client, accounts.owner())
    for path in ("", "/edit", "/reveal/phone"):
        assert browser.get(f"/customers/{public_id}{path}").status_code == 404
    assert client.at(in_acme).get(f"/customers/{public_id}").status_code == 302
