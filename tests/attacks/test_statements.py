"""Every statement of the catalogue, through the application and without it."""

import re

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from kit.db import StatementRefused, transaction
from kit.db.walls import CLOSED_FUNCTIONS, functions_named
from tests.attacks.statements import CALLS, STATEMENTS


def _fill(words: str, names: dict[str, str]) -> str:
    return words.replace("{acme}", names["acme"]).replace("{rival}", names["rival"])


def _assert_reason(error: psycopg.Error, statement, names) -> None:
    assert error.sqlstate in statement.state.split("|"), error
    assert re.search(_fill(statement.says, names), str(error)), error


@pytest.mark.parametrize("statement", STATEMENTS, ids=lambda statement: statement.id)
def test_through_the_application(statement, as_acme, names, nothing_changes):
    sql = text(_fill(statement.sql, names).replace(":", r"\:"))
    if statement.driver:
        with (
            pytest.raises(StatementRefused, match=f"does not send .*{statement.driver}"),
            transaction() as work,
        ):
            work.execute(sql)
    elif statement.says:
        with pytest.raises(DBAPIError) as refusal, transaction() as work:
            work.execute(sql)
        _assert_reason(refusal.value.orig, statement, names)
    else:
        with transaction() as work:
            work.execute(sql)


@pytest.mark.parametrize("statement", STATEMENTS, ids=lambda statement: statement.id)
def test_as_the_applications_login(statement, raw, names, nothing_changes):
    """What the server alone says: what it lets pass is asserted to pass, so that nobody errs."""
    sql = _fill(statement.sql, names)
    if statement.says:
        with pytest.raises(psycopg.Error) as refusal:
            raw.execute(sql)
        _assert_reason(refusal.value, statement, names)
    else:
        raw.execute(sql)
        raw.rollback()


def test_every_attempt_has_an_id_of_its_own():
    ids = [statement.id for statement in STATEMENTS]
    assert len(ids) == len(set(ids))


def test_every_closed_function_is_tried(observer):
    elsewhere = {name for name in CLOSED_FUNCTIONS if name.startswith("run_command_on_")}
    assert set(CALLS) == set(CLOSED_FUNCTIONS) - elsewhere
    # On a plain server each of the names is there, in all its overloads.
    signatures = [row[0] for row in observer.execute(functions_named(CLOSED_FUNCTIONS))]
    assert {signature.partition("(")[0] for signature in signatures} == set(CALLS)


def test_every_overload_is_closed(raw):
    signatures = functions_named(CLOSED_FUNCTIONS)
    query = f"SELECT s FROM ({signatures}) AS f(s) WHERE has_function_privilege(s, 'EXECUTE')"
    assert raw.execute(query).fetchall() == []
