"""A transaction bound to its workspace against one that is not: `get` and commit by the ORM."""

from sqlalchemy import event, select
from sqlalchemy.orm import Session

from control.workspaces.directory import directory
from kit.db import database, make_engine, transaction, workspace_scope
from kit.db import session as tenant_session
from kit.db.session import cell_key
from kit.settings import get_settings
from tenants.accounts.models import User
from tests.bench.frame import Figure, compare
from tests.databases import MIGRATOR_PASSWORD, url_for

TIMES = 200


def measure() -> list[Figure]:
    """Return the figure of binding."""
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
    plain.dispose()
    del connected
    assert database.engines[cell_key("main")]
    return [figure]
