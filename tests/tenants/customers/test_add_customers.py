"""Adding customers, one or many."""

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import IntegrityError

from kit import audit, clock
from kit.db import session
from kit.errors import Refused
from tenants.accounts.permissions import Permission
from tenants.customers import queries, services
from tenants.customers.documents import age_on
from tenants.customers.recognition import find_or_add
from tests.factories.accounts import everything, log_names
from tests.factories.customers import licence, make_customer, new_customer, resident_id


def add(*rows, **options):
    return services.add_customers(list(rows), by=audit.SYSTEM, **options)


def test_it_works(in_acme):
    (customer,) = add(new_customer(name=" 张  三 ", phone="137 0013 7001", document=resident_id()))
    assert customer.number == f"CM{customer.id:04}"
    assert (customer.name, customer.sort_key) == ("张 三", "zhang san")
    assert customer.phone == "+8613700137001"
    assert customer.born_on == date(1990, 3, 7)
    assert customer.address.startswith("深圳市")
    assert log_names(customer) == ["customer:added"]


def test_nothing_personal_is_stored_in_clear(in_acme):
    customer = make_customer(phone="13700137002")
    row = session().execute(text("SELECT row_to_json(customers)::text FROM customers")).scalar_one()
    assert "13700137002" not in row
    assert customer.document[:12] not in row
    assert "科技路" not in row


def test_many_are_set_based_and_keep_their_order(in_acme):
    rows = [new_customer(name=f"客户{place}") for place in range(60)]
    statements = []

    def note(_connection, _cursor, statement, *_):
        statements.append(statement)

    event.listen(session().connection(), "before_cursor_execute", note)
    added = add(*rows)
    assert len(statements) < 10
    assert [one.name for one in added] == [row.name for row in rows]


def test_all_or_none(in_acme):
    with pytest.raises(Refused, match="2"):
        add(new_customer(), new_customer(document="999999199003070010"))
    assert queries.count_customers(everything(Permission.Customer.VIEW)) == 0


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"name": " "}, "name"),
        ({"phone": ""}, "phone"),
        ({"phone": "12"}, "phone"),
        ({"email": "no mail"}, "email"),
        ({"kind": "robot"}, "kind"),
        ({"credit": "best"}, "credit"),
        ({"document_kind": None}, "document_kind"),
        ({"document_kind": "business_licence"}, "document_kind"),
        ({"kind": "enterprise"}, "document_kind"),
        ({"document": "99999919900307001"}, "document"),
        ({"document": resident_id(born="19900230")}, "document"),
        ({"document": resident_id(born="20990101")}, "document"),
        ({"document": resident_id(born="18800101")}, "document"),
        ({"document_kind": "passport", "document": "?"}, "document"),
        (
            {"kind": "enterprise", "document_kind": "business_licence", "document": "91110000"},
            "document",
        ),
    ],
)
def test_it_refuses_what_cannot_be_right(in_acme, changed, field):
    with pytest.raises(Refused) as refused:
        add(new_customer(**changed))
    assert refused.value.field == field
    assert queries.count_customers(everything(Permission.Customer.VIEW)) == 0


def test_a_wrong_check_digit_is_named(in_acme):
    number = resident_id()
    wrong = number[:-1] + ("1" if number[-1] != "1" else "2")
    with pytest.raises(Refused) as refused:
        add(new_customer(document=wrong))
    assert refused.value.field == "document"


def test_an_enterprise_is_known_by_its_licence(in_acme):
    code = licence()
    (customer,) = add(
        new_customer(
            kind="enterprise",
            document_kind="business_licence",
            document=code.lower(),
            name="星河公司",
        )
    )
    assert customer.document == code
    assert customer.born_on is None


def test_the_same_document_is_refused_with_the_number(in_acme):
    first = make_customer()
    document = first.document
    with pytest.raises(Refused, match=first.number) as refused:
        add(new_customer(document=f" {document.lower()} "), same_phone_confirmed=True)
    assert refused.value.field == "document"
    twin = resident_id()
    with pytest.raises(Refused):
        add(new_customer(document=twin), new_customer(document=twin))
    assert queries.count_customers(everything(Permission.Customer.VIEW)) == 1


def test_the_database_refuses_it_too(in_acme):
    first, second = make_customer(), make_customer()
    second.document_index = first.document_index
    with pytest.raises(IntegrityError, match="uq_customers_document_index"):
        session().flush()


def test_the_same_phone_must_be_confirmed(in_acme):
    first = make_customer(phone="13700137003")
    with pytest.raises(Refused, match=first.number) as refused:
        add(new_customer(phone="+86 13700137003"))
    assert refused.value.field == "phone"
    assert queries.count_customers(everything(Permission.Customer.VIEW)) == 1
    add(new_customer(phone="13700137003"), same_phone_confirmed=True)
    assert queries.count_customers(everything(Permission.Customer.VIEW)) == 2


def test_find_or_add_finds_by_document_then_by_phone_and_name(in_acme):
    row = new_customer()
    first = find_or_add(row, channel=None, by=audit.SYSTEM)
    assert find_or_add(row, channel=None, by=audit.SYSTEM) is first
    bare = new_customer(document="", document_kind=None, phone=row.phone, name=row.name)
    assert find_or_add(bare, channel=None, by=audit.SYSTEM) is first
    other = new_customer(document="", document_kind=None, phone=row.phone, name="别人")
    assert find_or_add(other, channel=None, by=audit.SYSTEM) is not first
    with pytest.raises(Refused, match="another name"):
        find_or_add(new_customer(document=row.document, name="错名"), channel=None, by=audit.SYSTEM)


def test_the_language_of_who_comes_again_is_kept_where_none_was_known(in_acme):
    row = new_customer()
    first = find_or_add(row, channel=None, by=audit.SYSTEM)
    for language in ("en", "zh_Hans_CN"):
        find_or_add(replace(row, language=language), channel=None, by=audit.SYSTEM)
    assert (first.language, first.version) == ("en", 2)
    with pytest.raises(Refused) as refused:
        add(new_customer(language="xx"))
    assert refused.value.field == "language"


def test_age_counts_full_years(in_acme):
    assert age_on(date(2008, 2, 29), date(2024, 2, 28)) == 15
    assert age_on(date(2008, 2, 29), date(2024, 2, 29)) == 16
    assert age_on(date(1990, 3, 7), clock.now().date()) >= 36
