"""Wiring of everything a page needs into a Flask application."""

from flask import Blueprint, Flask
from flask_wtf.csrf import CSRFProtect

from kit.web.again import init_again
from kit.web.assets import init_assets
from kit.web.failures import init_failures
from kit.web.filters import init_filters
from kit.web.headers import init_headers
from kit.web.language import blueprint as language

csrf = CSRFProtect()
"""Guards every form; a webhook exempts itself with `csrf.exempt`."""


def init_web(app: Flask) -> None:
    """Give an application our templates, files, headers, filters and failure pages."""
    app.config.setdefault("WTF_CSRF_TIME_LIMIT", 8 * 3600)
    app.config.setdefault("MAX_CONTENT_LENGTH", 32 * 1024 * 1024)
    app.config.setdefault("SESSION_COOKIE_SAMESITE", "Lax")
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.add_extension("jinja2.ext.do")
    app.register_blueprint(Blueprint("kit", "kit.web", template_folder="templates"))
    app.register_blueprint(language)
    init_assets(app)
    init_headers(app)
    init_filters(app)
    init_failures(app)
    init_again(app)
    csrf.init_app(app)
