"""Which tests stay together where processes share them, which come first, and what is apart.

A set-up that a module or a folder shares would be made in every process that has one of its tests.
The longest come first, so that the processes end with short ones, at the same time.
"""

import os

import pytest
from sqlalchemy.engine import make_url

#: Folders and files, the longest first; those of a folder share what is made once for a session.
LONG = (
    "tests/browser",
    "tests/control/moving",
    "tests/control/test_backups.py",
    "tests/control/archives",
    "tests/control/test_stop.py",
    "tests/control/test_pool.py",
    "tests/control/test_rollouts.py",
    "tests/tenants/orders/test_order_actions.py",
    "tests/tenants/orders/test_hostile_orders.py",
    "tests/infra/test_demo.py",
)


def arrange(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Group the tests and put the long groups first; nothing where one process does them all."""
    if not hasattr(config, "workerinput"):
        return
    groups = {item: _group(item, config) for item in items}
    for item, group in groups.items():
        item.add_marker(pytest.mark.xdist_group(group))
    items.sort(key=lambda item: LONG.index(groups[item]) if groups[item] in LONG else len(LONG))


def keep_apart(config: pytest.Config) -> None:
    """Give each process a Redis database of its own, for some tests empty it and others fill it."""
    if hasattr(config, "workerinput"):
        number = 1 + int(config.workerinput["workerid"].removeprefix("gw")) % 8
        url = make_url(os.environ["REDIS_URL"]).set(database=str(number))
        os.environ["REDIS_URL"] = url.render_as_string(hide_password=False)


def _group(item: pytest.Item, config: pytest.Config) -> str:
    place = item.path.relative_to(config.rootpath).as_posix()
    return next((long for long in LONG if place.startswith(long)), place)
