"""A small application that wears the frame, without any database of ours."""

import datetime as dt
from pathlib import Path
from types import SimpleNamespace

import pytest
from flask import Flask
from sqlalchemy import (
    create_engine,
    select,
)
from sqlalchemy.orm import Session
from sqlalchemy.pool import StaticPool
from werkzeug.datastructures import MultiDict

from kit import clock
from kit.i18n import init_i18n, speaking
from kit.web import (
    assets,
    init_web,
)
from kit.web.listing import listing as listing_module
from tests.kit.web.sample import LISTING, START, metadata, orders


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


@pytest.fixture
def session():
    engine = create_engine(
        "sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False}
    )
    metadata.create_all(engine)
    with Session(engine) as session:
        yield session
    engine.dispose()


@pytest.fixture
def forty(session):
    session.execute(
        orders.insert(),
        [
            {
                "id": index,
                "public_id": f"p{index:02}",
                "number": f"N{index:02}",
                "status": "new" if index % 4 else "done",
                "amount": (index % 5) * 100,
                "due_on": dt.date(2026, 8, 1 + index % 3) if index % 3 else None,
                "placed_at": (START - dt.timedelta(days=index)).replace(tzinfo=None),
                "urgent": index == 7,
            }
            for index in range(1, 41)
        ],
    )
    return select(orders)


@pytest.fixture
def small(monkeypatch):
    """Numbered pages end after 30 matches, so that forty rows are many."""
    monkeypatch.setattr(listing_module, "COUNTED", 30)


@pytest.fixture
def ask(app, session, forty):
    def ask(**args):
        with (
            app.test_request_context("/orders", headers={"Cookie": "language=en"}),
            clock.moved(START),
        ):
            return LISTING.page(forty, session, args=MultiDict(args))

    return ask


@pytest.fixture(autouse=True)
def english():
    with speaking("en"):
        yield
