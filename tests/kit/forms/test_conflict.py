"""Two people edit the same record: nobody's change is lost, and each is told field by field."""

import json
from dataclasses import dataclass, field, replace

import pytest
from werkzeug.datastructures import MultiDict

from kit.errors import Stale
from kit.forms import (
    CheckField,
    ChoiceField,
    ChoicesField,
    Form,
    IntegerField,
    PhoneField,
    TextField,
)


@dataclass(frozen=True)
class Record:
    """What is edited."""

    version: int = 3
    name: str = "Old name"
    city: str = "Beijing"
    kind: str = "a"
    number: int | None = 7
    tags: tuple[str, ...] = ("x",)
    is_open: bool = False
    phone: str = "+8613800000000"
    parts: list[str] = field(default_factory=list)


class RecordForm(Form):
    name = TextField("Name")
    city = TextField("City", required=False)
    kind = ChoiceField("Kind", [("a", "Apple"), ("b", "Berry")])
    number = IntegerField("Number", required=False)
    tags = ChoicesField("Tags", [("x", "Ex"), ("y", "Why")], required=False)
    is_open = CheckField("Open")
    phone = PhoneField("Phone", required=False, personal=True)


@pytest.fixture
def edit(app):
    """Open a form on one state of a record, send it with changes when the record has another."""
    contexts = []

    def edit(before, now, **changes):
        context = app.test_request_context("/", method="POST", headers={"Cookie": "language=en"})
        context.push()
        contexts.append(context)
        sent = _sent(RecordForm(None, obj=before))
        for name, value in changes.items():
            sent.setlist(name, value if isinstance(value, list) else [value])
        form = RecordForm(sent, obj=now)
        assert form.validate(), form.errors

        def verb():
            if form.version.data != now.version:
                raise Stale("Open it again.")
            return "saved"

        form.outcome = form.attempt(verb)
        return form

    yield edit
    for context in reversed(contexts):
        context.pop()


def _sent(form):
    """Return what a browser sends of a form that nobody touched."""
    sent = MultiDict({one.name: one._value() for one in form.hidden})
    for one in form.shown:
        if one.type == "CheckField":
            if one.data:
                sent[one.name] = "y"
        elif one.type == "ChoicesField":
            sent.setlist(one.name, list(one.data or ()))
        else:
            sent[one.name] = one.data if one.type == "ChoiceField" else one._value()
    return sent


def test_what_only_the_other_changed_is_taken_over(edit):
    form = edit(Record(), Record(version=4, city="Tianjin", number=9), name="My name")
    assert form.outcome is None
    assert (form.name.data, form.city.data, form.number.data) == ("My name", "Tianjin", 9)
    assert not form.name.errors
    assert list(form.city.errors) == ["Somebody else has changed this; it is up to date now."]
    assert form.city._value() == "Tianjin"
    assert form.number._value() == "9"


@pytest.mark.parametrize(
    ("name", "theirs", "mine", "told"),
    [
        ("city", "Tianjin", "Xian", ("Tianjin", ["Tianjin"])),
        ("number", 9, "8", ("9", ["9"])),
        ("number", None, "8", ("(empty)", [""])),
        ("tags", ("x", "y"), ["y"], ("Ex、Why", ["x", "y"])),
    ],
)
def test_what_both_changed_stays_as_typed_and_shows_the_other(edit, name, theirs, mine, told):
    form = edit(Record(), replace(Record(version=4), **{name: theirs}), **{name: mine})
    one, (shown, raw) = form[name], told
    assert list(one.errors) == [
        f"Somebody else has made it “{shown}” meanwhile. If you save, yours stands."
    ]
    assert json.loads(one.theirs) == raw
    assert one._value() == mine if isinstance(mine, str) else one.data == mine
    assert form.first_error == name


def test_what_both_made_the_same_is_no_conflict(edit):
    form = edit(Record(), Record(version=4, kind="b", is_open=True), kind="b", is_open="y")
    assert not any(one.errors for one in form.shown)
    assert form.form_errors == [
        "Somebody else has changed this meanwhile, but no field here. Save again."
    ]


def test_sent_again_it_saves_what_is_seen(edit):
    now = Record(version=4, city="Tianjin")
    first = edit(Record(), now, city="Xian", name="Mine")
    sent = _sent(first)
    assert sent["version"] == "4"
    second = RecordForm(sent, obj=now)
    assert second.validate()
    assert second.attempt(lambda: (second.version.data, second.city.data)) == (4, "Xian")


def test_a_third_change_between_the_two_is_told_as_well(edit):
    first = edit(Record(), Record(version=4, city="Tianjin"), city="Xian")
    last = Record(version=5, city="Tianjin", name="Third")
    second = RecordForm(_sent(first), obj=last)
    assert second.validate()
    second.refuse(Stale("Open it again."))
    # What was chosen against the first other stays chosen.
    assert (second.name.data, second.city.data) == ("Third", "Xian")
    assert not second.city.errors


def test_personal_data_of_the_other_is_not_told(edit):
    form = edit(Record(), Record(version=4, phone="+8613911112222"), phone="13700000000")
    assert list(form.phone.errors) == [
        "Somebody else has changed this, too. If you save, yours stands."
    ]
    assert form.phone.theirs is None
    assert "13911112222" not in str(form.errors)
    assert "13800000000" not in form.opened._value()


def test_left_empty_by_who_may_not_see_it_keeps_what_is_there(edit):
    form = edit(Record(), Record(version=4, phone="+8613911112222"), phone="")
    assert not form.phone.errors
    assert not form.phone.data


def test_changed_between_reading_and_locking_asks_to_send_once_more(edit):
    form = edit(Record(), Record(), name="Mine")
    assert form.outcome == "saved"
    form.refuse(Stale("Open it again."))
    assert form.form_errors == ["Open it again."]
    assert form.version.data == 3


@pytest.mark.parametrize("forged", ["[]", "{", "null", '{"name": 5}', "x" * 30_000])
def test_a_forged_digest_hides_nothing(edit, forged):
    form = edit(Record(), Record(version=4, name="Theirs"), name="Mine", opened=forged)
    assert form.outcome is None
    assert form.name.data == "Mine"
    assert "“Theirs”" in form.name.errors[0]


def test_a_form_without_a_record_carries_nothing(app):
    with app.test_request_context("/"):
        assert [one.short_name for one in RecordForm().hidden] == ["submission"]
