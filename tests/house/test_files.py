"""Every column that names a file is known to the inventory: backups and restores ask for them."""

from kit.db.models import tenant_metadata
from tenants.inventory import FILES, PASSING_FILES


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
