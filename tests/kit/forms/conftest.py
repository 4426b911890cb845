import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict

from kit.i18n import init_i18n, speaking


@pytest.fixture
def app():
    app = Flask("form_tests", static_folder=None)
    app.secret_key = "not secret" * 4
    app.config["WTF_CSRF_ENABLED"] = False
    init_i18n(app)
    return app


@pytest.fixture
def submit(app):
    """Submit data to a form class inside a request and return the validated form."""
    contexts = []

    def submit(form_class, typed, **options):
        context = app.test_request_context("/", method="POST", headers={"Cookie": "language=en"})
        context.push()
        contexts.append(context)
        form = form_class(MultiDict(typed), **options)
        form.ok = form.validate()
        return form

    yield submit
    for context in reversed(contexts):
        context.pop()


@pytest.fixture(autouse=True)
def english():
    with speaking("en"):
        yield
