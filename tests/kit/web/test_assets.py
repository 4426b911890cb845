import json
import re

import pytest

from kit.web import assets


def test_a_hashed_address_is_kept_for_ever(app, client):
    with app.test_request_context():
        url = assets.static_url("js/boot.js")
    answer = client.get(url, buffered=True)
    assert answer.status_code == 200
    assert "immutable" in answer.headers["Cache-Control"]


@pytest.mark.parametrize("url", ["/static/js/boot.js", "/static/js/boot.js?v=old"])
def test_any_other_address_is_not(client, url):
    assert "immutable" not in client.get(url, buffered=True).headers["Cache-Control"]


def test_packages_are_served_from_the_table(app, client):
    with app.test_request_context():
        url = assets.asset_url("htmx/htmx.min.js")
    assert client.get(url, buffered=True).text == "htmx/htmx.min.js"
    assert client.get("/assets/secret.txt", buffered=True).status_code == 404
    assert client.get("/assets/../settings").status_code == 404


def test_what_is_not_in_the_table_has_no_address(app):
    with app.test_request_context(), pytest.raises(KeyError):
        assets.asset_url("left-pad.js")


def test_a_missing_file_is_no_crash(app, tmp_path):
    (tmp_path / "assets/htmx/htmx.min.js").unlink()
    with app.test_request_context():
        assert assets.asset_url("htmx/htmx.min.js").endswith("?v=missing")


def test_the_import_map_names_every_module(app):
    with app.test_request_context():
        imports = json.loads(assets.import_map())["imports"]
    for module in (assets.STATIC / "js").glob("*.js"):
        assert re.fullmatch(
            rf"/static/js/{module.name}\?v=\w{{12}}", imports[f"/static/js/{module.name}"]
        )
        for imported in re.findall(r'from "\./([\w.]+)"', module.read_text()):
            assert f"/static/js/{imported}" in imports


def test_it_takes_the_place_of_flasks_own_static_route(tmp_path, monkeypatch):
    from flask import Flask

    from kit.web.assets import init_assets

    app = Flask("with_static")
    init_assets(app)
    assert app.test_client().get("/static/css/simtree.css", buffered=True).status_code == 200
