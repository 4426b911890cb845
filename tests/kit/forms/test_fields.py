import datetime as dt
import io
from types import SimpleNamespace

import pytest
from werkzeug.datastructures import FileStorage

from kit.forms import (
    CheckField,
    ChoiceField,
    ChoicesField,
    DateField,
    DateTimeField,
    EmailField,
    FileField,
    Form,
    HiddenTextField,
    IntegerField,
    MoneyField,
    PasswordField,
    PercentField,
    PhoneField,
    SearchField,
    TextAreaField,
    TextField,
)


def one(field):
    class OneField(Form):
        value = field

    return OneField


class TestText:
    def test_it_is_trimmed_and_composed(self, submit):
        form = submit(one(TextField("Name")), {"value": "  Cafe\u0301 👍 "})
        assert form.ok
        assert form.value.data == "Café 👍"

    @pytest.mark.parametrize(
        ("typed", "said"),
        [
            ("a\x00b", "Name contains invisible control characters."),
            ("a\nb", "Name contains invisible control characters."),
            ("a\x1bb", "Name contains invisible control characters."),
            ("abc\u202egpj", "Name contains characters that reverse the reading order."),
            ("a\u2066b", "Name contains characters that reverse the reading order."),
            ("x" * 11, "Name: at most 10 characters."),
            ("x", "Name: at least 2 characters."),
            ("", "Please fill this in."),
            ("   ", "Please fill this in."),
        ],
    )
    def test_it_refuses(self, submit, typed, said):
        form = submit(one(TextField("Name", length=10, at_least=2)), {"value": typed})
        assert not form.ok
        assert list(form.value.errors) == [said]

    def test_it_may_be_left_out(self, submit):
        form = submit(one(TextField("Name", required=False)), {"value": ""})
        assert form.ok
        assert form.value.data == ""

    def test_several_lines_keep_their_ends(self, submit):
        form = submit(one(TextAreaField("Note")), {"value": " a \r\nb\t\rc "})
        assert form.value.data == "a\nb\nc"
        assert not submit(one(TextAreaField("Note")), {"value": "a\x0bb"}).ok

    def test_search_is_a_text(self, submit):
        assert 'type="search"' in str(submit(one(SearchField("Find")), {"value": "x"}).value())

    def test_a_password_is_neither_trimmed_nor_sent_back(self, submit):
        form = submit(one(PasswordField("Password")), {"value": " secret "})
        assert form.value.data == " secret "
        assert "secret" not in str(form.value())
        assert form.value.personal
        assert not submit(one(PasswordField("Password")), {}).ok

    def test_a_read_only_field_ignores_what_is_sent(self, submit):
        form = submit(
            one(TextField("Number", readonly=True)), {"value": "forged"}, data={"value": "kept"}
        )
        assert form.ok
        assert form.value.data == "kept"


class TestEmailAndPhone:
    def test_an_address(self, submit):
        assert (
            submit(one(EmailField("Mail")), {"value": " Li@EXAMPLE.com "}).value.data
            == "Li@example.com"
        )
        assert not submit(one(EmailField("Mail")), {"value": "li@"}).ok
        assert submit(one(EmailField("Mail", required=False)), {"value": ""}).ok

    @pytest.mark.parametrize(
        ("typed", "number"),
        [
            ("13800138000", "+8613800138000"),
            ("138 0013-8000", "+8613800138000"),
            ("+86 138 0013 8000", "+8613800138000"),
            ("16212345678", "+8616212345678"),
            ("+1 650 253 0000", "+16502530000"),
            ("010-62552288", "+861062552288"),
        ],
    )
    def test_a_number_becomes_e164(self, submit, typed, number):
        form = submit(one(PhoneField("Phone")), {"value": typed})
        assert form.ok, form.errors
        assert form.value.data == number

    @pytest.mark.parametrize("typed", ["123", "abc", "12345678901", "+86 1", "１２３"])
    def test_it_refuses_what_is_none(self, submit, typed):
        assert not submit(one(PhoneField("Phone")), {"value": typed}).ok

    def test_a_landline_is_no_mobile(self, submit):
        form = submit(one(PhoneField("Phone", mobile=True)), {"value": "010-62552288"})
        assert "11 digits" in form.value.errors[0]

    def test_it_shows_the_national_number(self, submit):
        form = submit(one(PhoneField("Phone")), {}, obj=SimpleNamespace(value="+8613800138000"))
        assert 'value="13800138000"' in str(form.value())
        assert "+1650" in str(
            submit(
                one(PhoneField("Phone", region="US")), {}, data={"value": "+16502530000"}
            ).value()
        )

    def test_it_may_be_left_out(self, submit):
        assert submit(one(PhoneField("Phone", required=False)), {"value": ""}).ok


class TestNumbers:
    @pytest.mark.parametrize(
        ("typed", "minor"),
        [("12.34", 1234), ("12", 1200), ("1,234.5", 123450), ("１２．５", 1250), ("0", 0)],
    )
    def test_money_is_whole_minor_units(self, submit, typed, minor):
        form = submit(one(MoneyField("Amount")), {"value": typed})
        assert form.ok, form.errors
        assert form.value.data == minor

    @pytest.mark.parametrize(
        ("typed", "said"),
        [
            ("12.345", "At most 2 decimals."),
            ("1e3", "This is not an amount."),
            ("NaN", "This is not an amount."),
            ("1.2.3", "This is not an amount."),
            ("٣", "This is not an amount."),
            ("9" * 19, "This is not an amount."),
            ("-1", "At least 0.00."),
            ("100.01", "At most 100.00."),
        ],
    )
    def test_money_refuses(self, submit, typed, said):
        form = submit(one(MoneyField("Amount", at_most=10_000)), {"value": typed})
        assert not form.ok
        assert list(form.value.errors) == [said]
        assert f'value="{typed}"' in str(form.value())

    def test_money_knows_its_currency(self, submit):
        assert submit(one(MoneyField("Amount", currency="JPY")), {"value": "12"}).value.data == 12
        assert not submit(one(MoneyField("Amount", currency="JPY")), {"value": "12.5"}).ok

    def test_money_shows_major_units(self, submit):
        form = submit(one(MoneyField("Amount")), {}, data={"value": 1205})
        assert 'value="12.05"' in str(form.value())
        assert 'value=""' in str(submit(one(MoneyField("Amount", required=False)), {}).value())

    @pytest.mark.parametrize(
        ("typed", "points"), [("12.5", 1250), ("12.5 %", 1250), ("100", 10_000), ("0.01", 1)]
    )
    def test_a_percentage_is_basis_points(self, submit, typed, points):
        assert submit(one(PercentField("Rate")), {"value": typed}).value.data == points

    @pytest.mark.parametrize("typed", ["0.001", "100.01", "-1", "x"])
    def test_a_percentage_refuses(self, submit, typed):
        assert not submit(one(PercentField("Rate")), {"value": typed}).ok

    def test_a_percentage_is_shown_short(self, submit):
        for points, shown in ((1250, "12.5"), (10_000, "100"), (0, "0"), (1, "0.01")):
            assert f'value="{shown}"' in str(
                submit(one(PercentField("Rate")), {}, data={"value": points}).value()
            )

    def test_whole_numbers(self, submit):
        assert submit(one(IntegerField("Count")), {"value": "1,000"}).value.data == 1000
        assert submit(one(IntegerField("Count", required=False)), {"value": ""}).value.data is None
        for typed in ("1.5", "x", "9" * 12, "-", "²"):
            assert not submit(one(IntegerField("Count")), {"value": typed}).ok
        assert list(
            submit(one(IntegerField("Count", at_least=2)), {"value": "1"}).value.errors
        ) == ["At least 2."]


class TestDates:
    def test_days(self, submit):
        for typed in ("2026-08-01", "2026/08/01", "2026.08.01"):
            assert submit(one(DateField("Day")), {"value": typed}).value.data == dt.date(2026, 8, 1)
        assert not submit(one(DateField("Day")), {"value": "2026-02-30"}).ok
        assert submit(one(DateField("Day", required=False)), {"value": ""}).value.data is None

    def test_bounds(self, submit):
        field = DateField("Day", at_least=dt.date(2026, 1, 1), at_most=dt.date(2026, 12, 31))
        assert list(submit(one(field), {"value": "2025-12-31"}).value.errors) == [
            "Not before 2026-01-01."
        ]
        assert list(submit(one(field), {"value": "2027-01-01"}).value.errors) == [
            "Not after 2026-12-31."
        ]

    def test_it_shows_itself(self, submit):
        assert 'value="2026-08-01"' in str(
            submit(one(DateField("Day")), {}, data={"value": dt.date(2026, 8, 1)}).value()
        )
        assert 'value="x"' in str(submit(one(DateField("Day")), {"value": "x"}).value())
        assert 'value=""' in str(submit(one(DateField("Day", required=False)), {}).value())

    def test_times_are_typed_in_the_workspaces_zone(self, submit):
        form = submit(one(DateTimeField("At")), {"value": "2026-08-01T12:00"})
        assert form.value.data == dt.datetime(2026, 8, 1, 4, 0, tzinfo=dt.UTC)
        assert not submit(one(DateTimeField("At")), {"value": "noon"}).ok
        assert submit(one(DateTimeField("At", required=False)), {"value": ""}).value.data is None

    def test_times_are_shown_in_it_too(self, submit):
        at = dt.datetime(2026, 8, 1, 4, 0, tzinfo=dt.UTC)
        assert 'value="2026-08-01T12:00"' in str(
            submit(one(DateTimeField("At")), {}, data={"value": at}).value()
        )
        assert 'value="x"' in str(submit(one(DateTimeField("At")), {"value": "x"}).value())
        assert 'value=""' in str(submit(one(DateTimeField("At", required=False)), {}).value())


class TestChoices:
    offered = (("a", "Apple"), (2, "Two"))

    def test_one_of_the_offered(self, submit):
        assert submit(one(ChoiceField("Fruit", self.offered)), {"value": "2"}).value.data == "2"

    def test_an_unknown_value_is_refused(self, submit):
        form = submit(one(ChoiceField("Fruit", self.offered)), {"value": "b"})
        assert list(form.value.errors) == ["This choice does not exist any more."]
        assert not submit(one(ChoicesField("Fruit", self.offered)), {"value": ["a", "b"]}).ok

    def test_an_optional_one_may_be_empty(self, submit):
        form = submit(one(ChoiceField("Fruit", self.offered, required=False)), {"value": ""})
        assert form.ok
        assert form.value.data is None

    def test_choices_may_come_late(self, submit):
        form = submit(one(ChoiceField("Fruit", lambda: [("x", "X")], picker=True)), {"value": "x"})
        assert form.ok
        assert "data-picker" in str(form.value())
        form.value.refill([("y", "Y")])
        assert not form.validate()
        many = submit(
            one(ChoicesField("Fruit", lambda: [("x", "X")], picker=False)), {"value": ["x"]}
        )
        assert many.value.data == ["x"]
        many.value.refill([("y", "Y")])
        assert not many.validate()

    def test_radios_have_no_empty_choice(self, submit):
        form = submit(one(ChoiceField("Fruit", self.offered, radio=True)), {"value": "a"})
        assert [(choice.value, choice.label) for choice in form.value.choices] == [
            ("a", "Apple"),
            ("2", "Two"),
        ]

    def test_an_agreement_must_be_ticked(self, submit):
        assert not submit(one(CheckField("I agree", required=True)), {}).ok
        assert submit(one(CheckField("Urgent")), {}).value.data is False


class TestFiles:
    def give(self, name, content):
        return {"value": FileStorage(io.BytesIO(content), name)}

    def test_it_works(self, submit):
        form = submit(
            one(FileField("Photo", extensions=["jpg", ".PNG"])), self.give("Me.JPG", b"x")
        )
        assert form.ok, form.errors
        assert form.value.data.read() == b"x"

    @pytest.mark.parametrize(
        ("name", "content", "said"),
        [
            ("me.exe", b"x", "Only these files are accepted: jpg."),
            ("jpg", b"x", "Only these files are accepted: jpg."),
            ("me.jpg", b"", "The file is empty."),
            ("me.jpg", b"x" * (1024 * 1024 + 1), "The file is larger than 1 MB."),
        ],
    )
    def test_it_refuses(self, submit, name, content, said):
        form = submit(
            one(FileField("Photo", extensions=["jpg"], megabytes=1)), self.give(name, content)
        )
        assert list(form.value.errors) == [said]

    def test_it_may_be_left_out(self, submit):
        assert submit(one(FileField("Photo", extensions=["jpg"], required=False)), {}).ok
        assert not submit(one(FileField("Photo", extensions=["jpg"])), {}).ok


class TestHidden:
    def test_what_a_page_of_ours_wrote_comes_back(self, submit):
        form = submit(one(HiddenTextField()), {"value": "01m8\nq=山"})
        assert form.value.data == "01m8\nq=山"

    @pytest.mark.parametrize("sent", ["a\x00b", "a\x1bb", "x" * 4_001])
    def test_what_none_can_have_written_is_nothing(self, submit, sent):
        assert submit(one(HiddenTextField()), {"value": sent}).value.data == ""


@pytest.mark.parametrize("typed", ["1899-12-31T10:00", "9999-12-31T10:00"])
def test_a_time_is_of_this_age(submit, typed):
    form = submit(one(DateTimeField("At")), {"value": typed})
    assert form.value.errors
