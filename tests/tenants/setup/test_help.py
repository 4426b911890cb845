"""The help: ours and the workspace's own, beside the page, questions, contact, reports, news."""

import io

import pytest

from kit.db import session, workspace_scope
from kit.errors import Refused
from kit.i18n import speaking
from tenants.accounts.queries import log_of
from tenants.setup import manual, queries, services
from tests.factories import accounts
from tests.factories.setup import make_article, make_report, picture


def test_our_texts_are_there_in_both_languages_and_answer_seven_questions(app):
    for language in ("zh_Hans_CN", "en"):
        with app.test_request_context(), speaking(language):
            assert all(one.title and one.html for one in manual.articles())
            assert len(manual.questions()) == 7
            assert manual.news()[0].title == manual.newest_release()


def test_every_page_that_an_article_names_is_there(app):
    known = app.view_functions
    for pages in manual.PAGES.values():
        for one in pages:
            assert any(manual.is_about([one], endpoint) for endpoint in known), one


@pytest.mark.parametrize(
    ("source", "forbidden"),
    [
        ("<script>alert(1)</script>", "<script"),
        ("<img src=x onerror=alert(1)>", "<img"),
        ("[x](javascript:alert(1))", 'href="javascript'),
        ("![x](http://elsewhere.example/pixel.png)", "<img"),
        ("[x](data:text/html;base64,AAAA)", 'href="data'),
        ('<a href="x" style="color:red">x</a>', "<a href"),
    ],
)
def test_markdown_can_do_nothing(source, forbidden):
    assert forbidden not in manual.render(source)


def test_markdown_is_shown():
    html = manual.render("## 标题\n\n**粗** [链接](https://example.com)\n\n|a|b|\n|-|-|\n|1|2|")
    for part in ("<h2>", "<strong>", 'rel="noopener noreferrer"', "<td>1</td>"):
        assert part in html


def test_the_centre_finds_ours_and_own_articles(in_acme, client):
    make_article()
    browser = accounts.signed_in(client, accounts.agent())
    assert "我们怎样开卡" in browser.get("/help/").text
    assert "我们怎样开卡" in browser.get("/help/?q=核对").text
    found = browser.get("/help/?q=冻结").text
    assert "/help/articles/channels" in found
    assert "我们怎样开卡" not in found
    assert "换个词试试" in browser.get("/help/?q=%25zzz").text
    assert browser.get("/help/articles/channels").status_code == 200
    assert browser.get("/help/articles/nonsense").status_code == 404


def test_the_question_mark_opens_what_is_about_the_page(in_acme, client):
    make_article()
    browser = accounts.signed_in(client, accounts.owner())
    assert "/help/beside?page=orders.index" in browser.get("/orders/").text
    page = browser.get("/help/beside?page=orders.index").text
    assert page.index("我们怎样开卡") < page.index("提交上游")
    assert "我们怎样开卡" not in browser.get("/help/beside?page=customers.index").text


def test_an_article_is_written_previewed_changed_and_taken_off(in_acme, client):
    browser = accounts.signed_in(client, accounts.owner())
    typed = {"title": "怎样开卡", "body": "先**核对**", "pages": ["orders.index"], "is_active": "y"}
    preview = browser.submit("/help/own/new", typed | {"preview": "y"})
    assert "<strong>核对</strong>" in preview.text
    assert not queries.own_articles(active=False)
    assert browser.submit("/help/own/new", typed | {"body": " "}).status_code == 422
    path = browser.submit("/help/own/new", typed).location
    (article,) = queries.own_articles()
    assert browser.submit(f"{path}/edit", typed | {"is_active": ""}).location == path
    assert not queries.own_articles()
    (entry, *_) = log_of(article.public_id)
    assert entry.details["changes"] == {"is_active": [True, False]}
    assert browser.get(path).status_code == 200
    colleague = accounts.signed_in(client, accounts.agent())
    assert colleague.get(path).status_code == 404
    assert colleague.get("/help/own/").status_code == 403
    with pytest.raises(Refused, match="Somebody else"):
        services.edit_article(
            article,
            version=1,
            title="x",
            body="x",
            pages=[],
            is_question=False,
            is_active=True,
            by=accounts.owner(),
        )


def test_questions_and_a_public_card_stand_before_the_log_in(in_acme, client):
    make_article(title="内部的问题", is_question=True)
    door = client.at(in_acme)
    assert "/help/questions" in door.get("/login").text
    page = door.get("/help/questions").text
    assert "忘记用户名或密码" in page
    assert "内部的问题" not in page
    browser = accounts.signed_in(client, accounts.owner())
    assert "内部的问题" in browser.get("/help/questions").text
    typed = {"name": "服务台", "phone": "400-800-1234", "qr": (picture(), "qr.png")}
    sent = browser.submit("/help/contact", typed, content_type="multipart/form-data")
    assert sent.location == "/help/contact"
    assert "400-800-1234" in browser.get("/help/").text
    assert "400-800-1234" not in door.get("/help/questions").text
    assert door.get("/help/contact/qr").status_code == 404
    browser.submit("/help/contact", {"phone": "400-800-1234", "is_public": "y"})
    assert "400-800-1234" in door.get("/help/questions").text
    with door.get("/help/contact/qr") as image:
        assert (image.status_code, image.mimetype) == (200, "image/png")
    bad = {"qr": (io.BytesIO(b"<svg/>"), "qr.png")}
    refused = browser.submit("/help/contact", bad, content_type="multipart/form-data")
    assert refused.status_code == 422
    browser.submit("/help/contact", {"remove_qr": "y"})
    assert queries.contact_card().qr_key is None


def test_a_problem_is_reported_answered_and_seen_by_its_author_alone(in_acme, client):
    author = accounts.agent()
    browser = accounts.signed_in(client, author)
    typed = {"kind": "problem", "title": "打不开", "body": "没有反应", "file": (picture(), "x.png")}
    path = browser.submit(
        "/help/reports/new?at=/orders/", typed, content_type="multipart/form-data"
    ).location
    (report,) = session().scalars(queries.reports())
    assert (report.page, report.number[:3]) == ("/orders/", "FB-")
    with browser.get(f"{path}/file") as file:
        assert file.mimetype == "image/png"
    assert "打不开" in browser.get("/help/reports/own").text
    assert browser.get("/help/reports/").status_code == 403
    other = accounts.signed_in(client, accounts.make_user())
    assert other.get(path).status_code == 404
    token = browser.token("/help/reports/new")
    mine = {"csrf_token": token, "state": "answered", "answer": "x"}
    assert browser.post(path, data=mine).status_code == 404
    admin = accounts.signed_in(client, accounts.owner())
    assert "打不开" in admin.get("/help/reports/?status=open").text
    assert admin.submit(path, {"state": "answered", "answer": " "}).status_code == 422
    assert admin.submit(path, {"state": "answered", "answer": "已修复"}).location == path
    assert "已修复" in browser.get(path).text


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"title": " "}, "title"),
        ({"body": ""}, "body"),
        ({"kind": "nonsense"}, "kind"),
        ({"file": io.BytesIO(b"MZ\x90"), "file_name": "a.png"}, "file"),
    ],
)
def test_a_bad_report_is_refused(in_acme, typed, field):
    with pytest.raises(Refused) as refused:
        make_report(**typed)
    assert refused.value.field == field
    assert not session().scalars(queries.reports()).all()


def test_the_same_report_sent_twice_is_one(in_acme):
    first = make_report(submission="0123456789abcdef")
    assert make_report(submission="0123456789abcdef").id == first.id
    pdf = make_report(file=io.BytesIO(b"%PDF-1.7 ..."), file_name="a.pdf")
    assert pdf.file_key


def test_news_are_marked_until_they_were_seen(in_acme, client):
    browser = accounts.signed_in(client, accounts.owner())
    assert "news-dot" in browser.get("/home/").text
    assert manual.newest_release() in browser.get("/help/news").text
    assert "news-dot" not in browser.get("/home/").text


def test_another_workspaces_help_is_not_there(in_acme, rival, client):
    article, report = make_article().public_id, make_report().public_id
    session().commit()
    with workspace_scope(rival):
        browser = accounts.signed_in(client, accounts.owner())
    for path in (f"/help/own/{article}", f"/help/reports/{report}"):
        assert browser.get(path).status_code == 404
