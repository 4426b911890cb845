"""Every column that names a file is known to the inventory: backups and restores ask for them."""

import ast

from kit.db.models import tenant_metadata
from tenants.inventory import FILES, PASSING_FILES
from tests.house.source import name, python, tree

DOOR = "tenants/accounts/room.py"
KEEPERS = {"store", "keep", "remove", "discard"}


def test_every_file_is_in_the_inventory():
    # A sort key names no file: it is how a name is written for sorting.
    named = {
        f"{table.name}.{column.name}"
        for table in tenant_metadata.sorted_tables
        for column in table.columns
        if column.name.endswith("_key") and column.name != "sort_key"
    }
    assert named == {
        f"{column.class_.__tablename__}.{column.key}" for column in (*FILES, *PASSING_FILES)
    }


def test_files_come_and_go_through_the_door_that_counts_their_room():
    """What goes past it is not held to the plan, and its room is never given back."""
    past = {
        f"{name(path)}:{node.lineno}"
        for path in python("tenants")
        if name(path) != DOOR
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and (node.value.id, node.attr in KEEPERS) == ("files", True)
    }
    assert not past
