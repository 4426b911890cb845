import re

import pytest

from kit.web import Brand, Frame, MenuGroup, MenuItem, Person, page, use_frame
from kit.web.frame import DEFAULT_COLOUR, visible_menu

PAGE = """{% extends layout %}
{% block title %}Orders{% endblock %}
{% block content %}<p>the orders</p>{% endblock %}"""


@pytest.fixture
def orders(app, template):
    template("orders.html", PAGE)

    @app.get("/orders")
    def orders():
        menu = [
            MenuItem("Home", "orders", "home"),
            MenuGroup(
                "Sales",
                [MenuItem("Orders", "orders"), MenuItem("Gone", "orders", visible=lambda: False)],
            ),
            MenuGroup("Nothing for me", [MenuItem("Hidden", "orders", visible=lambda: False)]),
        ]
        use_frame(
            Frame(brand=Brand("Acme", "#ffcc00"), menu=menu, person=Person("Li Na", key="u7"))
        )
        return page("orders.html")

    return "/orders"


class TestFullPage:
    def test_it_works(self, client, orders):
        answer = client.get(orders)
        text = answer.text
        assert answer.status_code == 200
        assert text.count("<h1") == 1
        assert "<title>Orders · Acme</title>" in text
        assert 'data-person="u7"' in text
        assert 'class="skip"' in text

    def test_it_shows_only_what_the_person_may_see(self, client, orders):
        text = client.get(orders).text
        assert "Nothing for me" not in text
        assert ">Gone<" not in text

    def test_it_marks_the_current_entry(self, client, orders):
        assert 'aria-current="page"><span>Orders' in client.get(orders).text

    def test_every_inline_block_carries_the_nonce(self, client, orders):
        answer = client.get(orders)
        nonce = re.search(r"'nonce-([^']+)'", answer.headers["Content-Security-Policy"])[1]
        for tag in re.findall(r"<(?:script|style)[^>]*>", answer.text):
            assert f'nonce="{nonce}"' in tag
        assert " style=" not in answer.text
        assert "unsafe" not in answer.headers["Content-Security-Policy"]

    def test_two_requests_have_two_nonces(self, client, orders):
        first, second = (client.get(orders).headers["Content-Security-Policy"] for _ in "ab")
        assert first != second


class TestPieces:
    def test_the_drawer_gets_its_piece(self, client, orders):
        answer = client.get(orders, headers={"HX-Request": "true", "HX-Target": "div#drawer-body"})
        assert "<html" not in answer.text
        assert "<h1" not in answer.text
        assert 'class="drawer-title"' in answer.text
        assert "HX-Request" in answer.headers["Vary"]

    def test_other_pieces_get_the_content_alone(self, client, orders):
        answer = client.get(orders, headers={"HX-Request": "true", "HX-Target": "div#list"})
        assert "drawer-title" not in answer.text
        assert "the orders" in answer.text

    def test_restoring_history_gets_the_whole_page(self, client, orders):
        headers = {"HX-Request": "true", "HX-History-Restore-Request": "true"}
        assert "<html" in client.get(orders, headers=headers).text

    def test_a_whole_page_never_lands_inside_another(self, app, client, template):
        template("login.html", '{% extends "kit/bare.html" %}{% block title %}Log in{% endblock %}')
        app.add_url_rule("/login", "login", lambda: page("login.html"))
        assert "HX-Redirect" not in client.get("/login").headers
        answer = client.get("/login?next=/x", headers={"HX-Request": "true"})
        assert answer.headers["HX-Redirect"] == "/login?next=/x"


class TestBrand:
    @pytest.mark.parametrize("colour", ["red", "#fff", "#12345g", "#000000;} body{}", "#123456 "])
    def test_it_takes_nothing_but_six_hex_digits(self, colour):
        assert Brand("x", colour).colour == DEFAULT_COLOUR

    @pytest.mark.parametrize("colour", ["#ffcc00", "#ffffff", "#0b6e7f", "#000000"])
    def test_white_reads_on_its_ink(self, colour):
        channels = [int(Brand("x", colour).ink[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
        assert 1.05 / (luminance + 0.05) >= 4.5

    def test_a_dark_colour_stays_as_it_is(self):
        assert Brand("x", "#0b6e7f").ink == "#0b6e7f"


def test_an_empty_group_disappears():
    hidden = MenuItem("x", "x", visible=lambda: False)
    assert visible_menu([MenuGroup("g", [hidden]), hidden]) == []


@pytest.mark.parametrize("layout", ["kit/phone.html", "kit/bare.html", "kit/print.html"])
def test_every_layout_renders(app, client, template, layout):
    template("x.html", PAGE)

    @app.get("/x")
    def x():
        use_frame(
            Frame(
                layout=layout,
                menu=[MenuItem("Home", "x", "home", badge=lambda: 3)],
                person=Person("Li", sign_out_url="/out"),
            )
        )
        return page("x.html")

    text = client.get("/x").text
    assert text.count("<h1") == 1
    assert "the orders" in text
