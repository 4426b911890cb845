"""The help centre: articles, questions, the help beside a page, what is new, whom to call."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Response, make_response, request, url_for
from flask_login import current_user
from markupsafe import Markup
from werkzeug.wrappers import Response as BaseResponse

from kit import tenancy
from kit.errors import Missing
from kit.security import for_payers, public, signed_in
from kit.tenancy import Access
from kit.web import page
from kit.web.stored import head_of, send_stored
from tenants.accounts.realm import is_locked
from tenants.setup import access, manual, queries
from tenants.setup.models import Article, ContactCard
from tenants.setup.uploads import type_of
from tenants.setup.views.blueprint import helping as blueprint

NEWS_COOKIE = "news"
_YEAR = 365 * 24 * 3600
LONGEST_SEARCH = 60


@dataclass(frozen=True, slots=True)
class Shown:
    """An article as a list shows it, ours or the workspace's own."""

    title: str
    url: str
    is_own: bool
    html: Markup


def _ours(texts: Sequence[manual.Text]) -> list[Shown]:
    return [
        Shown(one.title, url_for("help.article", slug=one.slug), is_own=False, html=one.html)
        for one in texts
    ]


def _own(articles: Sequence[Article]) -> list[Shown]:
    return [
        Shown(
            one.title,
            url_for("help.own", public_id=one.public_id),
            is_own=True,
            html=manual.render(one.body),
        )
        for one in articles
    ]


@blueprint.get("/")
@signed_in
def index() -> BaseResponse:
    words = " ".join(request.args.get("q", "").split())[:LONGEST_SEARCH]
    if words:
        wanted = words.casefold()
        ours = [
            one
            for one in manual.articles()
            if wanted in one.title.casefold() or wanted in one.source.casefold()
        ]
        asked = [one for one in manual.questions() if wanted in f"{one.title}{one.html}".casefold()]
        own = queries.articles_with(words)
    else:
        ours, asked, own = manual.articles(), [], queries.own_articles()
    return page(
        "setup/help.html",
        words=words,
        ours=_ours(ours),
        own=_own(own),
        asked=asked,
        contact=queries.contact_card(),
    )


@blueprint.get("/articles/<slug>")
@signed_in
def article(slug: str) -> BaseResponse:
    if slug not in manual.PAGES:
        raise Missing(slug)
    found = manual.text(slug)
    return page(
        "setup/article.html", title=found.title, html=found.html, edit_url=None, is_own=False
    )


@blueprint.get("/own/<public_id>")
@signed_in
def own(public_id: str) -> BaseResponse:
    found = access.article(public_id)
    edit_url = url_for("help.edit_article", public_id=public_id)
    may_edit = current_user.can("help:edit")
    if not found.is_active and not may_edit:
        raise Missing(public_id)
    return page(
        "setup/article.html",
        title=found.title,
        html=manual.render(found.body),
        edit_url=edit_url if may_edit else None,
        is_own=True,
    )


@blueprint.get("/beside")
@for_payers
@signed_in
def beside() -> BaseResponse:
    """Show the help about a page, whose endpoint is in the address."""
    endpoint = request.args.get("page", "")
    about = [one for one in queries.own_articles() if manual.is_about(one.pages, endpoint)]
    return page(
        "setup/beside.html",
        articles=[*_own(about), *_ours(manual.beside(endpoint))],
        contact=queries.contact_card(),
        came_from=request.args.get("at", "")[:300],
        # Until it is paid nothing else of the help is open.
        is_shut=tenancy.current().access == Access.UNPAID,
    )


@blueprint.get("/questions")
@public
def questions() -> BaseResponse:
    is_inside = current_user.is_authenticated and not is_locked()
    card = queries.contact_card()
    own = [one for one in queries.own_articles() if one.is_question] if is_inside else []
    return page(
        "setup/questions.html",
        questions=manual.questions(),
        own=_own(own),
        contact=card if card and (is_inside or card.is_public) else None,
        is_inside=is_inside,
    )


@blueprint.get("/news")
@signed_in
def news() -> BaseResponse:
    response = make_response(page("setup/news.html", releases=manual.news()))
    response.set_cookie(
        NEWS_COOKIE,
        manual.newest_release(),
        max_age=_YEAR,
        httponly=True,
        samesite="Lax",
        secure=request.is_secure,
    )
    return response


def is_news() -> bool:
    """Tell whether this browser has not seen yet what the newest release brought."""
    return request.cookies.get(NEWS_COOKIE) != manual.newest_release()


@blueprint.get("/contact/qr")
@public
def qr() -> Response:
    card = queries.contact_card()
    if card is None or not card.qr_key or not _may_see(card):
        raise Missing("qr")
    kind = type_of(head_of(card.qr_key))
    response = send_stored(card.qr_key, mimetype=kind or "application/octet-stream", max_age=3600)
    response.cache_control.private = True
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def _may_see(card: ContactCard) -> bool:
    return card.is_public or bool(current_user.is_authenticated and not is_locked())
