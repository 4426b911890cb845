"""A transaction bound to its workspace against one that is not: `get` and commit by the ORM."""

from sqlalchemy import Engine, event, select
from sqlalchemy.orm import Session

from control.workspaces.directory import directory
from kit.db import make_engine, transaction, workspace_scope
from kit.db import session as tenant_session
from kit.settings import get_settings
from tenants.accounts.models import User
from tests.bench.frame import Figure, compare
from tests.bench.pages import make_doors
from tests.databases import MIGRATOR_PASSWORD, url_for

TIMES = 200
MANY = 20


def measure() -> list[Figure]:
    """Return the figures of binding: one workspace, and twenty in turn."""
    tenant = directory.by_address("acme")
    assert tenant is not None
    name = get_settings().database_url.get_secret_value().rsplit("/", 1)[1].partition("?")[0]
    plain = make_engine(
        url_for(name, login="simtree_migrator", password=MIGRATOR_PASSWORD), name="bench"
    )

    @event.listens_for(plain, "connect")
    def connected(connection, _record):
        connection.execute(f"SET search_path TO {tenant.schema}")
        connection.commit()

    with workspace_scope(tenant):
        with transaction() as session:
            key = session.scalars(select(User.id)).first()

        ours = tenant_session()

        def bound() -> None:
            for _ in range(TIMES):
                ours.get(User, key)
                ours.commit()

        def unbound() -> None:
            for _ in range(TIMES):
                session.get(User, key)
                session.commit()

        with Session(plain) as session:
            figure = compare(
                "A bound transaction: get and commit",
                bound,
                unbound,
                goal=1.12,
                per=TIMES,
                note="raw: the same ORM work on a connection that always has one schema",
            )
    rotating = _rotating(plain, key)
    plain.dispose()
    del connected
    return [figure, rotating]


def _rotating(plain: Engine, key: object) -> Figure:
    """Return the figure of twenty workspaces in turn: a session and a transaction for each."""
    tenants = [
        directory.by_address(door.host.partition(".")[0]) for door in make_doors(MANY, name="bound")
    ]
    keys = []
    for tenant in tenants:
        assert tenant is not None
        with workspace_scope(tenant):
            keys.append(tenant_session().scalars(select(User.id)).first())

    def bound() -> None:
        for number in range(TIMES):
            tenant = tenants[number % MANY]
            assert tenant is not None
            with workspace_scope(tenant):
                work = tenant_session()
                work.get(User, keys[number % MANY])
                work.commit()

    def unbound() -> None:
        for _ in range(TIMES):
            with Session(plain) as work:
                work.get(User, key)
                work.commit()

    return compare(
        f"The same, over {MANY} workspaces in turn",
        bound,
        unbound,
        goal=1.35,
        per=TIMES,
        note="raw: as above, with a session for each transaction as ours has",
    )
