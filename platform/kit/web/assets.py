"""Files that browsers fetch: our own under /static, npm packages' under /assets.

`ASSETS` is the one list of what is copied out of node_modules; the installer reads it too.
"""

import hashlib
import json
import os
from functools import lru_cache
from pathlib import Path

from flask import Flask, Response, abort, current_app, request, send_from_directory, url_for
from markupsafe import Markup

from kit.security.routes import public
from kit.settings import get_settings

STATIC = Path(__file__).parent / "static"

ASSETS: dict[str, str] = {
    "tabler/tabler.min.css": "@tabler/core/dist/css/tabler.min.css",
    "tabler/tabler.min.js": "@tabler/core/dist/js/tabler.min.js",
    "icons/tabler-icons.min.css": "@tabler/icons-webfont/dist/tabler-icons.min.css",
    "icons/fonts/tabler-icons.woff2": "@tabler/icons-webfont/dist/fonts/tabler-icons.woff2",
    "icons/fonts/tabler-icons.woff": "@tabler/icons-webfont/dist/fonts/tabler-icons.woff",
    "icons/fonts/tabler-icons.ttf": "@tabler/icons-webfont/dist/fonts/tabler-icons.ttf",
    "htmx/htmx.min.js": "htmx.org/dist/htmx.min.js",
    "echarts/echarts.min.js": "echarts/dist/echarts.min.js",
    "tom-select/tom-select.complete.min.js": "tom-select/dist/js/tom-select.complete.min.js",
    "tom-select/tom-select.bootstrap5.min.css": "tom-select/dist/css/tom-select.bootstrap5.min.css",
}
"""Where a file is served (below /assets) -> where npm puts it (below node_modules)."""

_YEAR = 365 * 24 * 3600
_DAY = 24 * 3600


def assets_folder() -> Path:
    """Return the folder that the installer fills and /assets serves."""
    return get_settings().data_dir.absolute() / "assets"


def static_url(path: str) -> str:
    """Return the address of one of our files, with its content hash."""
    return url_for("static", filename=path, v=_version(STATIC / path))


def asset_url(path: str) -> str:
    """Return the address of a package's file, with its content hash; it must be in ASSETS."""
    if path not in ASSETS:
        raise KeyError(f"{path} is not in kit.web.assets.ASSETS")
    return url_for("asset", filename=path, v=_version(assets_folder() / path))


def import_map() -> Markup:
    """Return the import map that gives each of our modules its content hash.

    Modules import each other by plain relative names; the map sends those to hashed addresses,
    so there is no build step and yet nothing stale.
    """
    # Every page has it: it is made again when one of the files is another.
    with os.scandir(STATIC / "js") as found:
        modules = [one for one in found if one.name.endswith(".js") and one.name[0] != "."]
        stamps = tuple(sorted((one.name, one.stat().st_mtime_ns) for one in modules))
    return _import_map(url_for("static", filename="js/"), stamps)


@lru_cache(maxsize=8)
def _import_map(folder: str, modules: tuple[tuple[str, int], ...]) -> Markup:
    imports = {
        folder + name: f"{folder}{name}?v={_hashed(STATIC / 'js' / name, stamp)}"
        for name, stamp in modules
    }
    return Markup(json.dumps({"imports": imports}).replace("<", "\\u003c"))  # noqa: S704 - own file names


def init_assets(app: Flask) -> None:
    """Serve /static from this package and /assets from the data folder."""
    if "static" in app.view_functions:
        # Flask has already routed /static to a folder of its own: take its place.
        app.view_functions["static"] = public(_serve_static)
    else:
        app.add_url_rule("/static/<path:filename>", "static", public(_serve_static))
    app.add_url_rule("/assets/<path:filename>", "asset", public(_serve_asset))


def _serve_static(filename: str) -> Response:
    return _serve(STATIC, filename)


def _serve_asset(filename: str) -> Response:
    if filename not in ASSETS:
        abort(404)
    return _serve(assets_folder(), filename)


def _serve(folder: Path, filename: str) -> Response:
    response = send_from_directory(folder, filename, conditional=True, max_age=_DAY)
    asked = request.args.get("v")
    if asked and asked == _version(folder / filename):
        response.cache_control.max_age = _YEAR
        response.cache_control.immutable = True
    elif asked is None and folder == STATIC:
        # Without a hash nobody can tell a new file from an old one: ask again each time.
        response.cache_control.max_age = None
        response.cache_control.no_cache = True
    response.cache_control.public = True
    # Shared by all workspaces and languages: nothing of the session may stick to it.
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


def _version(path: Path) -> str:
    try:
        stamp = path.stat().st_mtime_ns
    except OSError:
        _miss(path)
        return "missing"
    return _hashed(path, stamp)


@lru_cache(maxsize=512)
def _miss(path: Path) -> None:
    # Told once, not on every page.
    current_app.logger.warning("asset is missing: %s", path)


@lru_cache(maxsize=512)
def _hashed(path: Path, stamp: int) -> str:  # noqa: ARG001 - the stamp is part of the key
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]
