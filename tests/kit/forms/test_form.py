import inspect
from types import SimpleNamespace

import pytest
from flask import Flask
from wtforms import validators
from wtforms.fields import choices

from kit.errors import Refused
from kit.forms import CheckField, ChoiceField, FileField, Form, TextField, messages
from kit.forms.translating import CatalogueTranslations


class NameForm(Form):
    name = TextField("Name", help="As on the document", wide=True)
    kind = ChoiceField("Kind", [("a", "A"), ("b", "B")], radio=True, required=False)
    number = TextField("Number", readonly=True, required=False, suffix="pcs")
    agree = CheckField("I agree")


class TestSubmission:
    def test_each_form_has_its_own(self, submit):
        first, second = submit(NameForm, {}), submit(NameForm, {})
        assert len(first.submission.data) >= 16
        assert first.submission.data != second.submission.data

    def test_it_survives_a_refusal(self, submit):
        token = submit(NameForm, {}).submission.data
        assert submit(NameForm, {"submission": token}).submission.data == token

    @pytest.mark.parametrize("forged", ["", "short", "x" * 65, "号" * 20])
    def test_a_forged_one_is_replaced(self, submit, forged):
        assert submit(NameForm, {"submission": forged}).submission.data != forged


class TestVersion:
    def test_it_comes_from_the_record(self, submit):
        form = submit(NameForm, {}, obj=SimpleNamespace(version=7, name="x"))
        assert form.version.data == 7 or form.version.data is None

    def test_it_comes_back_as_a_number(self, submit):
        assert submit(NameForm, {"name": "x", "version": "7"}).version.data == 7

    @pytest.mark.parametrize("forged", ["", "-1", "x", "9" * 12])
    def test_nonsense_is_none(self, submit, forged):
        assert submit(NameForm, {"version": forged}).version.data is None

    def test_an_empty_one_does_not_travel(self, submit):
        assert [field.name for field in submit(NameForm, {}).hidden] == ["submission"]
        assert [field.name for field in submit(NameForm, {"version": "1"}).hidden] == [
            "submission",
            "version",
            "opened",
        ]


class TestRefusals:
    def test_a_verb_that_works_answers(self, submit):
        form = submit(NameForm, {"name": "x"})
        assert form.attempt(lambda: "done") == "done"
        assert form.status == 200

    def test_a_refusal_stands_beside_its_field(self, submit):
        form = submit(NameForm, {"name": "x"})

        def verb():
            raise Refused("Taken.", field="name")

        assert form.attempt(verb) is None
        assert list(form.name.errors) == ["Taken."]
        assert form.first_error == "name"
        assert form.status == 422

    @pytest.mark.parametrize("field", [None, "unknown"])
    def test_or_above_the_form(self, submit, field):
        form = submit(NameForm, {"name": "x"})
        form.refuse(Refused("Closed.", field=field))
        assert form.form_errors == ["Closed."]
        assert form.first_error is None
        assert form.refused


def test_typed_gives_what_a_verb_needs(submit):
    form = submit(NameForm, {"name": "Li", "kind": "a"})
    assert form.typed("name", "kind") == {"name": "Li", "kind": "a"}
    assert set(form.typed()) == {"name", "kind", "number", "agree"}


def test_files_are_noticed(submit):
    class Photo(Form):
        photo = FileField("Photo", extensions=["jpg"], required=False)

    assert submit(Photo, {}).has_files
    assert not submit(NameForm, {}).has_files


def test_the_standard_sentences_go_through_our_catalogue(submit):
    class Other(Form):
        name = TextField("Name", [validators.AnyOf(["a"])])

    assert list(submit(Other, {"name": "b"}).name.errors) == ["Invalid value, must be one of: a."]
    assert CatalogueTranslations.ngettext("one", "many", 2) == "many"


def test_the_sentences_named_for_translators_are_wtforms_own(submit):
    source = inspect.getsource(validators) + inspect.getsource(choices)
    plain = " ".join(source.replace('"\n', "").split())
    submit(NameForm, {})
    for sentence in messages.STANDARD:
        assert str(sentence).split("%")[0].strip() in plain


@pytest.fixture
def page(tmp_path, monkeypatch):
    from kit.i18n import init_i18n
    from kit.web import assets, init_web
    from kit.web import page as render

    monkeypatch.setattr(assets, "get_settings", lambda: SimpleNamespace(data_dir=tmp_path))
    (tmp_path / "form.html").write_text(
        '{% extends layout %}{% from "kit/form.html" import form_view %}'
        "{% block title %}Edit{% endblock %}"
        '{% block content %}{{ form_view(form, cancel="/back") }}{% endblock %}'
    )
    app = Flask("form_page", static_folder=None, template_folder=str(tmp_path))
    app.secret_key = "not secret" * 4
    init_i18n(app)
    init_web(app)
    app.config["WTF_CSRF_ENABLED"] = False

    @app.route("/edit", methods=["GET", "POST"])
    def edit():
        form = NameForm()
        form.validate_on_submit()
        return render("form.html", form=form, http_status=form.status)

    client = app.test_client()
    client.set_cookie("language", "en")
    return client


class TestLayout:
    def test_it_works(self, page):
        text = page.get("/edit").text
        assert '<label class="form-label is-required" for="name">Name' in text
        assert 'aria-describedby="name-help"' in text
        assert 'name="submission"' in text
        assert "data-refused" not in text

    def test_errors_are_tied_to_their_fields(self, page):
        answer = page.post("/edit", data={"name": ""})
        assert answer.status_code == 422
        assert 'aria-describedby="name-help name-error"' in answer.text
        assert 'aria-invalid="true"' in answer.text
        assert 'data-first-error="name"' in answer.text

    def test_in_the_drawer_it_posts_there(self, page):
        text = page.get(
            "/edit", headers={"HX-Request": "true", "HX-Target": "div#drawer-body"}
        ).text
        assert 'hx-post="/edit" hx-target="#drawer-body"' in text
        assert "hx-post" not in page.get("/edit").text


class WhenForm(Form):
    kind = ChoiceField("Kind", [("a", "A"), ("b", "B")])
    month = TextField("Month", only_when=("kind", ("b",)))


class TestOnlyWhen:
    def test_what_is_not_asked_holds_nothing_and_is_not_checked(self, submit):
        form = submit(WhenForm, {"kind": "a", "month": "x" * 900})
        assert form.ok
        assert form.month.is_idle
        assert form.month.data is None

    @pytest.mark.parametrize(("month", "ok"), [("3", True), ("", False)])
    def test_what_is_asked_is_checked(self, submit, month, ok):
        form = submit(WhenForm, {"kind": "b", "month": month})
        assert form.ok is ok
        assert not form.month.is_idle
