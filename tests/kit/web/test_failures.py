import pytest
from flask import abort, make_response

from kit.errors import Forbidden, Missing, Refused
from kit.web import done, go

HTMX = {"HX-Request": "true", "HX-Target": "div#x"}


@pytest.fixture
def verbs(app):  # noqa: C901 - one small view for each way to fail
    app.config["WTF_CSRF_ENABLED"] = False

    @app.post("/refuse")
    def refuse():
        raise Refused("The number <b> is taken.", field="number")

    @app.get("/refuse-get")
    def refuse_get():
        raise Refused("No page for you.")

    @app.get("/fail/<int:code>")
    def fail(code):
        abort(code)

    @app.get("/ready-made")
    def ready_made():
        abort(make_response("my own answer", 409))

    @app.get("/folder/")
    def folder():
        return "folder"

    @app.get("/missing")
    def missing():
        raise Missing

    @app.get("/forbidden")
    def forbidden():
        raise Forbidden

    @app.get("/crash")
    def crash():
        raise RuntimeError("secret detail")

    @app.post("/done")
    def finish():
        return done("Saved.", url="/list")

    @app.post("/go")
    def leave():
        return go("/list", "Saved.")

    @app.get("/list")
    def shown():
        return "list"


@pytest.mark.usefixtures("verbs")
class TestRefused:
    def test_htmx_gets_a_toast_and_keeps_the_page(self, client):
        answer = client.post("/refuse", headers=HTMX)
        assert answer.status_code == 422
        assert 'hx-target="#toasts"' in answer.text
        assert "The number &lt;b&gt; is taken." in answer.text
        assert '"field": "number"' in answer.headers["HX-Trigger"]
        assert answer.headers["HX-Push-Url"] == "false"

    def test_a_form_goes_back_to_its_page(self, client):
        answer = client.post("/refuse", headers={"Referer": "http://localhost/list?q=1"})
        assert answer.status_code == 303
        assert answer.location == "/list?q=1"
        with client.session_transaction() as session:
            assert session["_flashes"] == [("danger", "The number <b> is taken.")]

    def test_it_never_goes_to_another_site(self, client):
        answer = client.post("/refuse", headers={"Referer": "https://evil.example/x"})
        assert answer.location == "/"

    def test_json_gets_json(self, client):
        answer = client.post("/refuse", json={})
        assert answer.status_code == 422
        assert answer.json["error"]["field"] == "number"

    def test_a_page_that_refuses_itself_does_not_go_in_circles(self, client):
        answer = client.get("/refuse-get", headers={"Referer": "http://localhost/refuse-get"})
        assert answer.status_code == 422
        assert "No page for you." in answer.text


@pytest.mark.usefixtures("verbs")
class TestFailurePages:
    @pytest.mark.parametrize("code", [400, 403, 404, 405, 413, 429, 500, 503, 418])
    def test_each_has_a_page(self, client, code):
        answer = client.get(f"/fail/{code}")
        assert answer.status_code == code
        assert answer.text.count("<h1") == 1

    def test_missing_and_forbidden(self, client):
        assert client.get("/missing").status_code == 404
        assert client.get("/forbidden").status_code == 403

    def test_an_answer_that_is_ready_stays(self, client):
        answer = client.get("/ready-made")
        assert (answer.status_code, answer.text) == (409, "my own answer")

    def test_a_raised_redirect_is_followed(self, client):
        assert client.get("/folder").location == "http://localhost/folder/"

    def test_transport_security_is_for_https(self, client):
        name = "Strict-Transport-Security"
        assert name in client.get("/list", base_url="https://localhost").headers
        assert name not in client.get("/list").headers

    def test_a_crash_tells_nothing(self, client):
        answer = client.get("/crash")
        assert answer.status_code == 500
        assert "secret" not in answer.text

    def test_the_allowed_methods_are_named(self, client):
        answer = client.get("/refuse")
        assert answer.status_code == 405
        assert "POST" in answer.headers["Allow"]

    def test_htmx_gets_a_toast(self, client):
        answer = client.get("/fail/403", headers=HTMX)
        assert answer.status_code == 403
        assert "toast-note-danger" in answer.text
        assert "<html" not in answer.text

    def test_json_gets_json(self, client):
        answer = client.get("/fail/404", headers={"Accept": "application/json"})
        assert answer.json["error"]["status"] == 404


class TestExpiredToken:
    @pytest.fixture(autouse=True)
    def save(self, app):
        app.add_url_rule("/save", "save", lambda: "saved", methods=["POST"])

    def test_a_page_offers_the_way_back(self, client):
        answer = client.post("/save", headers={"Referer": "http://localhost/edit?x=1"})
        assert answer.status_code == 400
        assert 'href="/edit?x=1"' in answer.text
        assert "data-keep-drafts" in answer.text

    def test_htmx_gets_a_fresh_token_that_works(self, client):
        answer = client.post("/save", headers=HTMX)
        assert answer.status_code == 400
        import json

        token = json.loads(answer.headers["HX-Trigger"])["kit:csrf"]["token"]
        assert client.post("/save", headers={**HTMX, "X-CSRFToken": token}).text == "saved"


@pytest.mark.usefixtures("verbs")
class TestEndingAVerb:
    def test_done_redirects_a_form(self, client):
        assert client.post("/done").location == "/list"

    def test_done_tells_htmx(self, client):
        answer = client.post("/done", headers=HTMX)
        assert "kit:done" in answer.headers["HX-Trigger"]
        assert "Saved." in answer.text

    def test_go_redirects(self, client):
        assert client.post("/go").status_code == 303

    def test_go_moves_the_browser_from_a_piece(self, client):
        assert client.post("/go", headers=HTMX).headers["HX-Redirect"] == "/list"

    def test_go_stays_in_the_drawer(self, client):
        answer = client.post("/go", headers={"HX-Request": "true", "HX-Target": "div#drawer-body"})
        assert answer.status_code == 303


class TestLanguage:
    @pytest.fixture(autouse=True)
    def tokens_off(self, app):
        app.config["WTF_CSRF_ENABLED"] = False

    def test_it_stores_the_choice(self, client):
        answer = client.post("/language/zh_Hans_CN", data={"next": "/list"})
        assert answer.location == "/list"
        assert "language=zh_Hans_CN" in answer.headers["Set-Cookie"]

    def test_it_knows_no_other(self, client):
        assert client.post("/language/xx").status_code == 404

    def test_it_rejects_get(self, client):
        assert client.get("/language/en").status_code == 405

    @pytest.mark.parametrize(
        "target", ["https://evil.example/", "//evil.example", "/\\evil", "javascript:alert(1)"]
    )
    def test_it_leads_to_no_other_site(self, client, target):
        assert client.post("/language/en", data={"next": target}).location == "/"
