"""Imports that change records, wrong rows corrected in the page, policies, templates and undo."""

from datetime import date

import pytest
from sqlalchemy import func, select

from kit import audit
from kit.audit import AuditEntry
from kit.db import session
from kit.errors import Refused
from tenants.accounts.models import DataScope
from tenants.bulk import correcting, headers, layouts, services
from tenants.bulk.models import ImportResult, ImportRow, ImportState
from tenants.bulk.options import TEMPLATE
from tenants.bulk.registry import ErrorPolicy, Mode, find_kind
from tenants.customers.models import Customer
from tenants.numbers import services as numbers
from tenants.numbers.models import Number, SimCard
from tests.factories.accounts import log_names, make_role, make_user, owner, run_jobs
from tests.factories.bulk import BY, again, checked, confirm, problems, xlsx
from tests.factories.customers import make_customer
from tests.factories.numbers import make_card, make_number, make_pool
from tests.factories.orders import make_order

HEAD = ["姓名", "手机号", "城市"]
NEW = {"same_phone": "no"}
CUSTOMERS = "customers"


def brought(*rows, mode=Mode.CREATE, key="", head=HEAD, by=BY, **options):
    return checked(
        xlsx(head, *rows), kind=CUSTOMERS, mode=mode, key=key, by=by, options=NEW | options
    )


def undone(file, kind):
    public_id = file.public_id
    services.undo_import(file, kind=find_kind(kind), by=BY)
    run_jobs()
    return again(public_id)


def people() -> dict[str, tuple[str, str]]:
    rows = session().scalars(select(Customer).where(Customer.deleted_at.is_(None)))
    return {row.name: (row.phone, row.city) for row in rows}


def test_upsert_changes_what_is_there_and_adds_the_rest(in_acme):
    make_customer(name="王一", phone="13700010001", city="深圳")
    file = brought(
        ["王一", "13700010001", "广州"], ["王二", "13700010002", ""], mode=Mode.UPSERT, key="phone"
    )
    assert (file.created_count, file.changed_count, problems(file)) == (1, 1, {})
    file = confirm(file)
    assert (file.state, file.created_count, file.changed_count) == (ImportState.APPLIED, 1, 1)
    assert people() == {"王一": ("+8613700010001", "广州"), "王二": ("+8613700010002", "")}


def test_an_update_needs_no_more_than_the_key_and_touches_no_other_field(in_acme):
    customer = make_customer(name="王一", phone="13700010001", city="深圳")
    public_id = customer.public_id
    rows = ([customer.number, "广州"], ["CM999999", "x"], ["", "y"])
    file = brought(*rows, mode=Mode.UPDATE, key="number", head=["客户编号", "城市"])
    assert sorted(problems(file)) == [3, 4]
    confirm(file, without_bad=True)
    assert people() == {"王一": ("+8613700010001", "广州")}
    customer = session().scalars(select(Customer).where(Customer.public_id == public_id)).one()
    assert log_names(customer)[0] == "customer:edited"


def test_nobody_changes_what_he_does_not_reach(in_acme):
    customer = make_customer(name="王一", phone="13700010001", by=owner())
    role = make_role(permissions=["customer:edit", "customer:view"], scope=DataScope.OWN)
    clerk = make_user(roles=[role])
    row = [customer.number, "广州"]
    file = brought(row, mode=Mode.UPDATE, key="number", head=["客户编号", "城市"], by=clerk)
    assert list(problems(file)) == [2]


def test_who_lost_the_right_brings_nothing_in(in_acme):
    role = make_role(permissions=["customer:edit"])
    clerk = make_user(roles=[role])
    file = brought(["王一", "13700010001", ""], by=clerk)
    clerk = session().merge(clerk)
    clerk.roles.clear()
    session().commit()
    assert confirm(file).state == ImportState.CHECKED
    assert people() == {}


def test_numbers_in_stock_are_corrected(in_acme):
    pool = {"pool": make_pool().public_id}
    make_number("13900001001")
    content = xlsx(["号码", "城市", "extra fee"], ["13900001001", "苏州", "12.5"])
    file = checked(content, options=pool, mode=Mode.UPDATE, key="msisdn")
    assert confirm(file).changed_count == 1
    number = session().scalars(select(Number)).one()
    assert (number.city, number.extra_amount) == ("苏州", 1_250)


def test_a_wrong_row_is_corrected_in_place(in_acme):
    file = brought(["王一", "12", ""], ["王二", "13700010002", ""])
    kind = find_kind(CUSTOMERS)
    assert correcting.correct_row(file, 2, {"phone": "1"}, kind=kind, by=BY) != ""
    assert correcting.correct_row(file, 2, {"phone": "13700010001"}, kind=kind, by=BY) == ""
    assert (again(file.public_id).good_count, problems(file)) == (2, {})
    staged = session().scalars(select(ImportRow.cells)).all()
    assert all(set(cells) == {"sealed"} for cells in staged)
    assert "import:corrected" in log_names(file)


def test_a_correction_that_repeats_another_row_stays_wrong(in_acme):
    pool = {"pool": make_pool().public_id}
    file = checked(xlsx(["number"], ["12"], ["13900001001"]), options=pool)
    kind = find_kind("numbers")
    sentence = correcting.correct_row(file, 2, {"msisdn": "139 0000 1001"}, kind=kind, by=BY)
    assert "3" in sentence
    assert correcting.correct_row(file, 2, {"msisdn": "13900001002"}, kind=kind, by=BY) == ""
    file = confirm(file)
    with pytest.raises(Refused):
        correcting.correct_row(file, 2, {}, kind=kind, by=BY)


@pytest.mark.parametrize(
    ("policy", "taken"), [(ErrorPolicy.GOOD, {"甲", "丙"}), (ErrorPolicy.STOP, {"甲"})]
)
def test_what_becomes_of_wrong_rows_is_chosen(in_acme, policy, taken):
    file = brought(["甲", "13700010001", ""], ["乙", "1", ""], ["丙", "13700010003", ""])
    with pytest.raises(Refused):
        services.confirm_import(file, policy=ErrorPolicy.ALL, by=BY)
    file = confirm(file, policy=policy)
    assert set(people()) == taken
    assert (file.state, file.good_count + file.bad_count) == (ImportState.APPLIED, 3)
    assert 3 in problems(file)


def test_rows_spoilt_meanwhile_are_left_out_by_the_policy(in_acme):
    file = brought(["甲", "13700010001", ""], ["乙", "13700010002", ""], ["丙", "1", ""])
    make_customer(phone="13700010002", name="先到")
    file = confirm(file, policy=ErrorPolicy.GOOD)
    assert set(people()) == {"甲", "先到"}
    assert sorted(problems(file)) == [3, 4]


def test_undoing_takes_away_what_was_not_used(in_acme):
    file = confirm(
        brought(["甲", "13700010001", ""], ["乙", "13700010002", ""], ["丙", "13700010003", ""])
    )
    by_name = {row.name: row for row in session().scalars(select(Customer))}
    by_name["甲"].born_on = date(1990, 1, 1)
    make_order(customer=by_name["甲"])
    by_name["乙"].version += 1
    session().commit()
    file = undone(file, CUSTOMERS)
    assert (file.undone_count, file.undone_at is not None) == (1, True)
    assert set(people()) == {"甲", "乙"}
    kept = session().scalars(select(ImportResult.kept)).one()
    assert sorted(kept) == ["2", "3"]
    with pytest.raises(Refused):
        services.undo_import(file, kind=find_kind(CUSTOMERS), by=BY)


def test_numbers_are_taken_out_of_stock_again(in_acme):
    pool = {"pool": make_pool().public_id}
    file = confirm(checked(xlsx(["number"], ["13900001001"], ["13900001002"]), options=pool))
    file = undone(file, "numbers")
    assert session().scalar(select(func.count()).select_from(Number)) == 0
    assert file.undone_count == 2


def test_the_batch_of_cards_is_corrected_and_new_ones_are_taken_out_again(in_acme):
    first, second, third = (f"8986001234567890{at:04}" for at in range(3))
    make_card(first, batch="旧")
    rows = xlsx(["ICCID", "批次"], [first, "新"], [second, "新"], [third, ""])
    file = confirm(checked(rows, kind="cards", mode=Mode.UPSERT, key="iccid"))
    assert (file.created_count, file.changed_count) == (2, 1)
    cards = {card.iccid: card for card in session().scalars(select(SimCard))}
    assert [cards[one].batch for one in (first, second, third)] == ["新", "新", ""]
    assert log_names(cards[first])[0] == "card:corrected"
    taken_in = file.public_id
    public_id = cards[second].public_id
    numbers.allocate_card(cards[third], item_id="x", by=BY)
    refused = checked(
        xlsx(["ICCID", "批次", "类型"], [third, "z", ""], [second, "", "白卡"]),
        kind="cards",
        mode=Mode.UPDATE,
        key="iccid",
    )
    assert sorted(problems(refused)) == [2, 3]
    file = undone(again(taken_in), "cards")
    assert file.undone_count == 1
    assert set(session().scalars(select(SimCard.iccid))) == {first, third}
    written = select(AuditEntry.event).where(AuditEntry.subject_id == public_id)
    assert session().scalars(written).all()[-1] == "card:withdrawn"


def test_what_was_chosen_is_remembered_for_the_person(in_acme):
    kind = find_kind(CUSTOMERS)
    file = brought(["王一", "13700010001", ""])
    file.options["words"] = {"谁": "name", "电邮": ""}
    session().commit()
    words = services.remembered_words(kind, BY)
    assert headers.guess(kind, ["谁", "电邮", "手机"], {}, words) == ["name", "", "phone"]
    assert services.remembered_words(kind, audit.System("other", actor_id="x")) == {}


def template(*fields, kind=CUSTOMERS, name="门店"):
    given = [{"label": "", "required": False, "default": "", "shape": ""} | one for one in fields]
    return layouts.save_template(
        None, kind=find_kind(kind), name=name, fields=given, version=0, by=BY
    )


def test_an_own_template_has_its_rules(in_acme):
    made = template(
        {"key": "phone", "label": "联系方式"},
        {"key": "name"},
        {"key": "remark", "label": "门店号", "required": True, "shape": "AA-000"},
        {"key": "city", "default": "南京"},
    )
    rows = (["联系方式", "姓名", "门店号"], ["13700010001", "王一", "NJ-001"])
    rows += (["13700010002", "王二", "1"], ["13700010003", "王三", ""])
    file = checked(xlsx(*rows), kind=CUSTOMERS, options=NEW | {TEMPLATE: made.fields})
    found = problems(file)
    assert sorted(found) == [3, 4]
    assert all("门店号" in sentence for sentence in found.values())
    confirm(file, without_bad=True)
    assert people() == {"王一": ("+8613700010001", "南京")}


@pytest.mark.parametrize(
    "fields",
    [
        [{"key": "name"}],
        [{"key": "name"}, {"key": "phone"}, {"key": "nothing"}],
        [{"key": "name"}, {"key": "phone"}, {"key": "kind", "default": "机器"}],
        [{"key": "name"}, {"key": "phone"}, {"key": "born_on", "default": "昨天"}],
        [{"key": "name", "label": "甲"}, {"key": "phone", "label": "甲"}],
        [{"key": "name"}, {"key": "phone", "shape": "**"}],
    ],
)
def test_a_template_in_which_no_row_could_be_right_is_refused(in_acme, fields):
    with pytest.raises(Refused):
        template(*fields)


def test_two_templates_of_one_name_are_refused(in_acme):
    template({"key": "name"}, {"key": "phone"})
    with pytest.raises(Refused) as refusal:
        template({"key": "name"}, {"key": "phone"})
    assert refusal.value.field == "name"
