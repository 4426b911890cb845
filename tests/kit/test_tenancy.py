"""A session is bound to its workspace, and to nothing else."""

from contextlib import suppress

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from kit import tenancy
from kit.db import (
    control_session,
    control_transaction,
    make_engine,
    session,
    transaction,
    workspace_scope,
)
from kit.db.engine import renew_after
from kit.db.pool import memory_of
from kit.settings import get_settings
from tenants.accounts.models import User


def test_it_works_as_the_workspace_role(in_acme):
    row = session().execute(text("SELECT current_user, current_schema")).one()
    assert row == (in_acme.schema, in_acme.schema)


def test_control_works_as_its_own_role(db):
    row = control_session().execute(text("SELECT current_user, current_schema")).one()
    assert row == ("simtree_control", "control")


def test_without_a_workspace_it_refuses(db):
    with pytest.raises(tenancy.NoWorkspace):
        session()


def test_the_rivals_schema_cannot_be_read(in_acme, rival):
    with pytest.raises(ProgrammingError, match="permission denied for schema"):
        session().execute(text(f"SELECT * FROM {rival.schema}.users"))


def test_a_second_workspace_on_one_connection_raises(in_acme, rival):
    session().execute(text("SELECT 1"))
    with workspace_scope(rival), pytest.raises(RuntimeError, match="another workspace"):
        session().execute(text("SELECT 1"))


def test_stacked_statements_fail(in_acme):
    with pytest.raises(ProgrammingError, match="multiple commands"):
        session().execute(text("SELECT 1; SELECT 2"))


def test_planes_do_not_nest(in_acme):
    with transaction(), pytest.raises(RuntimeError, match="other plane"), control_transaction():
        pass


def test_a_swallowed_refusal_dooms_the_outer_verb(in_acme):
    def inner() -> None:
        with transaction():
            raise ValueError

    def outer() -> None:
        with transaction(), suppress(ValueError):
            inner()

    with pytest.raises(RuntimeError, match="swallowed"):
        outer()


def test_personal_data_is_bound_to_its_row(in_acme):
    first, second = User(username="a_1", name="a"), User(username="b_1", name="b")
    first.phone = "13900139000"
    assert first.phone == "+8613900139000"
    assert first.phone_tail == "9000"
    second.phone_cipher = first.phone_cipher
    with pytest.raises(Exception, match="bound to another place"):
        _ = second.phone


def test_a_connection_is_renewed_after_so_many_workspaces(app):
    engine = make_engine(get_settings().database_url.get_secret_value(), name="test")
    renew_after(engine, 2)
    pids = []
    for served in ({"t_a"}, {"t_a"}, {"t_a", "t_b"}, set()):
        with engine.connect() as connection:
            pids.append(connection.scalar(text("SELECT pg_backend_pid()")))
            for schema in served:
                memory_of(connection).note(schema, None)
    engine.dispose()
    assert pids[0] == pids[1] == pids[2]
    assert pids[3] != pids[2]


def test_a_bound_session_notes_whom_its_connection_served(in_acme):
    connection = session().connection()
    assert (in_acme.schema, None) in memory_of(connection).modules
    assert in_acme.schema in memory_of(connection).workspaces
