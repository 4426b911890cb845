"""The application with two pages more: one that keeps its connection, one that does not."""

from flask import request
from sqlalchemy import text

from kit.db import session
from kit.security import public
from kit.security.realms import HostKind, Realm, RealmBlueprint
from wsgi import create_app

blueprint = RealmBlueprint("slow", __name__, realm=Realm("slow", HostKind.WORKSPACE))


@blueprint.get("/slow")
@public
def slow() -> str:
    seconds = request.args.get("seconds", 1.0, type=float)
    return str(
        session().scalar(text("SELECT 'slow' FROM pg_sleep(:seconds)"), {"seconds": seconds})
    )


@blueprint.get("/fast")
@public
def fast() -> str:
    return str(session().scalar(text("SELECT 'fast'")))


def serve():
    app = create_app()
    app.register_blueprint(blueprint)
    return app
