"""The recycle bin: every kind that is deleted softly, restored, destroyed, and emptied by age."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from kit import audit, clock, files
from kit.db import session, workspace_scope
from kit.errors import Missing, Refused
from kit.jobs import registry
from tenants.accounts.queries import log_of
from tenants.catalogue import services as catalogue
from tenants.channels import services as channels
from tenants.customers import services as customers
from tenants.customers.models import Customer
from tenants.records import access, queries, services
from tests.factories import accounts
from tests.factories.catalogue import make_product
from tests.factories.channels import make_channel, make_person
from tests.factories.customers import make_customer
from tests.factories.orders import make_order
from tests.factories.records import make_attachment, make_document, make_tag
from tests.page import says

LIST = "/recycle-bin/"


@pytest.fixture
def owner(in_acme, client):
    return accounts.signed_in(client, accounts.owner())


def filled():
    """One of each kind in the bin; its name and what restores it."""
    by = accounts.owner()
    customer, channel = make_customer(name="箱客户"), make_channel()
    product = make_product(on_shelf=False)
    attachment, document = make_attachment(make_customer(), name="箱附件.png"), make_document()
    customers.delete_customer(customer, by=by)
    channels.delete_channel(channel, by=by)
    catalogue.delete_product(product, by=by)
    services.delete_attachment(attachment, by=by)
    services.delete_document(document, by=by)
    return {
        "customer": customer,
        "channel": channel,
        "product": product,
        "attachment": attachment,
        "document": document,
    }


def press(browser, verb, kind, public_id):
    token = browser.token("/documents/folders/new")
    return browser.post(f"{LIST}{kind}/{public_id}/{verb}", data={"csrf_token": token})


def test_one_page_holds_all_kinds_and_restores_them(owner):
    rows = filled()
    named = {kind: row.name for kind, row in rows.items()}
    ids = {kind: row.public_id for kind, row in rows.items()}
    page = owner.get(LIST).text
    assert all(name in page for name in named.values())
    only = owner.get(f"{LIST}?kind=document").text
    assert named["document"] in only
    assert "箱客户" not in only
    assert "箱附件" in owner.get(f"{LIST}?name=箱附&deleted_at=today").text
    with owner.get(f"{LIST}?export=xlsx") as sheet:
        assert sheet.status_code == 200
    for kind, public_id in ids.items():
        assert press(owner, "restore", kind, public_id).status_code == 303
    after = owner.get(LIST).text
    assert not any(name in after for name in named.values())


def test_destroying_asks_for_the_password_and_takes_everything_along(owner):
    customer = make_customer(name="要毁")
    attachment = make_attachment(customer)
    services.add_comment("customer", customer, body="话", by=accounts.owner())
    services.put_tag(make_tag(), customer, by=accounts.owner())
    customers.delete_customer(customer, by=accounts.owner())
    public_id, key = customer.public_id, attachment.file_key
    if (asked := press(owner, "purge", "customer", public_id)) and "prove" in asked.location:
        form = {"password": accounts.PASSWORD}
        owner.submit(asked.location, form)
        assert press(owner, "purge", "customer", public_id).status_code == 303
    assert session().scalar(select(Customer.id).where(Customer.public_id == public_id)) is None
    assert not queries.attachments_of("customer", public_id, deleted=True)
    assert not queries.comments_of("customer", public_id)
    assert not queries.tags_of(public_id)
    with pytest.raises(Missing):
        files.size_of(key)
    assert log_of(public_id)[0].event == "customer:purged"


def purge(kind, row):
    one, found = access.binned(kind, row.public_id, accounts.owner())
    services.purge(one, found, by=accounts.owner())


def test_what_others_refer_to_stays_with_a_sentence(in_acme):
    order = make_order()
    customer = order.customer
    attachment = make_attachment(customer)
    customers.delete_customer(customer, by=audit.SYSTEM)
    with pytest.raises(Refused, match="Other records still refer"):
        purge("customer", customer)
    assert queries.attachments_of("customer", customer.public_id)[0].id == attachment.id
    assert files.size_of(attachment.file_key)


def test_what_is_not_deleted_is_not_destroyed(in_acme):
    with pytest.raises(Refused, match="not in the recycle bin"):
        purge("customer", make_customer())


def test_a_channel_goes_with_its_people_and_a_product_with_its_rates(in_acme):
    channel = make_channel()
    make_person(channel)
    channels.delete_channel(channel, by=audit.SYSTEM)
    for kind, row in [*filled().items(), ("channel", channel)]:
        purge(kind, row)
    assert not session().execute(queries.in_the_bin(accounts.owner())).all()


def test_who_may_not_destroy_or_delete(client, in_acme, rival):
    customer = make_customer(name="箱客户")
    customers.delete_customer(customer, by=audit.SYSTEM)
    public_id = customer.public_id
    role = accounts.make_role(permissions=("bin:view", "document:view", "document:edit"))
    helper = accounts.signed_in(client, accounts.make_user(roles=[role]))
    assert "箱客户" not in helper.get(LIST).text
    assert press(helper, "restore", "customer", public_id).status_code == 403
    assert press(helper, "purge", "customer", public_id).status_code == 403
    assert helper.get(f"{LIST}rule").status_code == 403
    nobody = accounts.signed_in(client, accounts.make_user())
    assert nobody.get("/recycle-bin/rule").status_code == 403
    session().commit()
    with workspace_scope(rival):
        stranger = accounts.signed_in(client, accounts.owner())
    for verb in ("restore", "purge"):
        assert press(stranger, verb, "customer", public_id).status_code == 404


def test_the_bin_empties_itself_of_what_is_old_and_free(owner, in_acme):
    rows = filled()
    held = make_order().customer
    customers.delete_customer(held, by=audit.SYSTEM)
    for row in (rows["customer"], rows["document"], held):
        row.deleted_at = clock.now() - timedelta(days=31)
    session().commit()
    old = {rows["customer"].public_id, rows["document"].public_id}
    held_id, rule = held.public_id, f"{LIST}rule"
    answer = owner.get(rule)
    if answer.status_code == 303:
        owner.submit(answer.location, {"password": accounts.PASSWORD})
    assert owner.submit(rule, {"days": "3651"}).status_code == 422
    assert owner.submit(rule, {"days": "30"}).status_code == 303
    assert says(owner.get(LIST), "What has been here for %(days)s days is destroyed.", days=30)
    names = {row.public_id for row in session().execute(queries.in_the_bin(accounts.owner()))}
    from tenants.records.services.bin import old_ones, purge_old

    wanted = old_ones(30)
    assert {key for _kind, key in wanted} == old | {held_id}
    assert sorted(purge_old(kind, key) for kind, key in wanted) == [False, True, True]
    left = {row.public_id for row in session().execute(queries.in_the_bin(accounts.owner()))}
    assert names - left == old
    assert any(one.job.kind == "records.empty_bin" for one in registry.schedules())


def press_all(browser, verb, keys):
    data = {"csrf_token": browser.token("/account/password"), "ids": keys}
    return browser.post(f"{LIST}{verb}-selected", data=data)


def test_many_are_restored_at_once_with_a_result_for_each(owner):
    rows = filled()
    keys, names = zip(*((row.public_id, row.name) for row in rows.values()), strict=True)
    answer = press_all(owner, "restore", [*keys, "01h00000000000000000000000"])
    assert answer.status_code == 200
    assert answer.text.count('data-outcome="done"') == len(keys)
    assert answer.text.count('data-outcome="gone"') == 1
    assert "箱客户" in answer.text
    listed = owner.get(LIST).text
    assert not any(name in listed for name in names)


def test_many_are_destroyed_at_once_and_what_others_need_stays(owner, client):
    rows = filled()
    order = make_order()
    customers.delete_customer(order.customer, by=accounts.owner())
    keys = [*(row.public_id for row in rows.values()), order.customer.public_id]
    asked = press_all(owner, "purge", keys)
    if asked.status_code == 303:
        owner.submit(asked.location, {"password": accounts.PASSWORD})
        asked = press_all(owner, "purge", keys)
    assert asked.text.count('data-outcome="done"') == len(rows)
    assert asked.text.count('data-outcome="refused"') == 1
    assert "箱客户" not in owner.get(LIST).text


def test_many_are_neither_restored_nor_destroyed_without_the_right(in_acme, client, rival):
    keys = [row.public_id for row in filled().values()]
    role = accounts.make_role(permissions=("bin:view", "customer:view"))
    browser = accounts.signed_in(client, accounts.make_user(roles=[role]))
    assert press_all(browser, "purge", keys).status_code == 403
    answer = press_all(browser, "restore", keys)
    assert 'data-outcome="done"' not in answer.text
    with workspace_scope(rival):
        stranger = accounts.signed_in(client, accounts.owner())
    assert 'data-outcome="done"' not in press_all(stranger, "restore", keys).text


def test_who_deletes_a_kind_restores_it_whether_or_not_he_sees_files_in_the_bin(in_acme, client):
    rows = filled()
    keys, key = [row.public_id for row in rows.values()], rows["customer"].public_id
    names = {kind: row.name for kind, row in rows.items()}
    role = accounts.make_role(permissions=("customer:view", "customer:delete"))
    browser = accounts.signed_in(client, accounts.make_user(roles=[role]))
    page = browser.get("/customers/").text
    assert 'href="/recycle-bin/' in page
    listed = browser.get(LIST).text
    assert [kind for kind, name in names.items() if name in listed] == ["customer"]
    answer = press_all(browser, "restore", keys)
    assert answer.text.count('data-outcome="done"') == 1
    assert answer.text.count('data-outcome="gone"') == len(keys) - 1
    assert browser.get(f"/customers/{key}").status_code == 200
    none = accounts.make_role(permissions=("customer:view",))
    reader = accounts.signed_in(client, accounts.make_user(roles=[none]))
    assert reader.get(LIST).status_code == 403
    assert press_all(reader, "restore", keys).status_code == 403
    assert 'href="/recycle-bin/' not in reader.get("/customers/").text
