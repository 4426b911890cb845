"""A small application that wears the frame, without any database of ours."""

import datetime as dt
from pathlib import Path
from types import SimpleNamespace

import pytest
from flask import Flask

from kit.i18n import init_i18n
from kit.web import assets, init_web


@pytest.fixture
def app(tmp_path, monkeypatch):
    monkeypatch.setattr(assets, "get_settings", lambda: SimpleNamespace(data_dir=tmp_path))
    for target in assets.ASSETS:
        file = tmp_path / "assets" / target
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(target)
    app = Flask("web_tests", static_folder=None, template_folder=str(tmp_path / "templates"))
    app.secret_key = "not secret" * 4
    app.config["TESTING"] = True
    app.config["PROPAGATE_EXCEPTIONS"] = False
    init_i18n(app)
    init_web(app)
    return app


@pytest.fixture
def template(tmp_path):
    """Write a template and return its name."""

    def write(name: str, text: str) -> str:
        file = Path(tmp_path) / "templates" / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
        return name

    return write


@pytest.fixture
def client(app):
    client = app.test_client()
    client.set_cookie("language", "en")
    return client


@pytest.fixture
def noon():
    """A Saturday noon in Shanghai: 2026-08-01 12:00."""
    return dt.datetime(2026, 8, 1, 4, 0, tzinfo=dt.UTC)
