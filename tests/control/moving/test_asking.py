"""Asking for a move in the console and on the command line, watching it, taking it back."""

import pytest
from click.testing import CliRunner
from psycopg.conninfo import conninfo_to_dict

from control.moving.plan import tables_of
from control.moving.queries import latest_move
from infra.install_database import databases
from kit.db import control_session
from tests.control.moving.conftest import operate, workspace
from tests.factories.control import OPERATOR_EMAIL, PASSWORD, make_operator
from tests.page import says

pytestmark = pytest.mark.real_commits


@pytest.fixture
def console(cells):
    if not control_session().connection().exec_driver_sql("SELECT 1 FROM operators").first():
        make_operator()
    browser = cells.app.test_client().at("console")
    browser.submit("/console/login", {"email": OPERATOR_EMAIL, "password": PASSWORD})
    return browser


def test_an_operator_moves_a_workspace_and_takes_it_back(cells, hill, console):
    here = workspace(hill)
    source = here.cell
    target = "west" if source != "west" else "main"
    address = f"/console/workspaces/{here.public_id}/move"
    assert "/move" in console.get(f"/console/workspaces/{here.public_id}").text
    refused = console.submit(address, {"target": source, "method": "copy"})
    assert refused.status_code == 422
    for _time in range(2):
        sent = console.submit(address, {"target": target, "method": "copy"})
        assert sent.status_code == 303
        page = console.get(address)
        assert says(page, "Waiting for the provisioner")
        stopped = console.post(f"{address}/stop", data={"csrf_token": console.token(address)})
        assert stopped.status_code == 303
        assert latest_move(workspace(hill)).state == "cancelled"
    assert workspace(hill).cell == source
    assert says(console.get(address), "Taken back")


def test_the_command_asks_and_refuses(cells, hill):
    runner = CliRunner()
    source = workspace(hill).cell
    target = "west" if source != "west" else "main"

    def move(*words: str):
        return runner.invoke(cells.app.cli, ["tenants", "move", *words])

    assert "no workspace at nowhere" in move("nowhere", target).output
    assert "in that cell already" in move("hill", source).output
    asked = move("hill", target, "--by", "copy", "--no-wait")
    assert asked.output == "The provisioner has been asked.\n"
    assert operate(cells).state == "done"
    assert workspace(hill).cell == target


def test_no_tables_refer_to_each_other_in_a_circle(cells, hill):
    with cells.engines[workspace(hill).cell].connect() as connection:
        tables = tables_of(connection, hill)
        keyless = connection.exec_driver_sql(
            "SELECT relname FROM pg_class c WHERE relkind = 'r'"
            f" AND relnamespace = '{hill}'::regnamespace AND NOT EXISTS"
            " (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary)"
        ).all()
    assert len(tables) == len(set(tables)) > 30
    # Without a primary key the source would refuse changes once its table is published.
    assert keyless == []


def test_the_installer_knows_every_cell_database():
    found = databases(
        {
            "SUPERUSER_DATABASE_URL": "postgresql://postgres@one/postgres",
            "SUPERUSER_CELLS": '{"east": "postgresql://postgres@two/simtree_east",'
            ' "big": ["postgresql://postgres@three/simtree", "postgresql://postgres@four/simtree"]}',
        }
    )
    assert [name for _, name in found] == ["simtree", "simtree_east", "simtree", "simtree"]
    hosts = [conninfo_to_dict(url)["host"] for url, _ in found]
    assert hosts == ["one", "two", "three", "four"]
    with pytest.raises(ValueError, match="not a JSON object"):
        databases({"SUPERUSER_DATABASE_URL": "x", "SUPERUSER_CELLS": "[]"})
