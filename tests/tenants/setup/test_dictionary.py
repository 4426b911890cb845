"""The dictionary: ours relabelled, recoloured, moved and switched off; own values; never lost."""

import pytest

from kit import audit
from kit.errors import Missing, Refused
from kit.i18n import speaking
from tenants.accounts.queries import log_of
from tenants.customers.dictionary import INDUSTRY
from tenants.setup import dictionary, services
from tenants.setup.dictionary import COLOURS
from tenants.setup.services.dictionary import find_row
from tests.factories import accounts
from tests.factories.customers import make_customer

BY = audit.SYSTEM
LIST = "/settings/dictionary/customer_industry"


def change(code, **more):
    values = {"version": 0, "label_zh": "", "label_en": "", "colour": ""}
    services.edit_value(INDUSTRY, code, **values | more, by=BY)


def test_ours_hold_in_both_languages_until_somebody_changes_them(in_acme):
    assert INDUSTRY.words("it") == "Information technology"
    with speaking("zh_Hans_CN"):
        assert INDUSTRY.words("it") == "信息技术"
    change("it", label_zh="科技", colour="pink")
    assert INDUSTRY.words("it") == "Information technology"
    with speaking("zh_Hans_CN"):
        assert INDUSTRY.words("it") == "科技"
    assert INDUSTRY.find("it").colour == "pink"
    (entry, *_) = log_of(find_row(INDUSTRY, "it").public_id)
    assert entry.details["changes"] == {"label_zh": ["", "科技"], "colour": ["", "pink"]}
    services.reset_value(INDUSTRY, "it", by=BY)
    assert (INDUSTRY.find("it").zh, INDUSTRY.find("it").colour) == ("", "blue")


def test_a_value_that_is_off_is_kept_where_it_is_used(in_acme):
    services.switch_value(INDUSTRY, "it", active=False, by=BY)
    codes = [code for code, _label in INDUSTRY.options()]
    assert "it" not in codes
    assert ("it", "Information technology") in INDUSTRY.options(keep="it")
    assert INDUSTRY.words("it") == "Information technology"
    services.switch_value(INDUSTRY, "it", active=True, by=BY)
    assert "it" in dict(INDUSTRY.options())


def test_own_values_come_last_and_move(in_acme):
    row = services.add_value(INDUSTRY, label_zh="花店", label_en="", colour="pink", by=BY)
    assert INDUSTRY.entries()[-1].label == "花店"
    services.move_value(INDUSTRY, row.code, up=True, by=BY)
    assert [one.code for one in INDUSTRY.entries()[-2:]] == [row.code, "other"]
    services.move_value(INDUSTRY, "other", up=False, by=BY)
    assert [one.code for one in INDUSTRY.entries()[-2:]] == [row.code, "other"]
    with pytest.raises(Refused):
        services.reset_value(INDUSTRY, row.code, by=BY)


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"label_zh": " ", "label_en": "", "colour": "red"}, "label_zh"),
        ({"label_zh": "教育", "label_en": "education", "colour": "red"}, "label_en"),
        ({"label_zh": "x" * 41, "label_en": "", "colour": "red"}, "label_zh"),
        ({"label_zh": "花店", "label_en": "", "colour": "#ff0000"}, "colour"),
    ],
)
def test_a_bad_value_is_refused_and_nothing_is_kept(in_acme, typed, field):
    before = INDUSTRY.entries()
    with pytest.raises(Refused) as refused:
        services.add_value(INDUSTRY, **typed, by=BY)
    assert refused.value.field == field
    assert INDUSTRY.entries() == before


def test_one_value_stays_on_a_stale_edit_and_an_unknown_code_are_refused(in_acme):
    for code, _label in INDUSTRY.options()[1:]:
        services.switch_value(INDUSTRY, code, active=False, by=BY)
    with pytest.raises(Refused):
        services.switch_value(INDUSTRY, "retail", active=False, by=BY)
    change("retail", label_zh="零售")
    with pytest.raises(Refused, match="Somebody else"):
        change("retail", label_zh="别的")
    with pytest.raises(Missing):
        change("nonsense", label_zh="别的")


def test_what_was_typed_is_matched_in_either_language(in_acme):
    assert INDUSTRY.match("Education ") == "education"
    change("it", label_zh="科技")
    assert INDUSTRY.match("科技") == "it"
    assert INDUSTRY.match("炼金术") is None


def test_every_type_has_known_colours_and_words(in_acme):
    for type_ in dictionary.every_type():
        assert all(one.colour in COLOURS for one in type_.values)
    with pytest.raises(ValueError, match="twice"):
        dictionary.declare(INDUSTRY)


def test_the_pages_change_it_and_the_customers_form_offers_it(in_acme, client):
    browser = accounts.signed_in(client, accounts.owner())
    assert "客户" in browser.get("/settings/dictionary/").text
    typed = {"label_zh": "花店", "label_en": "Florist", "colour": "pink"}
    assert browser.submit(f"{LIST}/new", typed).location == LIST
    assert "花店" in browser.get("/customers/new").text
    assert browser.submit(f"{LIST}/new", typed).status_code == 422
    typed = {"label_zh": "信息业", "label_en": "", "colour": ""}
    assert browser.submit(f"{LIST}/it/edit", typed).location == LIST
    token = browser.token(LIST)
    for act in ("up", "down", "off"):
        answer = browser.post(f"{LIST}/it/{act}", data={"csrf_token": token})
        assert answer.location == LIST
    assert browser.post(f"{LIST}/it/eat", data={"csrf_token": token}).status_code == 404
    page = browser.get(LIST).text
    assert "信息业" in page
    assert "停用" in page
    assert "信息业" not in browser.get("/customers/new").text


def test_a_customer_keeps_a_value_that_was_switched_off(in_acme, client):
    customer = make_customer(industry="it")
    services.switch_value(INDUSTRY, "it", active=False, by=BY)
    browser = accounts.signed_in(client, accounts.owner())
    assert "信息技术" in browser.get(f"/customers/{customer.public_id}").text
    assert "信息技术" in browser.get(f"/customers/{customer.public_id}/edit").text


def test_who_may_only_look_changes_nothing_and_a_stranger_sees_nothing(in_acme, client):
    role = accounts.make_role(permissions=["setup:view"])
    looker = accounts.signed_in(client, accounts.make_user(roles=[role]))
    assert looker.get(LIST).status_code == 200
    assert looker.get(f"{LIST}/new").status_code == 403
    assert accounts.signed_in(client, accounts.agent()).get(LIST).status_code == 403
    assert client.at(in_acme).get(LIST).location.startswith("/login")
